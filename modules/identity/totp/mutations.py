"""Root mutations of the second step of signing in."""

from typing import Annotated

import strawberry

from modules.identity.ports import Secrets
from modules.identity.refusals import SignInAgain
from modules.identity.totp import actions, policy
from modules.identity.totp.refusals import CodesLocked, TotpAlreadyOn, TotpOff, WrongCode
from modules.identity.types import Viewer, viewer_of
from modules.kernel.context import Info
from modules.kernel.refusals import NotSignedIn


@strawberry.input(description="A code that shows that the application is set up.")
class ConfirmTotpInput:
    code: str = strawberry.field(description="The six digits that the application shows now.")


@strawberry.input(description="Who asks to sign in without codes from now on.")
class DisableTotpInput:
    code: str = strawberry.field(description="The six digits that the application shows now, or a recovery code.")


@strawberry.type(
    description="What the authenticator application has to know. It counts once `confirmTotp` has a right code."
)
class TotpStarted:
    uri: str = strawberry.field(
        description="`otpauth://...`: show it as a QR code. It is told this once: keep it secret."
    )
    secret: str = strawberry.field(description="The same for who types it into the application, in base 32.")


@strawberry.type(description="`signIn` asks for a code from now on.")
class TotpConfirmed:
    recovery_codes: list[str] = strawberry.field(
        description="Ten codes for when the device is lost, each for one time. They are told this once: keep them secret."
    )
    viewer: Viewer = strawberry.field(description="Who signs in with codes now.")


@strawberry.type(description="`signIn` asks for no code any more; the recovery codes are void.")
class TotpDisabled:
    viewer: Viewer = strawberry.field(description="Who signs in without codes now.")


EnableTotpResult = Annotated[
    TotpStarted | TotpAlreadyOn | SignInAgain | NotSignedIn,
    strawberry.union("EnableTotpResult", description="What came of `enableTotp`."),
]
ConfirmTotpResult = Annotated[
    TotpConfirmed | WrongCode | TotpAlreadyOn | TotpOff | NotSignedIn,
    strawberry.union("ConfirmTotpResult", description="What came of `confirmTotp`."),
]
DisableTotpResult = Annotated[
    TotpDisabled | WrongCode | CodesLocked | TotpOff | NotSignedIn,
    strawberry.union("DisableTotpResult", description="What came of `disableTotp`."),
]


@strawberry.type
class Mutation:
    @strawberry.mutation(
        description="Begin to sign in with codes of an authenticator application; `confirmTotp` ends it."
    )
    async def enable_totp(self, info: Info) -> EnableTotpResult:
        async with info.context.writing() as work:
            begun = await actions.enable_totp(work, info.context.viewer, info.context.port(Secrets))
        return TotpStarted(uri=begun.uri, secret=begun.secret)

    @strawberry.mutation(description="Show that the application is set up: `signIn` asks for its codes from now on.")
    async def confirm_totp(
        self, info: Info, input: Annotated[ConfirmTotpInput, strawberry.argument(description="The first code.")]
    ) -> ConfirmTotpResult:
        async with info.context.writing() as work:
            codes = await actions.confirm_totp(work, info.context.viewer, info.context.port(Secrets), input.code)
        return TotpConfirmed(recovery_codes=codes, viewer=viewer_of(info.context.viewer.person_id))

    @strawberry.mutation(description="Sign in without codes from now on.")
    async def disable_totp(
        self, info: Info, input: Annotated[DisableTotpInput, strawberry.argument(description="A last code.")]
    ) -> DisableTotpResult:
        person_id = policy.may_disable_totp(info.context.viewer)
        await actions.prove(info.context.storage, info.context.port(Secrets), person_id, input.code)
        async with info.context.writing() as work:
            await actions.disable_totp(work, info.context.viewer)
        return TotpDisabled(viewer=viewer_of(info.context.viewer.person_id))
