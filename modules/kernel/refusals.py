"""An expected "no": raised by actions, shown by the graph as data.

A refusal is an exception that the graph can show: an action raises it, the write session rolls back, and the mutation
answers it as a member of its result union. Where no union can carry it (a query, a subscription) it becomes an error
with the same code and sentence.
"""

from enum import Enum
from typing import ClassVar

import strawberry

from modules.kernel.levels import Level


@strawberry.enum(description="What somebody can do to be allowed what is refused now.")
class Step(Enum):
    SIGN_IN = strawberry.enum_value("sign_in", description="Sign in, or sign up.")
    VERIFY_RESIDENCE = strawberry.enum_value("verify_residence", description="Prove to live in the municipality.")


@strawberry.interface(description="An expected no: a stable code for programs and a sentence for people.")
class Refusal(Exception):
    code: str = strawberry.field(description="Stable code, for programs: `NOT_SIGNED_IN`.")
    message: str = strawberry.field(description="A sentence that a citizen understands.")

    missing: ClassVar[tuple[Step, ...]] = ()

    __hash__ = Exception.__hash__

    def __str__(self) -> str:
        return self.message


@strawberry.federation.type(shareable=True, description="Nobody is signed in, and this needs somebody.")
class NotSignedIn(Refusal):
    code: str = strawberry.field(default="NOT_SIGNED_IN", description="Stable code, for programs.")
    message: str = strawberry.field(default="Sign in first.", description="A sentence that a citizen understands.")

    missing = (Step.SIGN_IN,)


@strawberry.federation.type(shareable=True, description="The person who is signed in may not do this.")
class NotAllowed(Refusal):
    code: str = strawberry.field(default="NOT_ALLOWED", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="You may not do this.", description="A sentence that a citizen understands."
    )


@strawberry.federation.type(shareable=True, description="What was named is not there, or not for this person to see.")
class NotFound(Refusal):
    code: str = strawberry.field(default="NOT_FOUND", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="There is no such thing.", description="A sentence that a citizen understands."
    )


@strawberry.federation.type(shareable=True, description="A value cannot be taken; nothing was changed.")
class InvalidInput(Refusal):
    field: str = strawberry.field(description="The input field that is wrong.")
    code: str = strawberry.field(default="BAD_USER_INPUT", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="This value cannot be taken.", description="A sentence that a citizen understands."
    )


@strawberry.federation.type(
    shareable=True,
    description="This is for verified residents of the municipality, and the person is none, or not at the level that is needed.",
)
class NotVerified(Refusal):
    level: Level = strawberry.field(description="The level that is needed.")
    code: str = strawberry.field(default="NOT_VERIFIED", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="First show that you live in this municipality: `viewer.verification` tells how, "
        "`requestVerification` begins it.",
        description="A sentence that a citizen understands.",
    )

    missing = (Step.VERIFY_RESIDENCE,)
