"""Root mutations of identity."""

from datetime import datetime
from typing import Annotated

import strawberry

from modules.identity import actions, transports
from modules.identity.accounts.refusals import SignInLocked
from modules.identity.ports import Secrets
from modules.identity.refusals import WrongCredentials
from modules.identity.totp.actions import require_second_factor
from modules.identity.totp.refusals import CodesLocked, SecondFactorNeeded, WrongCode
from modules.identity.transports import SessionTransport
from modules.identity.types import Viewer, viewer_of
from modules.kernel import clock
from modules.kernel.context import Context, Info
from modules.kernel.refusals import InvalidInput, NotSignedIn


@strawberry.input(description="Who signs in.")
class SignInInput:
    email: str = strawberry.field(description="Address of the account.")
    password: str = strawberry.field(description="Password of the account.")
    code: str | None = strawberry.field(
        default=None,
        description="For who signs in with codes: the six digits that the application shows, or a recovery code.",
    )
    transport: SessionTransport = strawberry.field(
        default=SessionTransport.TOKEN, description="How the token of the new session reaches the client."
    )


@strawberry.type(description="The viewer is signed in.")
class SignedIn:
    token: str | None = strawberry.field(
        description="Send it as `Authorization: Bearer <token>`. It is told this once: keep it secret. Null when a cookie holds it."
    )
    expires_at: datetime = strawberry.field(description="When it ends by itself.")
    viewer: Viewer = strawberry.field(description="Who is signed in now.")


@strawberry.type(description="The session that asked has ended; its token opens nothing any more.")
class SignedOut:
    at: datetime = strawberry.field(description="When.")


SignInResult = Annotated[
    SignedIn | WrongCredentials | SignInLocked | SecondFactorNeeded | WrongCode | CodesLocked | InvalidInput,
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
        transports.require(context, input.transport)
        person_id = await actions.recognise(context.storage, input.email, input.password, context.client)
        await require_second_factor(context.storage, context.port(Secrets), person_id, input.code)
        async with context.writing() as work:
            await transports.make_room(work, context, input.transport)
            started = await actions.start_session(work, person_id, context.client)
        return signed_in(context, started, input.transport)

    @strawberry.mutation(description="End the session that asks.")
    async def sign_out(self, info: Info) -> SignOutResult:
        async with info.context.writing() as work:
            await actions.sign_out(work, info.context.viewer)
        transports.forget(info.context)
        return SignedOut(at=clock.now())


def signed_in(context: Context, started: actions.Started, transport: SessionTransport) -> SignedIn:
    """A session as the graph tells of it, its token handed over."""
    token = transports.handed_over(context, started, transport)
    return SignedIn(token=token, expires_at=started.expires_at, viewer=viewer_of(started.person_id))
