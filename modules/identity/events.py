"""What identity announces: on one topic, to whoever remembers who a token is and what they may do."""

from dataclasses import dataclass
from uuid import UUID

from modules.kernel.log import ACCESS


@dataclass(frozen=True)
class OfSomebody:
    """What these events are made of."""

    @property
    def topic(self) -> str:
        return ACCESS


@dataclass(frozen=True)
class OfPerson(OfSomebody):
    """What those of a person are made of."""

    person_id: UUID

    @property
    def entity(self) -> UUID:
        return self.person_id


@dataclass(frozen=True)
class SessionEnded(OfSomebody):
    """A session ended before its time."""

    session_id: UUID

    @property
    def entity(self) -> UUID:
        return self.session_id


class SessionsEnded(OfPerson):
    """All sessions of a person ended before their time."""


class RolesChanged(OfPerson):
    """A person was given a role, in place of another or of none."""


class PersonErased(OfPerson):
    """A person is no more than a key: nobody signs in as them, and they have no role anywhere."""


@dataclass(frozen=True)
class MembershipChanged(OfPerson):
    """A person came to belong to an organisation that was there, does no longer, or has another role in it."""

    organisation_id: UUID
