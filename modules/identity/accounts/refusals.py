"""What accounts say no with."""

from datetime import datetime

import strawberry

from modules.kernel.refusals import Refusal


@strawberry.type(description="The link of a letter opens nothing: it was used, is too old, or a newer letter was sent.")
class LinkNotValid(Refusal):
    code: str = strawberry.field(default="LINK_NOT_VALID", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="This link was used already, or is too old: ask for a new letter.",
        description="A sentence that a citizen understands.",
    )


@strawberry.type(
    description="Too many wrong passwords, for this account or from here. It is not told whether there is such an account."
)
class SignInLocked(Refusal):
    try_again_at: datetime = strawberry.field(description="When it may be tried again.")
    code: str = strawberry.field(default="SIGN_IN_LOCKED", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="Too many wrong passwords: try again later.", description="A sentence that a citizen understands."
    )
