"""Root mutations of identity."""

from datetime import datetime
from typing import Annotated

import strawberry

from modules.identity import actions
from modules.identity.ports import Secrets
from modules.identity.refusals import EmailTaken, WrongCredentials
from modules.identity.totp.actions import require_second_factor
from modules.identity.totp.refusals import CodesLocked, SecondFactorNeeded, WrongCode
from modules.identity.types import Municipality, Viewer, viewer_of
from modules.kernel import clock, keys
from modules.kernel.context import Info
from modules.kernel.refusals import InvalidInput, NotSignedIn


@strawberry.input(description="A new account.")
class SignUpInput:
    name: str = strawberry.field(description="Name that others see, 2 to 100 characters.")
    email: str = strawberry.field(description="Address to sign in with.")
    password: str = strawberry.field(description="10 to 200 characters.")
    municipality_id: strawberry.ID | None = strawberry.field(default=None, description="Where the person takes part.")


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


SignUpResult = Annotated[
    SignedIn | EmailTaken | InvalidInput, strawberry.union("SignUpResult", description="What came of `signUp`.")
]
SignInResult = Annotated[
    SignedIn | WrongCredentials | SecondFactorNeeded | WrongCode | CodesLocked,
    strawberry.union("SignInResult", description="What came of `signIn`."),
]
SignOutResult = Annotated[
    SignedOut | NotSignedIn, strawberry.union("SignOutResult", description="What came of `signOut`.")
]


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Make an account and sign in with it.")
    async def sign_up(
        self, info: Info, input: Annotated[SignUpInput, strawberry.argument(description="The account.")]
    ) -> SignUpResult:
        named = input.municipality_id
        place = None if named is None else keys.decode_code(Municipality, named, "municipalityId")
        newcomer = await actions.newcomer(input.name, input.email, input.password, place)
        async with info.context.writing() as work:
            person_id = await actions.sign_up(work, newcomer)
            started = await actions.start_session(work, person_id, info.context.client)
        return _signed_in(started)

    @strawberry.mutation(description="Sign in with e-mail and password.")
    async def sign_in(
        self, info: Info, input: Annotated[SignInInput, strawberry.argument(description="Who.")]
    ) -> SignInResult:
        storage, secrets = info.context.storage, info.context.port(Secrets)
        person_id = await actions.recognise(storage, input.email, input.password)
        await require_second_factor(storage, secrets, person_id, input.code)
        async with info.context.writing() as work:
            started = await actions.start_session(work, person_id, info.context.client)
        return _signed_in(started)

    @strawberry.mutation(description="End the session that asks.")
    async def sign_out(self, info: Info) -> SignOutResult:
        async with info.context.writing() as work:
            await actions.sign_out(work, info.context.viewer)
        return SignedOut(at=clock.now())


def _signed_in(started: actions.Started) -> SignedIn:
    return SignedIn(token=started.token, expires_at=started.expires_at, viewer=viewer_of(started.person_id))
