"""Root mutations of verification."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from modules.identity.openid.actions import start_oidc
from modules.identity.openid.refusals import ProviderAway
from modules.identity.openid.types import OidcStarted
from modules.identity.ports import OpenidProviders, Secrets
from modules.identity.types import Municipality, Person, Viewer, viewer_of
from modules.identity.verification import actions, requests, rules
from modules.identity.verification.attempts import Outcome, refuse
from modules.identity.verification.refusals import (
    AlreadyVerified,
    DocumentTaken,
    VerificationFailed,
    VerificationLocked,
)
from modules.identity.verification.terms import Detail, DocumentType, Method, Status
from modules.identity.verification.types import VerificationRequest
from modules.kernel import keys
from modules.kernel.context import Info
from modules.kernel.fields import reference
from modules.kernel.policy import somebody
from modules.kernel.refusals import InvalidInput, NotAllowed, NotFound, NotSignedIn


@strawberry.input(
    description="Whose resident somebody is, and how that can be seen. Give what the handler needs; it is not kept."
)
class RequestVerificationInput:
    municipality_id: strawberry.ID = strawberry.field(
        description="Whose resident the viewer is. Being verified here ends a verification elsewhere."
    )
    handler: Method = strawberry.field(
        description="In which way; `viewer.verification.handlers` has those that are offered."
    )
    provider: str | None = strawberry.field(
        default=None, description="For `OIDC`: with which provider, as the offer names it."
    )
    document_type: DocumentType | None = strawberry.field(default=None, description="What kind of document.")
    document_number: str | None = strawberry.field(
        default=None, description="Its number, with the series; spaces and small letters do no harm."
    )
    date_of_birth: str | None = strawberry.field(default=None, description="When the viewer was born: `1990-05-31`.")
    postal_code: str | None = strawberry.field(default=None, description="Five digits.")
    address: str | None = strawberry.field(
        default=None,
        description="Where a letter reaches the viewer, 5 to 300 characters; kept until the letter is answered.",
    )


@strawberry.input(
    description="How a request ends: by the code of its letter, by the document that is shown at the desk, or by what is wrong. Give one of the three."
)
class CompleteVerificationInput:
    request_id: strawberry.ID = strawberry.field(description="Which request.")
    code: str | None = strawberry.field(
        default=None, description="The code of the letter, by the person who asked for it."
    )
    document_number: str | None = strawberry.field(
        default=None, description="By an official: the number on the document that the person shows, to confirm them."
    )
    wrong_fields: list[Detail] | None = strawberry.field(
        default=None, description="By an official who does not confirm the person: what is wrong."
    )


@strawberry.input(description="A letter to print.")
class PrintVerificationLetterInput:
    request_id: strawberry.ID = strawberry.field(description="Which request, one by letter.")


@strawberry.type(description="The viewer is verified, or has begun to be: see `viewer.verification`.")
class VerificationRequested:
    status: Status = strawberry.field(description="`OK` or `PENDING`.")
    viewer: Viewer = strawberry.field(description="Who asked.")
    oidc: OidcStarted | None = strawberry.field(
        default=None,
        description="For `OIDC`: where to go; `finishOidc` ends it, and links the identity there to the account.",
    )


@strawberry.type(description="A request has ended.")
class VerificationCompleted:
    person_id: strawberry.Private[UUID]
    status: Status = strawberry.field(description="`OK` when the person was confirmed, `UNAUTHORIZED` when not.")
    person: Person = reference("person_id", "Whose request it was.")


@strawberry.type(description="A letter with a code, for the person at this address alone.")
class VerificationLetterPrinted:
    person_id: strawberry.Private[UUID]
    person: Person = reference("person_id", "Who asked for it.")
    address: str = strawberry.field(description="Where to send it.")
    code: str = strawberry.field(description="What the person enters. It is told this once; another print has another.")
    expires_at: datetime = strawberry.field(description="Until when the code is taken.")


RequestVerificationResult = Annotated[
    VerificationRequested
    | VerificationFailed
    | VerificationLocked
    | DocumentTaken
    | AlreadyVerified
    | ProviderAway
    | NotSignedIn
    | InvalidInput,
    strawberry.union("RequestVerificationResult", description="What came of `requestVerification`."),
]
CompleteVerificationResult = Annotated[
    VerificationCompleted
    | VerificationFailed
    | VerificationLocked
    | DocumentTaken
    | AlreadyVerified
    | NotSignedIn
    | NotAllowed
    | NotFound
    | InvalidInput,
    strawberry.union("CompleteVerificationResult", description="What came of `completeVerification`."),
]
PrintVerificationLetterResult = Annotated[
    VerificationLetterPrinted | NotSignedIn | NotAllowed | NotFound | InvalidInput,
    strawberry.union("PrintVerificationLetterResult", description="What came of `printVerificationLetter`."),
]


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Be verified as a resident of a municipality, or begin to; also to renew it.")
    async def request_verification(
        self,
        info: Info,
        input: Annotated[RequestVerificationInput, strawberry.argument(description="Where, how, and what shows it.")],
    ) -> RequestVerificationResult:
        viewer = info.context.viewer
        if input.handler is Method.OIDC:
            return await _begun(info, input)
        given = rules.tidy(
            input.document_type, input.document_number, input.date_of_birth, input.postal_code, input.address
        )
        async with info.context.writing() as work:
            outcome = await actions.request_verification(
                work,
                viewer,
                info.context.port(Secrets),
                municipality_id=keys.decode_code(Municipality, input.municipality_id, "municipalityId"),
                method=input.handler,
                given=given,
            )
        refuse(outcome)
        return VerificationRequested(status=outcome.status, viewer=viewer_of(somebody(viewer)))

    @strawberry.mutation(
        description="End a request: its person by the code of the letter, officials of the municipality by a document that they see, or by what is wrong."
    )
    async def complete_verification(
        self,
        info: Info,
        input: Annotated[CompleteVerificationInput, strawberry.argument(description="Which request, and how it ends.")],
    ) -> CompleteVerificationResult:
        return await _completed(info, input)

    @strawberry.mutation(
        description="Print the letter with the code that a person asked for: officials of the municipality may."
    )
    async def print_verification_letter(
        self, info: Info, input: Annotated[PrintVerificationLetterInput, strawberry.argument(description="Which.")]
    ) -> PrintVerificationLetterResult:
        request_id = keys.decode_uuid(VerificationRequest, input.request_id, "requestId")
        async with info.context.writing() as work:
            letter = await requests.print_letter(
                work, info.context.viewer, info.context.port(Secrets), request_id=request_id
            )
        return VerificationLetterPrinted(
            person_id=letter.person_id, address=letter.address, code=letter.code, expires_at=letter.expires_at
        )


async def _begun(info: Info, input: RequestVerificationInput) -> VerificationRequested:
    """Leave for a provider, to be verified by what it tells."""
    context, providers = info.context, info.context.port(OpenidProviders)
    place = keys.decode_code(Municipality, input.municipality_id, "municipalityId")
    name = input.provider or ""
    async with context.writing() as work:
        await actions.begin_with_provider(work, context.viewer, providers, municipality_id=place, provider=name)
    secrets = context.port(Secrets)
    started = await start_oidc(context.storage, context.viewer, secrets, providers, name, verified_in=place)
    return VerificationRequested(
        status=Status.PENDING,
        viewer=viewer_of(somebody(context.viewer)),
        oidc=OidcStarted(url=started.url, state=started.state, expires_at=started.expires_at),
    )


async def _completed(info: Info, input: CompleteVerificationInput) -> VerificationCompleted:
    request_id = keys.decode_uuid(VerificationRequest, input.request_id, "requestId")
    viewer, secrets = info.context.viewer, info.context.port(Secrets)
    if [input.code, input.document_number, input.wrong_fields].count(None) != 2:
        raise InvalidInput(field="code", message="Give one of `code`, `documentNumber` and `wrongFields`.")
    async with info.context.writing() as work:
        if input.code is not None:
            outcome = await requests.enter_code(work, viewer, secrets, request_id=request_id, code=input.code)
            person_id = somebody(viewer)
        elif input.document_number is not None:
            number = input.document_number
            person_id = await requests.confirm(work, viewer, secrets, request_id=request_id, document_number=number)
            outcome = Outcome(Status.OK)
        else:
            wrong = input.wrong_fields or []
            person_id = await requests.reject(work, viewer, request_id=request_id, wrong=wrong)
            return VerificationCompleted(person_id=person_id, status=Status.UNAUTHORIZED)
    refuse(outcome)
    return VerificationCompleted(person_id=person_id, status=outcome.status)
