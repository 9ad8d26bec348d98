"""How well it is known that somebody lives somewhere: what identity finds out, and others ask for."""

from enum import Enum

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
    CONFIRMED = strawberry.enum_value(3, description="Was seen with the document, or got a letter at the address.")

    def includes(self, other: "Level") -> bool:
        """Whether who holds this holds the other, too."""
        return bool(self.value >= other.value)
