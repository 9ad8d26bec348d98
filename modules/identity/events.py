"""What identity announces: on one topic, to whoever remembers who a token is."""

from dataclasses import dataclass
from uuid import UUID

from modules.kernel.log import ACCESS


@dataclass(frozen=True)
class SessionEnded:
    """A session ended before its time."""

    session_id: UUID

    @property
    def topic(self) -> str:
        return ACCESS

    @property
    def entity(self) -> UUID:
        return self.session_id


@dataclass(frozen=True)
class SessionsEnded:
    """All sessions of a person ended before their time."""

    person_id: UUID

    @property
    def topic(self) -> str:
        return ACCESS

    @property
    def entity(self) -> UUID:
        return self.person_id


@dataclass(frozen=True)
class RolesChanged:
    """A person was given a role, in place of another or of none."""

    person_id: UUID

    @property
    def topic(self) -> str:
        return ACCESS

    @property
    def entity(self) -> UUID:
        return self.person_id


@dataclass(frozen=True)
class MembershipChanged:
    """A person came to belong to an organisation that was there, does no longer, or has another role in it."""

    organisation_id: UUID
    person_id: UUID

    @property
    def topic(self) -> str:
        return ACCESS

    @property
    def entity(self) -> UUID:
        return self.person_id


@dataclass(frozen=True)
class PersonErased:
    """A person is no more than a key: nobody signs in as them, and they have no role anywhere."""

    person_id: UUID

    @property
    def topic(self) -> str:
        return ACCESS

    @property
    def entity(self) -> UUID:
        return self.person_id
