"""Registers: tables that change by announced imports only, so that the log knows their version.

Whoever writes into one records `RegisterChanged` in the same work. All registers share a topic: its head is their
version, and an import, which is rare, makes a new one for all of them.
"""

from dataclasses import dataclass
from uuid import UUID

TOPIC = "registers"


@dataclass(frozen=True)
class RegisterChanged:
    """Something was brought into a register, or brought up to date in it."""

    register_id: UUID

    @property
    def topic(self) -> str:
        return TOPIC

    @property
    def entity(self) -> UUID:
        return self.register_id
