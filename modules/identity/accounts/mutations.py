"""Root mutations of accounts: signing up, what letters lead to, and ending sessions."""

from typing import Annotated
from uuid import UUID

import strawberry

from modules.identity import actions as signing
from modules.identity import transports
from modules.identity.accounts import actions
from modules.identity.accounts.policy import may_change_email
from modules.identity.accounts.refusals import LinkNotValid, SignInLocked
from modules.identity.mutations import SignedIn, signed_in
from modules.identity.refusals import WrongCredentials
from modules.identity.transports import SessionTransport
from modules.identity.types import Municipality, Viewer
from modules.kernel import keys
from modules.kernel.context import Info
from modules.kernel.refusals import InvalidInput, NotFound, NotSignedIn


@strawberry.input(description="A new account.")
class SignUpInput:
    name: str = strawberry.field(description="Name that others see, 2 to 100 characters.")
    email: str = strawberry.field(description="Address to sign in with. A letter is sent there.")
    password: str = strawberry.field(description="10 to 200 characters.")
    municipality_id: strawberry.ID | None = strawberry.field(default=None, description="Where the person takes part.")
    locale: str = strawberry.field(default="uk", description="Language of letters: `uk` or `en`.")


@strawberry.input(description="What a letter led to.")
class ConfirmEmailInput:
    token: str = strawberry.field(description="The token in the link of the letter.")
    transport: SessionTransport = strawberry.field(
        default=SessionTransport.TOKEN, description="How the token of the session reaches who has just joined."
    )


@strawberry.input(description="Whose password is forgotten.")
class RequestPasswordResetInput:
    email: str = strawberry.field(description="Address of the account.")


@strawberry.input(description="A new password.")
class ResetPasswordInput:
    token: str = strawberry.field(description="The token in the link of the letter.")
    password: str = strawberry.field(description="The new password, 10 to 200 characters.")


@strawberry.input(description="Another address to sign in with.")
class ChangeEmailInput:
    new_email: str = strawberry.field(description="The new address.")
    password: str = strawberry.field(description="Password of the account.")


@strawberry.input(description="The session to end.")
class EndSessionInput:
    session_id: strawberry.ID = strawberry.field(description="Which of the viewer's.")


@strawberry.type(
    description="A letter is on its way: the link in it finishes the account. It is not told here whether the address has one."
)
class SignedUp:
    email: str = strawberry.field(description="Where the letter goes.")


@strawberry.type(description="The address is confirmed.")
class EmailConfirmed:
    email: str = strawberry.field(description="The address that is confirmed, or is to be the new one.")
    is_in_use: bool = strawberry.field(
        description="Whether this is the address to sign in with; false while the other letter of a change waits."
    )
    signed_in: SignedIn | None = strawberry.field(
        description="A session, for who has just joined; null for who has an account already."
    )


@strawberry.type(description="A letter goes to this address, if an account has it.")
class PasswordResetRequested:
    email: str = strawberry.field(description="The address.")


@strawberry.type(description="The password is another; whoever was signed in has to sign in again.")
class PasswordReset:
    sessions_ended: int = strawberry.field(description="How many sessions ended.")


@strawberry.type(description="Two letters are on their way: the change counts when both are answered.")
class EmailChangeRequested:
    email: str = strawberry.field(description="The new address.")


@strawberry.type(description="All sessions of the viewer have ended, this one too.")
class SignedOutEverywhere:
    sessions_ended: int = strawberry.field(description="How many sessions ended.")


@strawberry.type(description="The session has ended; its token opens nothing any more.")
class SessionEnded:
    viewer: Viewer = strawberry.field(description="The viewer, with the sessions that are left.")


SignUpResult = Annotated[
    SignedUp | InvalidInput, strawberry.union("SignUpResult", description="What came of `signUp`.")
]
ConfirmEmailResult = Annotated[
    EmailConfirmed | LinkNotValid | InvalidInput,
    strawberry.union("ConfirmEmailResult", description="What came of `confirmEmail`."),
]
RequestPasswordResetResult = Annotated[
    PasswordResetRequested | InvalidInput,
    strawberry.union("RequestPasswordResetResult", description="What came of `requestPasswordReset`."),
]
ResetPasswordResult = Annotated[
    PasswordReset | LinkNotValid | InvalidInput,
    strawberry.union("ResetPasswordResult", description="What came of `resetPassword`."),
]
ChangeEmailResult = Annotated[
    EmailChangeRequested | NotSignedIn | WrongCredentials | SignInLocked | InvalidInput,
    strawberry.union("ChangeEmailResult", description="What came of `changeEmail`."),
]
SignOutEverywhereResult = Annotated[
    SignedOutEverywhere | NotSignedIn,
    strawberry.union("SignOutEverywhereResult", description="What came of `signOutEverywhere`."),
]
EndSessionResult = Annotated[
    SessionEnded | NotSignedIn | NotFound | InvalidInput,
    strawberry.union("EndSessionResult", description="What came of `endSession`."),
]


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Make an account. The link in a letter, given to `confirmEmail`, finishes it.")
    async def sign_up(
        self, info: Info, input: Annotated[SignUpInput, strawberry.argument(description="The account.")]
    ) -> SignUpResult:
        named = input.municipality_id
        place = None if named is None else keys.decode_code(Municipality, named, "municipalityId")
        newcomer = await signing.newcomer(input.name, input.email, input.password, place, input.locale)
        async with info.context.writing() as work:
            await actions.register(work, newcomer)
        return SignedUp(email=newcomer.email)

    @strawberry.mutation(description="Confirm an address by the link of a letter; who has just signed up is signed in.")
    async def confirm_email(
        self, info: Info, input: Annotated[ConfirmEmailInput, strawberry.argument(description="The token.")]
    ) -> ConfirmEmailResult:
        context = info.context
        transports.require(context, input.transport)
        async with context.writing() as work:
            confirmed = await actions.confirm_email(work, input.token, context.client)
            if confirmed.started is not None:
                await transports.make_room(work, context, input.transport)
        started = confirmed.started
        return EmailConfirmed(
            email=confirmed.email,
            is_in_use=confirmed.is_in_use,
            signed_in=None if started is None else signed_in(context, started, input.transport),
        )

    @strawberry.mutation(description="Ask for a letter by which the password can be chosen anew.")
    async def request_password_reset(
        self, info: Info, input: Annotated[RequestPasswordResetInput, strawberry.argument(description="Whose.")]
    ) -> RequestPasswordResetResult:
        async with info.context.writing() as work:
            email = await actions.request_password_reset(work, input.email)
        return PasswordResetRequested(email=email)

    @strawberry.mutation(description="Choose another password by the link of a letter. All sessions end.")
    async def reset_password(
        self, info: Info, input: Annotated[ResetPasswordInput, strawberry.argument(description="The password.")]
    ) -> ResetPasswordResult:
        password_hash = await actions.new_password(info.context.storage, input.token, input.password)
        async with info.context.writing() as work:
            ended = await actions.reset_password(work, input.token, password_hash)
        transports.forget(info.context)
        return PasswordReset(sessions_ended=ended)

    @strawberry.mutation(description="Ask for another address to sign in with; it counts when confirmed at both.")
    async def change_email(
        self, info: Info, input: Annotated[ChangeEmailInput, strawberry.argument(description="The address.")]
    ) -> ChangeEmailResult:
        context, person_id = info.context, may_change_email(info.context.viewer)
        await signing.require_password(context.storage, person_id, input.password, context.client)
        async with context.writing() as work:
            email = await actions.change_email(work, context.viewer, input.new_email)
        return EmailChangeRequested(email=email)

    @strawberry.mutation(description="End all sessions of the viewer, on every device.")
    async def sign_out_everywhere(self, info: Info) -> SignOutEverywhereResult:
        async with info.context.writing() as work:
            ended = await actions.sign_out_everywhere(work, info.context.viewer)
        transports.forget(info.context)
        return SignedOutEverywhere(sessions_ended=ended)

    @strawberry.mutation(description="End one session of the viewer: a device that was lost.")
    async def end_session(
        self, info: Info, input: Annotated[EndSessionInput, strawberry.argument(description="Which.")]
    ) -> EndSessionResult:
        session_id = _session(input.session_id)
        async with info.context.writing() as work:
            person_id = await actions.end_session(work, info.context.viewer, session_id)
        if session_id == info.context.viewer.session_id:
            transports.forget(info.context)
        return SessionEnded(viewer={"id": person_id})  # type: ignore[arg-type] # a row, as everywhere


def _session(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise InvalidInput(field="sessionId", message="`sessionId` is not the id of a session.") from None
