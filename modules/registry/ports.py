"""What the registry asks others."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from modules.kernel.storage import Reading


class Municipalities(Protocol):
    async def codes_by_region(self, read: Reading, names: Sequence[str]) -> Mapping[str, str]:
        """The code of the oblast or city that each of these names means: `Львівська обл.`, `м.Київ`.

        A name that means none (`Україна`) is absent.
        """
