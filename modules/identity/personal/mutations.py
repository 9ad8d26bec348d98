"""Root mutations of one's own data."""

from datetime import datetime
from typing import Annotated

import strawberry

from modules.identity.accounts.refusals import SignInLocked
from modules.identity.personal import actions
from modules.identity.personal.ports import Holders
from modules.identity.personal.refusals import HandOverFirst
from modules.identity.ports import Secrets
from modules.identity.refusals import SignInAgain, WrongCredentials
from modules.identity.totp.refusals import CodesLocked, SecondFactorNeeded, WrongCode
from modules.kernel.context import Info
from modules.kernel.refusals import InvalidInput, NotSignedIn

EXPORTS = "/exports"  # below this the gateway hands out what was asked for


@strawberry.input(description="That it is the viewer who is to be erased.")
class EraseMeInput:
    password: str | None = strawberry.field(
        default=None,
        description="Password of the account. Whoever has none signs in again shortly before, and leaves this out.",
    )
    code: str | None = strawberry.field(
        default=None, description="For who signs in with codes: of the application, or a recovery code."
    )


@strawberry.type(description="All that is known of the viewer can be fetched, once.")
class DataExportStarted:
    url: str = strawberry.field(
        description="Path on the host of the graph, to open in a browser: a ZIP of JSON. It opens once, for whoever has it: "
        "keep it secret."
    )
    expires_at: datetime = strawberry.field(description="Until when it can be fetched.")


@strawberry.type(description="The viewer is erased, and signed out everywhere. What they contributed stays, unnamed.")
class PersonErased:
    erased_at: datetime = strawberry.field(description="When.")


ExportMyDataResult = Annotated[
    DataExportStarted | NotSignedIn,
    strawberry.union("ExportMyDataResult", description="What came of `exportMyData`."),
]
EraseMeResult = Annotated[
    PersonErased
    | NotSignedIn
    | InvalidInput
    | WrongCredentials
    | SignInLocked
    | SecondFactorNeeded
    | WrongCode
    | CodesLocked
    | SignInAgain
    | HandOverFirst,
    strawberry.union("EraseMeResult", description="What came of `eraseMe`."),
]


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Have all that is known of the viewer collected: a link to one ZIP of JSON.")
    async def export_my_data(self, info: Info) -> ExportMyDataResult:
        async with info.context.writing() as work:
            ready = await actions.start_export(work, info.context.viewer)
        return DataExportStarted(url=f"{EXPORTS}/{ready.token}", expires_at=ready.expires_at)

    @strawberry.mutation(
        description="Erase the viewer, for good: name, address, documents, memberships, roles. Debates, comments, reactions "
        "and ballots stay, of a person without a name. The document can be used by another account."
    )
    async def erase_me(
        self, info: Info, input: Annotated[EraseMeInput, strawberry.argument(description="Who.")]
    ) -> EraseMeResult:
        context, viewer = info.context, info.context.viewer
        secrets, given = context.port(Secrets), {"password": input.password, "code": input.code}
        await actions.prove(context.storage, viewer, secrets, context.client, **given)
        async with context.writing() as work:
            erased_at = await actions.erase(work, viewer, context.port(Holders))
        return PersonErased(erased_at=erased_at)
