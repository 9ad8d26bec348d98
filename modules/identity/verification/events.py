"""What verification announces, to whoever remembers what somebody may do."""

from dataclasses import dataclass
from uuid import UUID

from modules.kernel.log import ACCESS


@dataclass(frozen=True)
class ResidenceVerified:
    """A person was verified as a resident: anew, at another level, or of another municipality."""

    person_id: UUID

    @property
    def topic(self) -> str:
        return ACCESS

    @property
    def entity(self) -> UUID:
        return self.person_id


@dataclass(frozen=True)
class ResidenceEnded:
    """A person is a verified resident no more: takes part elsewhere."""

    person_id: UUID

    @property
    def topic(self) -> str:
        return ACCESS

    @property
    def entity(self) -> UUID:
        return self.person_id
