"""Root mutations of passkeys."""

from typing import Annotated

import strawberry

from modules.identity import transports
from modules.identity.actions import start_session
from modules.identity.mutations import SignedIn, signed_in
from modules.identity.passkeys import actions
from modules.identity.passkeys.refusals import PasskeyRefused
from modules.identity.ports import Site
from modules.identity.refusals import LastWayIn, SignInAgain
from modules.identity.transports import SessionTransport
from modules.identity.types import Viewer, viewer_of
from modules.kernel.context import Info
from modules.kernel.refusals import InvalidInput, NotFound, NotSignedIn


@strawberry.input(description="A passkey that the viewer's device made.")
class RegisterPasskeyInput:
    credential: str = strawberry.field(
        description="JSON of what `navigator.credentials.create` answers: `JSON.stringify(credential)`."
    )
    name: str = strawberry.field(description="What the viewer calls it, 2 to 100 characters: `Phone`.")


@strawberry.input(description="Who signs in.")
class SignInWithPasskeyInput:
    credential: str = strawberry.field(
        description="JSON of what `navigator.credentials.get` answers: `JSON.stringify(credential)`."
    )
    transport: SessionTransport = strawberry.field(
        default=SessionTransport.TOKEN, description="How the token of the new session reaches the client."
    )


@strawberry.input(description="Which passkey to sign in with no more.")
class RemovePasskeyInput:
    passkey_id: strawberry.ID = strawberry.field(description="Id of one of `viewer.passkeys`.")


@strawberry.type(description="What to ask the device for a new passkey.")
class PasskeyRegistrationStarted:
    options: str = strawberry.field(
        description="JSON: give it, parsed, to `PublicKeyCredential.parseCreationOptionsFromJSON`. It is good for five minutes."
    )


@strawberry.type(description="What to ask the device for one of its passkeys.")
class PasskeySignInStarted:
    options: str = strawberry.field(
        description="JSON: give it, parsed, to `PublicKeyCredential.parseRequestOptionsFromJSON`. It is good for five minutes."
    )


@strawberry.type(description="The passkey opens the viewer's account from now on.")
class PasskeyRegistered:
    viewer: Viewer = strawberry.field(description="Whose it is.")


@strawberry.type(description="The passkey opens this account no more.")
class PasskeyRemoved:
    viewer: Viewer = strawberry.field(description="Whose it was.")


StartPasskeyRegistrationResult = Annotated[
    PasskeyRegistrationStarted | SignInAgain | NotSignedIn,
    strawberry.union("StartPasskeyRegistrationResult", description="What came of `startPasskeyRegistration`."),
]
RegisterPasskeyResult = Annotated[
    PasskeyRegistered | PasskeyRefused | InvalidInput | NotSignedIn,
    strawberry.union("RegisterPasskeyResult", description="What came of `registerPasskey`."),
]
StartPasskeySignInResult = Annotated[
    PasskeySignInStarted,
    strawberry.union("StartPasskeySignInResult", description="What came of `startPasskeySignIn`."),
]
SignInWithPasskeyResult = Annotated[
    SignedIn | PasskeyRefused | InvalidInput,
    strawberry.union("SignInWithPasskeyResult", description="What came of `signInWithPasskey`."),
]
RemovePasskeyResult = Annotated[
    PasskeyRemoved | LastWayIn | NotFound | SignInAgain | NotSignedIn,
    strawberry.union("RemovePasskeyResult", description="What came of `removePasskey`."),
]


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Begin to make a passkey; `registerPasskey` ends it.")
    async def start_passkey_registration(self, info: Info) -> StartPasskeyRegistrationResult:
        async with info.context.writing() as work:
            options = await actions.start_registration(work, info.context.viewer, info.context.port(Site))
        return PasskeyRegistrationStarted(options=options)

    @strawberry.mutation(description="Let a passkey open the viewer's account.")
    async def register_passkey(
        self, info: Info, input: Annotated[RegisterPasskeyInput, strawberry.argument(description="The passkey.")]
    ) -> RegisterPasskeyResult:
        viewer, site = info.context.viewer, info.context.port(Site)
        made = await actions.registration(info.context.storage, viewer, site, input.credential)
        async with info.context.writing() as work:
            await actions.register_passkey(work, viewer, made, input.name)
        return PasskeyRegistered(viewer=viewer_of(viewer.person_id))

    @strawberry.mutation(description="Begin to sign in with a passkey; `signInWithPasskey` ends it.")
    async def start_passkey_sign_in(self, info: Info) -> StartPasskeySignInResult:
        async with info.context.writing() as work:
            options = await actions.start_sign_in(work, info.context.port(Site))
        return PasskeySignInStarted(options=options)

    @strawberry.mutation(description="Sign in with a passkey: it stands for password and code together.")
    async def sign_in_with_passkey(
        self, info: Info, input: Annotated[SignInWithPasskeyInput, strawberry.argument(description="What it signed.")]
    ) -> SignInWithPasskeyResult:
        context = info.context
        transports.require(context, input.transport)
        opened = await actions.opened(context.storage, context.port(Site), input.credential)
        async with context.writing() as work:
            await actions.use_passkey(work, opened)
            await transports.make_room(work, context, input.transport)
            started = await start_session(work, opened.person_id, context.client)
        return signed_in(context, started, input.transport)

    @strawberry.mutation(description="Sign in with a passkey no more. The last way to sign in stays.")
    async def remove_passkey(
        self, info: Info, input: Annotated[RemovePasskeyInput, strawberry.argument(description="Which.")]
    ) -> RemovePasskeyResult:
        viewer = info.context.viewer
        async with info.context.writing() as work:
            await actions.remove_passkey(work, viewer, input.passkey_id)
        return PasskeyRemoved(viewer=viewer_of(viewer.person_id))
