"""What signing in with a provider says no with."""

import strawberry

from modules.kernel.refusals import Refusal


@strawberry.type(
    description="What came back from the provider is not accepted: too old, used already, or not what was asked for."
)
class OidcRefused(Refusal):
    code: str = strawberry.field(default="OIDC_REFUSED", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="Signing in there did not work. Start again.", description="A sentence that a citizen understands."
    )


@strawberry.type(description="The provider does not answer, or not as providers do.")
class ProviderAway(Refusal):
    code: str = strawberry.field(default="PROVIDER_AWAY", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="The other side does not answer. Try again later, or sign in another way.",
        description="A sentence that a citizen understands.",
    )


@strawberry.type(description="There is an account with the address that the provider told, and it is not linked to it.")
class IdentityNotLinked(Refusal):
    code: str = strawberry.field(default="IDENTITY_NOT_LINKED", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="There is an account with this e-mail. Sign in to it in another way, and link this one there.",
        description="A sentence that a citizen understands.",
    )


@strawberry.type(description="This identity is somebody else's here, or another of this provider is linked already.")
class IdentityTaken(Refusal):
    code: str = strawberry.field(default="IDENTITY_TAKEN", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="This is linked to another account, or your account is linked to another one there.",
        description="A sentence that a citizen understands.",
    )
