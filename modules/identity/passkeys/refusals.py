"""What passkeys say no with."""

import strawberry

from modules.kernel.refusals import Refusal


@strawberry.type(
    description="What the device signed is not accepted: too old, used already, of another page, or of a key that is not known."
)
class PasskeyRefused(Refusal):
    code: str = strawberry.field(default="PASSKEY_REFUSED", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="This passkey was not accepted. Try again, or sign in another way.",
        description="A sentence that a citizen understands.",
    )
