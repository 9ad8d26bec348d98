"""What organisations ask others."""

from collections.abc import Collection, Mapping
from typing import Protocol

from modules.kernel.storage import Reading


class LegalEntities(Protocol):
    async def names_by_edrpou(self, read: Reading, edrpous: Collection[str]) -> Mapping[str, str]:
        """The registered name of each code that the public register has; the others are absent."""
