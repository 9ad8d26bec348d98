"""What identity says no with."""

import strawberry

from modules.kernel.refusals import Refusal, Step


@strawberry.type(
    description="The address and the password do not belong together. It is not told which of them is wrong."
)
class WrongCredentials(Refusal):
    code: str = strawberry.field(default="WRONG_CREDENTIALS", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="The e-mail or the password is wrong.", description="A sentence that a citizen understands."
    )


@strawberry.type(description="This address has an account already.")
class EmailTaken(Refusal):
    code: str = strawberry.field(default="EMAIL_TAKEN", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="There is an account with this e-mail: sign in instead.",
        description="A sentence that a citizen understands.",
    )


@strawberry.type(description="Without this the person could not sign in any more.")
class LastWayIn(Refusal):
    code: str = strawberry.field(default="LAST_WAY_IN", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="This is your last way to sign in. Add another one first.",
        description="A sentence that a citizen understands.",
    )


@strawberry.type(
    description="This changes who can open the account, or cannot be undone, so it is for who has signed in within the last 15 minutes. Sign in again, with the new session ask once more."
)
class SignInAgain(Refusal):
    code: str = strawberry.field(default="SIGN_IN_AGAIN", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="Sign in again first: this is only for who has just signed in.",
        description="A sentence that a citizen understands.",
    )

    missing = (Step.SIGN_IN,)
