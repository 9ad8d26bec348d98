"""Root mutations of identity."""

from datetime import datetime
from typing import Annotated

import strawberry

from modules.identity import actions
from modules.identity.accounts.refusals import SignInLocked
from modules.identity.ports import Secrets
from modules.identity.refusals import WrongCredentials
from modules.identity.totp.actions import require_second_factor
from modules.identity.totp.refusals import CodesLocked, SecondFactorNeeded, WrongCode
from modules.identity.types import Viewer, viewer_of
from modules.kernel import clock
from modules.kernel.context import Info
from modules.kernel.refusals import NotSignedIn


@strawberry.input(description="Who signs in.")
class SignInInput:
    email: str = strawberry.field(description="Address of the account.")
    password: str = strawberry.field(description="Password of the account.")
    code: str | None = strawberry.field(
        default=None,
        description="For who signs in with codes: the six digits that the application shows, or a recovery code.",
    )


@strawberry.type(description="The viewer is signed in.")
class SignedIn:
    token: str = strawberry.field(
        description="Send it as `Authorization: Bearer <token>`. It is told this once: keep it secret."
    )
    expires_at: datetime = strawberry.field(description="When it ends by itself.")
    viewer: Viewer = strawberry.field(description="Who is signed in now.")


@strawberry.type(description="The session that asked has ended; its token opens nothing any more.")
class SignedOut:
    at: datetime = strawberry.field(description="When.")


SignInResult = Annotated[
    SignedIn | WrongCredentials | SignInLocked | SecondFactorNeeded | WrongCode | CodesLocked,
    strawberry.union("SignInResult", description="What came of `signIn`."),
]
SignOutResult = Annotated[
    SignedOut | NotSignedIn, strawberry.union("SignOutResult", description="What came of `signOut`.")
]


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Sign in with e-mail and password.")
    async def sign_in(
        self, info: Info, input: Annotated[SignInInput, strawberry.argument(description="Who.")]
    ) -> SignInResult:
        context = info.context
        person_id = await actions.recognise(context.storage, input.email, input.password, context.client)
        await require_second_factor(context.storage, context.port(Secrets), person_id, input.code)
        async with context.writing() as work:
            started = await actions.start_session(work, person_id, context.client)
        return signed_in(started)

    @strawberry.mutation(description="End the session that asks.")
    async def sign_out(self, info: Info) -> SignOutResult:
        async with info.context.writing() as work:
            await actions.sign_out(work, info.context.viewer)
        return SignedOut(at=clock.now())


def signed_in(started: actions.Started) -> SignedIn:
    """A session as the graph tells of it."""
    return SignedIn(token=started.token, expires_at=started.expires_at, viewer=viewer_of(started.person_id))
