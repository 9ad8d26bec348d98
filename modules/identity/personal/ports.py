"""What the export and the erasure of people ask of others."""

from collections.abc import Mapping
from typing import Protocol

from modules.kernel.personal import Personal


class Holders(Protocol):
    """Whoever holds something of people."""

    def all(self) -> Mapping[str, Personal]:
        """What each module holds, by its name."""
        ...
