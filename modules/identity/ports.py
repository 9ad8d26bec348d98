"""What identity asks of others."""

from typing import Protocol


class Secrets(Protocol):
    """Keys of this installation, kept in no table."""

    def key(self, purpose: str) -> bytes:
        """32 bytes for one purpose, the same in every process and after every start; none tells anything of another."""
