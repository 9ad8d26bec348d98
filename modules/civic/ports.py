"""What civic asks others."""

from typing import Protocol

from modules.kernel.storage import Reading


class Municipalities(Protocol):
    async def exists(self, read: Reading, municipality_id: str) -> bool:
        """Whether there is a municipality with this code."""
