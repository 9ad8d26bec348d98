"""Root mutations of verification."""

from typing import Annotated

import strawberry

from modules.identity.organisations.refusals import EdrpouTaken, VerificationReplaced, VerificationUnderWay
from modules.identity.organisations.tables import VerificationState
from modules.identity.organisations.types import (
    Organisation,
    OrganisationVerification,
    OrganisationVerificationDecided,
    OrganisationVerificationRequested,
)
from modules.identity.organisations.verification import actions
from modules.kernel import keys
from modules.kernel.context import Info
from modules.kernel.refusals import InvalidInput, NotAllowed, NotFound, NotSignedIn


@strawberry.input(description="What an organisation says of itself, to be verified.")
class RequestOrganisationVerificationInput:
    organisation_id: strawberry.ID = strawberry.field(description="Which organisation.")
    edrpou: str = strawberry.field(description="Its code in the state register: 8 digits, the first may be zeros.")
    representative_name: str = strawberry.field(description="Name of who represents it, 2 to 200 characters.")
    representative_position: str = strawberry.field(description="Position of who represents it, 2 to 200 characters.")
    evidence: str = strawberry.field(description="What shows it: words, and links to papers; 1 to 5,000 characters.")


@strawberry.input(description="A decision on a request to be verified.")
class DecideOrganisationVerificationInput:
    verification_id: strawberry.ID = strawberry.field(description="Which request: the newest of its organisation.")
    verdict: VerificationState = strawberry.field(description="`VERIFIED` or `REJECTED`, whatever it was before.")
    reason: str = strawberry.field(
        default="", description="Why, at most 5,000 characters; a rejection is always explained."
    )


RequestOrganisationVerificationResult = Annotated[
    OrganisationVerificationRequested | NotSignedIn | NotAllowed | NotFound | VerificationUnderWay | InvalidInput,
    strawberry.union(
        "RequestOrganisationVerificationResult", description="What came of `requestOrganisationVerification`."
    ),
]
DecideOrganisationVerificationResult = Annotated[
    OrganisationVerificationDecided
    | NotSignedIn
    | NotAllowed
    | NotFound
    | VerificationReplaced
    | EdrpouTaken
    | InvalidInput,
    strawberry.union(
        "DecideOrganisationVerificationResult", description="What came of `decideOrganisationVerification`."
    ),
]


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Ask the municipality to vouch for an organisation: its admins may.")
    async def request_organisation_verification(
        self,
        info: Info,
        input: Annotated[RequestOrganisationVerificationInput, strawberry.argument(description="The request.")],
    ) -> RequestOrganisationVerificationResult:
        organisation_id = keys.decode_uuid(Organisation, input.organisation_id, "organisationId")
        claim = actions.Claim(
            edrpou=input.edrpou,
            representative_name=input.representative_name,
            representative_position=input.representative_position,
            evidence=input.evidence,
        )
        async with info.context.writing() as work:
            made = await actions.request_verification(work, info.context.viewer, organisation_id, claim)
        return OrganisationVerificationRequested(verification_id=made, organisation_id=organisation_id)

    @strawberry.mutation(
        description="Verify an organisation, reject it, or change that: officials of its municipality may who do not "
        "belong to it. The last decision counts."
    )
    async def decide_organisation_verification(
        self,
        info: Info,
        input: Annotated[DecideOrganisationVerificationInput, strawberry.argument(description="The decision.")],
    ) -> DecideOrganisationVerificationResult:
        verification_id = keys.decode_uuid(OrganisationVerification, input.verification_id, "verificationId")
        async with info.context.writing() as work:
            organisation_id = await actions.decide_verification(
                work, info.context.viewer, verification_id, input.verdict, input.reason
            )
        return OrganisationVerificationDecided(verification_id=verification_id, organisation_id=organisation_id)
