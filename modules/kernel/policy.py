"""Who may: asked once, in the action. The roles that people hold, and the questions every module's policy starts from."""

from dataclasses import dataclass
from enum import Enum
from uuid import UUID

import strawberry

from modules.kernel.levels import Level
from modules.kernel.refusals import NotAllowed, NotSignedIn, NotVerified


@strawberry.enum(description="What a person may do in a municipality; each role includes the ones before it.")
class Role(Enum):
    MODERATOR = strawberry.enum_value("moderator", description="Hides comments, and reads those that are hidden.")
    OFFICIAL = strawberry.enum_value(
        "official", description="Opens polls on debates of the municipality, and closes its debates and polls."
    )
    ADMINISTRATOR = strawberry.enum_value(
        "administrator", description="Does what the others do; more is for who runs the installation."
    )


_INCLUDES = {
    Role.MODERATOR: {Role.MODERATOR, Role.OFFICIAL, Role.ADMINISTRATOR},
    Role.OFFICIAL: {Role.OFFICIAL, Role.ADMINISTRATOR},
    Role.ADMINISTRATOR: {Role.ADMINISTRATOR},
}


@strawberry.enum(name="ApiScope", description="What a partner's application may do with its key.")
class Scope(Enum):
    READ = strawberry.enum_value("read", description="Reads all that is public, and follows it live.")
    READ_REGISTERS = strawberry.enum_value(
        "read:registers", description="Reads public registers and the codifier alone."
    )


@dataclass(frozen=True)
class ApiKey:
    """What a partner's application asks with: within these scopes, and at most this cost of queries in an hour."""

    client_id: UUID
    scopes: frozenset[Scope]
    hourly_budget: int


@dataclass(frozen=True)
class Viewer:
    """Who asks. `roles` are (role, municipality code) pairs; nobody has none.

    With an API key it is nobody in particular who asks: who reads what nobody reads, and changes nothing.
    """

    person_id: UUID | None = None
    session_id: UUID | None = None
    roles: frozenset[tuple[Role, str]] = frozenset()
    is_platform_administrator: bool = False
    api_key: ApiKey | None = None

    def only(self, role: Role, municipality_id: str) -> "Viewer":
        """Somebody without a name who has this role in this municipality, if the viewer has; else nobody.

        As whom something is shown that looks alike to all who have the role, and alike to all others.
        """
        return (
            Viewer(roles=frozenset({(role, municipality_id)}))
            if municipality_id in self.municipalities(role)
            else NOBODY
        )

    def municipalities(self, role: Role) -> frozenset[str]:
        """Codes of the municipalities where this person has `role` or one that includes it."""
        return frozenset(code for held, code in self.roles if held in _INCLUDES[role])


NOBODY = Viewer()


def somebody(viewer: Viewer) -> UUID:
    """The key of the person who is signed in. Raises NotSignedIn."""
    if viewer.person_id is None:
        raise NotSignedIn()
    return viewer.person_id


def require(viewer: Viewer, role: Role, municipality_id: str) -> UUID:
    """The key of the person, who has `role` in the municipality. Raises NotSignedIn or NotAllowed."""
    person_id = somebody(viewer)
    if municipality_id not in viewer.municipalities(role):
        raise NotAllowed(message=f"Only {role.value}s of this municipality may do this.")
    return person_id


def require_resident(viewer: Viewer, held: Level, needed: Level) -> UUID:
    """The key of the person, whose level in the municipality is `held`. Raises NotSignedIn or NotVerified."""
    person_id = somebody(viewer)
    if not held.includes(needed):
        raise NotVerified(level=needed)
    return person_id
