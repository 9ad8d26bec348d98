"""What voting asks others."""

from collections.abc import Collection, Mapping
from typing import Protocol
from uuid import UUID

from modules.kernel.levels import Level
from modules.kernel.storage import Reading


class DebateFacts(Protocol):
    """What voting needs to know of a debate."""

    @property
    def municipality_id(self) -> str:
        """Whose debate it is."""

    @property
    def opened_by(self) -> UUID | None:
        """Who started it; None when that is not known."""

    @property
    def is_open(self) -> bool:
        """Whether it is going on now."""


class Debates(Protocol):
    async def debates_for_polls(self, read: Reading, debate_ids: Collection[UUID]) -> Mapping[UUID, DebateFacts]:
        """The debates that polls are opened on, by their keys; what is none is absent."""


class Residents(Protocol):
    async def levels(self, read: Reading, person_id: UUID) -> Mapping[str, Level]:
        """How well it is known now where a person lives, by the code of the municipality."""
