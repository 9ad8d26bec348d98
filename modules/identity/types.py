"""Graph types of identity."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from modules.identity.clients.relations import api_clients_by_viewer
from modules.identity.clients.types import ApiClient
from modules.identity.municipalities.permissions import permissions_by_municipality, permissions_by_seat
from modules.identity.municipalities.relations import (
    platform_administrators,
    settings_by_municipality,
    team_by_municipality,
)
from modules.identity.municipalities.rules import is_active
from modules.identity.municipalities.types import MunicipalitySettings
from modules.identity.openid.relations import identities_by_viewer
from modules.identity.organisations.relations import memberships_by_viewer, organisations_by_person
from modules.identity.passkeys.relations import passkeys_by_viewer
from modules.identity.profile.relations import interests_by_person, settings_by_viewer
from modules.identity.profile.types import PersonalSettings
from modules.identity.relations import (
    confirmed_by_viewer,
    email_by_viewer,
    parts_by_municipality,
    roles_by_viewer,
    sessions_by_viewer,
)
from modules.identity.rules import is_erased
from modules.identity.tables import Category
from modules.identity.totp.relations import recovery_codes_by_viewer, totp_by_viewer
from modules.identity.verification.relations import levels_by_person, verification_by_viewer
from modules.identity.verification.types import Verification
from modules.kernel.fields import Node, batched, column, computed, entity, reference
from modules.kernel.levels import Level
from modules.kernel.paging import Connection
from modules.kernel.permissions import Permission, viewer_can
from modules.kernel.policy import Role

if TYPE_CHECKING:
    from modules.identity.organisations.types import Membership, Organisation

_ORGANISATIONS = strawberry.lazy("modules.identity.organisations.types")  # they are made of people


@entity(
    "A place with its self-government: any unit of the codifier KATOTTG, from an oblast to a village.",
    key=str,
    fresh_for=60,
    in_register=True,
)
class Municipality(Node):
    code: str = column("Code in the codifier KATOTTG: `UA80000000000093317`.", of="id")
    name: str = column("Name as the codifier has it.")
    category: Category = column("What kind of unit it is.")
    parent: "Municipality | None" = reference("parent_id", "The unit that this one lies in, null at the top.")
    children: Connection["Municipality"] = batched(parts_by_municipality, "The units right below, by name.")
    is_active: bool = computed(is_active, ("active_since",), "Whether it takes part in the platform.")
    settings: MunicipalitySettings | None = batched(
        settings_by_municipality, "How it takes part, null when that was never said."
    )
    team: Connection["TeamMember"] = batched(team_by_municipality, "Who works for it here, by name.")
    viewer_can: list[Permission] = viewer_can(permissions_by_municipality, of="Municipality", needs=("id",))


@entity("Somebody who takes part. What is here is public.", fresh_for=60)
class Person(Node):
    name: str = column("Name, as the person gives it; empty for who was erased.")
    is_erased: bool = computed(
        is_erased,
        ("erased_at",),
        "Whether the person was erased, by their own wish: what they contributed stays, and nothing tells whose it was.",
    )
    about: str = column("A few words of the person's own, plain text; may be empty.")
    avatar: str | None = column(
        "Where a picture of the person is, null when there is none: an https address that the person gave. It is a foreign "
        "server's: whoever shows the picture tells that server who looks at it."
    )
    interests: list[str] = batched(
        interests_by_person, "What the person cares about, as they order it; in small letters, at most 20."
    )
    municipality: Municipality | None = reference("municipality_id", "Where the person takes part, null when not told.")
    joined_at: datetime = column("When the person joined.")
    organisations: Connection[Annotated["Organisation", _ORGANISATIONS]] = batched(
        organisations_by_person, "What the person belongs to, by name."
    )
    verification_level: Level = batched(
        levels_by_person, "How well it is known that the person lives in the municipality where they take part."
    )


@strawberry.type(description="Somebody who works for a municipality.")
class TeamMember:
    person: Person = reference("person_id", "Who.")
    role: Role = column("As what.")
    viewer_can: list[Permission] = viewer_can(permissions_by_seat, needs=("person_id", "municipality_id", "role"))


@strawberry.type(description="A role that the viewer has in a municipality.")
class HeldRole:
    role: Role = strawberry.field(description="The role.")
    municipality: Municipality | None = reference("municipality_id", "Where.")


@strawberry.type(description="Where the viewer is signed in.")
class Session:
    id: strawberry.ID = column("Id of the session.", of="id")
    device: str = strawberry.field(description="What the browser or application calls itself; may be empty.")
    created_at: datetime = strawberry.field(description="When the viewer signed in.")
    last_used_at: datetime = strawberry.field(description="When it was last used, as of some minutes ago.")
    expires_at: datetime = strawberry.field(description="When this ends by itself.")


@strawberry.type(description="Who the viewer is at a provider, and so may sign in as.")
class LinkedIdentity:
    id: strawberry.ID = column("Id of the link.", of="id")
    provider: str = strawberry.field(description="Name of the provider.")
    linked_at: datetime = strawberry.field(description="When it was linked.")


@strawberry.type(description="A key that a device of the viewer holds, and that opens the account.")
class Passkey:
    id: strawberry.ID = column("Id of the passkey.", of="id")
    name: str = strawberry.field(description="What the viewer calls it.")
    created_at: datetime = strawberry.field(description="When it was registered.")
    used_at: datetime | None = strawberry.field(description="When the viewer signed in with it last, null for never.")


@strawberry.type(description="The person who asks, with what only this person sees.")
class Viewer:
    person: Person = reference("id", "The public part.")
    email: str | None = batched(email_by_viewer, "The address to sign in with.")
    is_email_confirmed: bool = batched(
        confirmed_by_viewer, "Whether the viewer has shown to read letters to this address."
    )
    settings: PersonalSettings = batched(settings_by_viewer, "What the viewer has chosen for themselves.")
    roles: list[HeldRole] = batched(roles_by_viewer, "Roles in municipalities.")
    verification: Verification = batched(
        verification_by_viewer, "How far the viewer is verified as a resident, and what can be done next."
    )
    memberships: Connection[Annotated["Membership", _ORGANISATIONS]] = batched(
        memberships_by_viewer,
        "What the viewer belongs to, asked to join or is invited to, the first first; answer invitations by `answerMembership`.",
    )
    identities: list[LinkedIdentity] = batched(identities_by_viewer, "With whom the viewer may sign in, oldest first.")
    passkeys: Connection[Passkey] = batched(passkeys_by_viewer, "Keys that open the account, oldest first.")
    is_totp_on: bool = batched(totp_by_viewer, "Whether signing in takes a code of an authenticator application.")
    recovery_codes_left: int = batched(recovery_codes_by_viewer, "How many recovery codes are not used yet.")
    is_platform_administrator: bool = batched(
        platform_administrators, "Whether the viewer makes municipalities and their administrators."
    )
    sessions: list[Session] = batched(sessions_by_viewer, "Where the viewer is signed in, newest first.")
    api_clients: list[ApiClient] = batched(
        api_clients_by_viewer, "Keys of the viewer for partner applications, newest first."
    )


def viewer_of(person_id: UUID | None) -> Viewer:
    """Somebody as the viewer, for a payload."""
    row: Viewer = {"id": person_id}  # type: ignore[assignment] # a row, as everywhere
    return row
