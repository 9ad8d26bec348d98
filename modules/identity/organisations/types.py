"""Graph types of organisations."""

from datetime import datetime
from uuid import UUID

import strawberry

from modules.identity.organisations.permissions import (
    permissions_by_membership,
    permissions_by_organisation,
    permissions_by_verification,
)
from modules.identity.organisations.relations import (
    candidates_by_organisation,
    decisions_by_verification,
    members_by_organisation,
    registered_names,
    verifications_by_organisation,
)
from modules.identity.organisations.tables import MembershipRole, VerificationState
from modules.identity.types import Municipality, Person
from modules.kernel.fields import Node, batched, column, entity, reference
from modules.kernel.paging import Connection
from modules.kernel.permissions import Permission, viewer_can


@strawberry.type(description="What a person is to an organisation.")
class Membership:
    organisation: "Organisation | None" = reference("organisation_id", "The organisation.")
    person: Person | None = reference("person_id", "The person.")
    role: MembershipRole = column("What the person is to it.")
    joined_at: datetime = column("When the person joined; until then, when it was asked for or offered.")
    viewer_can: list[Permission] = viewer_can(permissions_by_membership, needs=("organisation_id", "person_id", "role"))


@strawberry.type(description="What was decided on a request, and why.")
class OrganisationDecision:
    verdict: VerificationState = column("`VERIFIED` or `REJECTED`.")
    reason: str = column("Why, in the words of who decided; may be empty.")
    decided_by: Person | None = reference("decided_by", "Who decided.")
    decided_at: datetime = column("When.")


@entity(
    "A request of an organisation to be verified. Its admins and the officials of its municipality see it.", fresh_for=5
)
class OrganisationVerification(Node):
    organisation: "Organisation | None" = reference("organisation_id", "Who asks to be verified.")
    edrpou: str = column("Code in the state register that it says is its own: 8 digits.")
    registered_name: str | None = batched(
        registered_names,
        "Name of that code in the public register now; null when it is not there.",
        needs=("id", "edrpou"),
    )
    representative_name: str = column("Name of who represents it; empty when they were erased since.")
    representative_position: str = column("Position of who represents it; empty when they were erased since.")
    evidence: str = column("What shows it: words, and links to papers.")
    requested_by: Person | None = reference("requested_by", "Who asked.")
    requested_at: datetime = column("When it was asked for.")
    state: VerificationState = column("What was decided last; `PENDING` before that.")
    decisions: Connection[OrganisationDecision] = batched(
        decisions_by_verification, "All that was decided on it, the latest first.", of_viewer=True
    )
    viewer_can: list[Permission] = viewer_can(
        permissions_by_verification, of="OrganisationVerification", needs=("organisation_id", "municipality_id")
    )


@entity("People who act together, under a name.", fresh_for=5)
class Organisation(Node):
    name: str = column("Name, as its members give it.")
    about: str = column("What it is and does; Markdown, may be empty.")
    website: str | None = column("Address of its website, null when it has none.")
    municipality: Municipality | None = reference("municipality_id", "Where it is at home.")
    created_at: datetime = column("When it was founded here.")
    verification_state: VerificationState = column("Whether its municipality vouches for it.")
    edrpou: str | None = column("Code in the state register, 8 digits; null when it is not verified.")
    members: Connection[Membership] = batched(members_by_organisation, "Who belongs to it, the first to join first.")
    candidates: Connection[Membership] = batched(
        candidates_by_organisation,
        "Who asked to join and who was invited, for its admins; empty for others.",
        of_viewer=True,
    )
    verifications: Connection[OrganisationVerification] = batched(
        verifications_by_organisation,
        "Its requests to be verified, the latest first, for its admins and officials of its municipality; empty for others.",
        of_viewer=True,
    )
    viewer_can: list[Permission] = viewer_can(
        permissions_by_organisation, of="Organisation", needs=("verification_state",)
    )


@strawberry.type(description="An organisation was founded.")
class OrganisationCreated:
    organisation_id: strawberry.Private[UUID]
    organisation: Organisation = reference("organisation_id", "The organisation.")


@strawberry.type(description="Somebody was invited; it is theirs to answer.")
class MemberInvited:
    organisation_id: strawberry.Private[UUID]
    person_id: strawberry.Private[UUID]
    organisation: Organisation = reference("organisation_id", "The organisation.")
    person: Person = reference("person_id", "Who is invited.")


@strawberry.type(description="The viewer asked to join; its admins answer.")
class MembershipRequested:
    organisation_id: strawberry.Private[UUID]
    person_id: strawberry.Private[UUID]
    organisation: Organisation = reference("organisation_id", "The organisation.")
    person: Person = reference("person_id", "Who asked.")


@strawberry.type(description="A request or an invitation was answered.")
class MembershipAnswered:
    organisation_id: strawberry.Private[UUID]
    person_id: strawberry.Private[UUID]
    organisation: Organisation = reference("organisation_id", "The organisation.")
    person: Person = reference("person_id", "Whose membership it is about.")
    is_accepted: bool = strawberry.field(description="Whether the person is a member now.")


@strawberry.type(description="A member has another role now.")
class MemberRoleChanged:
    organisation_id: strawberry.Private[UUID]
    person_id: strawberry.Private[UUID]
    organisation: Organisation = reference("organisation_id", "The organisation.")
    person: Person = reference("person_id", "The member.")
    role: MembershipRole = strawberry.field(description="What the member is now.")


@strawberry.type(description="The viewer has no part in the organisation any more.")
class OrganisationLeft:
    organisation_id: strawberry.Private[UUID]
    organisation: Organisation = reference("organisation_id", "The organisation.")


@strawberry.type(description="Somebody has no part in the organisation any more.")
class MemberRemoved:
    organisation_id: strawberry.Private[UUID]
    person_id: strawberry.Private[UUID]
    organisation: Organisation = reference("organisation_id", "The organisation.")
    person: Person = reference("person_id", "Who was taken out.")


@strawberry.type(description="An organisation asked to be verified.")
class OrganisationVerificationRequested:
    verification_id: strawberry.Private[UUID]
    organisation_id: strawberry.Private[UUID]
    organisation: Organisation = reference("organisation_id", "The organisation.")
    verification: OrganisationVerification = reference("verification_id", "The request.")


@strawberry.type(description="A request to be verified was decided on.")
class OrganisationVerificationDecided:
    verification_id: strawberry.Private[UUID]
    organisation_id: strawberry.Private[UUID]
    organisation: Organisation = reference("organisation_id", "The organisation.")
    verification: OrganisationVerification = reference("verification_id", "The request, with what was decided on it.")
