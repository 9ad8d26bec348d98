"""What the second step of signing in says no with."""

import strawberry

from modules.kernel.refusals import Refusal


@strawberry.type(
    description="The password is right, and this person signs in with a code as well: ask again with `code`."
)
class SecondFactorNeeded(Refusal):
    code: str = strawberry.field(default="SECOND_FACTOR_NEEDED", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="Enter the code of your authenticator application, or a recovery code.",
        description="A sentence that a citizen understands.",
    )


@strawberry.type(description="The code is wrong, too old, or was used already.")
class WrongCode(Refusal):
    code: str = strawberry.field(default="WRONG_CODE", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="This code is not right. Wait for the next one, and enter that.",
        description="A sentence that a citizen understands.",
    )


@strawberry.type(description="Too many wrong codes in a row: for some minutes none is looked at.")
class CodesLocked(Refusal):
    code: str = strawberry.field(default="CODES_LOCKED", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="There were too many wrong codes. Wait some minutes, and try again.",
        description="A sentence that a citizen understands.",
    )


@strawberry.type(description="Codes are asked for already.")
class TotpAlreadyOn(Refusal):
    code: str = strawberry.field(default="TOTP_ALREADY_ON", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="You sign in with codes already.", description="A sentence that a citizen understands."
    )


@strawberry.type(description="Codes are not asked for, and nothing waits to be confirmed.")
class TotpOff(Refusal):
    code: str = strawberry.field(default="TOTP_OFF", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="You do not sign in with codes.", description="A sentence that a citizen understands."
    )
