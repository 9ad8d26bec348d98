"""Root mutations of signing in with a provider."""

from datetime import datetime
from typing import Annotated

import strawberry

from modules.identity import transports
from modules.identity.actions import start_session
from modules.identity.openid import actions
from modules.identity.openid.refusals import IdentityNotLinked, IdentityTaken, OidcRefused, ProviderAway
from modules.identity.openid.types import OidcStarted
from modules.identity.ports import OpenidProviders, Secrets
from modules.identity.refusals import LastWayIn, SignInAgain
from modules.identity.transports import SessionTransport
from modules.identity.types import Viewer, viewer_of
from modules.identity.verification import actions as verification
from modules.identity.verification.attempts import refuse
from modules.identity.verification.refusals import (
    AlreadyVerified,
    DocumentTaken,
    VerificationFailed,
    VerificationLocked,
)
from modules.identity.verification.terms import Status
from modules.kernel.context import Info
from modules.kernel.refusals import InvalidInput, NotFound, NotSignedIn


@strawberry.input(
    description="With whom to sign in. Asked by somebody who is signed in, it links who they are there instead, if it is not linked yet."
)
class StartOidcInput:
    provider: str = strawberry.field(description="Its name, as `oidcProviders` has it.")


@strawberry.input(description="What the provider sent somebody back with.")
class FinishOidcInput:
    state: str = strawberry.field(description="`state` of the address that somebody came back to.")
    code: str = strawberry.field(description="`code` of the address that somebody came back to.")
    transport: SessionTransport = strawberry.field(
        default=SessionTransport.TOKEN, description="How the token of the new session reaches the client."
    )


@strawberry.input(description="Which identity to sign in with no more.")
class UnlinkIdentityInput:
    identity_id: strawberry.ID = strawberry.field(description="Id of one of `viewer.identities`.")


@strawberry.type(
    description="Who came back is signed in; or the identity is linked to who was, who is verified by it if that was asked."
)
class OidcFinished:
    token: str | None = strawberry.field(
        description="Of the new session: send it as `Authorization: Bearer <token>`. Null when a cookie holds it, or an identity was linked."
    )
    expires_at: datetime | None = strawberry.field(description="When the new session ends by itself.")
    viewer: Viewer = strawberry.field(description="Who is signed in.")


@strawberry.type(description="The identity opens this account no more.")
class IdentityUnlinked:
    viewer: Viewer = strawberry.field(description="Whose it was.")


StartOidcResult = Annotated[
    OidcStarted | ProviderAway | InvalidInput,
    strawberry.union("StartOidcResult", description="What came of `startOidc`."),
]
FinishOidcResult = Annotated[
    OidcFinished
    | OidcRefused
    | ProviderAway
    | IdentityNotLinked
    | IdentityTaken
    | SignInAgain
    | VerificationFailed
    | VerificationLocked
    | DocumentTaken
    | AlreadyVerified
    | InvalidInput,
    strawberry.union("FinishOidcResult", description="What came of `finishOidc`."),
]
UnlinkIdentityResult = Annotated[
    IdentityUnlinked | LastWayIn | NotFound | SignInAgain | NotSignedIn,
    strawberry.union("UnlinkIdentityResult", description="What came of `unlinkIdentity`."),
]


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Begin to sign in with a provider, or to link it; `finishOidc` ends it.")
    async def start_oidc(
        self, info: Info, input: Annotated[StartOidcInput, strawberry.argument(description="With whom.")]
    ) -> StartOidcResult:
        context = info.context
        secrets, providers = context.port(Secrets), context.port(OpenidProviders)
        started = await actions.start_oidc(context.storage, context.viewer, secrets, providers, input.provider)
        return OidcStarted(url=started.url, state=started.state, expires_at=started.expires_at)

    @strawberry.mutation(
        description="Sign in as who the provider says one is, or link that to the own account; what is linked already signs in anew. "
        "What `requestVerification` began with a provider ends here, too."
    )
    async def finish_oidc(
        self, info: Info, input: Annotated[FinishOidcInput, strawberry.argument(description="What one came back with.")]
    ) -> FinishOidcResult:
        context = info.context
        transports.require(context, input.transport)
        secrets, providers = context.port(Secrets), context.port(OpenidProviders)
        returned = await actions.returned(
            context.storage, context.viewer, secrets, providers, state=input.state, code=input.code
        )
        if returned.linking is not None and returned.verified_in is not None:
            await _verify(info, returned)
            return OidcFinished(token=None, expires_at=None, viewer=viewer_of(returned.linking))
        async with context.writing() as work:
            if returned.linking is not None and await actions.link_identity(work, context.viewer, returned):
                return OidcFinished(token=None, expires_at=None, viewer=viewer_of(returned.linking))
            person_id = await actions.recognise_identity(work, returned)
            await transports.make_room(work, context, input.transport)
            started = await start_session(work, person_id, context.client)
        token = transports.handed_over(context, started, input.transport)
        return OidcFinished(token=token, expires_at=started.expires_at, viewer=viewer_of(started.person_id))

    @strawberry.mutation(description="Sign in with an identity no more. The last way to sign in stays.")
    async def unlink_identity(
        self, info: Info, input: Annotated[UnlinkIdentityInput, strawberry.argument(description="Which.")]
    ) -> UnlinkIdentityResult:
        viewer = info.context.viewer
        async with info.context.writing() as work:
            await actions.unlink_identity(work, viewer, input.identity_id)
        return IdentityUnlinked(viewer=viewer_of(viewer.person_id))


async def _verify(info: Info, returned: actions.Returned) -> None:
    """Verify who came back, and link the identity if they are. Raises what a try that failed is refused with."""
    context = info.context
    assert returned.verified_in is not None
    async with context.writing() as work:
        outcome = await verification.verify_by_provider(
            work,
            context.viewer,
            context.port(Secrets),
            municipality_id=returned.verified_in,
            provider=returned.provider,
            subject=returned.told.subject,
            claims=returned.told.claims,
        )
        if outcome.status is Status.OK:
            await actions.link_identity(work, context.viewer, returned)
    refuse(outcome)
