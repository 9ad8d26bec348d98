"""Graph types of verification. What identity's own types refer to refers back to them lazily."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from modules.identity.verification.permissions import permissions_by_request
from modules.identity.verification.terms import Detail, DocumentType, Method, Status
from modules.kernel.fields import Node, column, entity, reference
from modules.kernel.levels import Level
from modules.kernel.permissions import Permission, viewer_can

if TYPE_CHECKING:
    from modules.identity.types import Municipality, Person

SomePlace = Annotated["Municipality", strawberry.lazy("modules.identity.types")]
Somebody = Annotated["Person", strawberry.lazy("modules.identity.types")]


@entity("A person who waits to be verified. The person sees it, and officials of the municipality.", fresh_for=5)
class VerificationRequest(Node):
    person: Somebody | None = reference("person_id", "Who asks.")
    municipality: SomePlace | None = reference("municipality_id", "Whose resident the person wants to be verified as.")
    handler: Method = column("In which way.", of="method")
    document_type: DocumentType = column("Which document the person will show, or gave the data of.")
    requested_at: datetime = column("When the person asked.")
    printed_at: datetime | None = column("When the letter with the code was printed last, null while it was not.")
    expires_at: datetime = column("When it is void, if nothing comes of it before.")
    viewer_can: list[Permission] = viewer_can(
        permissions_by_request, of="VerificationRequest", needs=("person_id", "municipality_id", "method")
    )


@strawberry.type(description="A way to be verified that the municipality offers, and that would not lower the level.")
class VerificationOffer:
    handler: Method = column("The way.")
    level: Level = column("The level that it gives.")
    needs: list[Detail] = column("What the person has to give.")
    provider: str | None = column("For `OIDC`: the provider that tells it, one of `oidcProviders`.")


@strawberry.type(
    description="How far the viewer is verified as a resident of a municipality, and what can be done next."
)
class Verification:
    status: Status = column("Where it stands.")
    level: Level = column("The level that holds now.")
    municipality: SomePlace | None = reference("municipality_id", "Where; null when the viewer takes part nowhere yet.")
    district: str | None = column("District of the municipality, where the census told it.")
    expires_at: datetime | None = column("When the level ends, or ended, unless it is renewed; null without one.")
    wrong_fields: list[Detail] = column("What did not fit, or was left out, in the last try if that failed.")
    retry_at: datetime | None = column("When the next try is taken, after too many wrong ones; null for at once.")
    pending: VerificationRequest | None = reference("request_id", "What waits for an official or a letter's code.")
    handlers: list[VerificationOffer] = column("What can be done next: `requestVerification` with one of them.")
