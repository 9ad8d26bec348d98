"""How well it is known that somebody lives somewhere: what identity finds out, and others ask for."""

from enum import Enum
from typing import Any

import strawberry


@strawberry.enum(
    name="VerificationLevel",
    description="How well it is known that somebody lives in a municipality; each level includes the ones before it.",
)
class Level(Enum):
    REGISTERED = strawberry.enum_value(1, description="Takes part; nothing is proved.")
    RESIDENT = strawberry.enum_value(
        2, description="Gave the data of a document that fit the rules of the municipality."
    )
    CONFIRMED = strawberry.enum_value(
        3, description="Was seen with the document, got a letter at the address, or is vouched for by a provider."
    )

    @property
    def number(self) -> int:
        """1 to 3: to be kept, and to be compared."""
        number: Any = self.value
        return int(number)

    def includes(self, other: "Level") -> bool:
        """Whether who holds this holds the other, too."""
        return self.number >= other.number
