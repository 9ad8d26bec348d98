"""What civic asks others."""

from typing import Protocol
from uuid import UUID

from modules.kernel.storage import Reading


class Municipalities(Protocol):
    async def exists(self, read: Reading, municipality_id: str) -> bool:
        """Whether there is a municipality with this code."""


class Organisations(Protocol):
    async def may_speak(self, read: Reading, person_id: UUID, organisation_id: UUID) -> bool:
        """Whether what this person says now may be said in the name of that organisation."""
