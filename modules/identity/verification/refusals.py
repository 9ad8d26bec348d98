"""What verification says no with."""

from datetime import datetime

import strawberry

from modules.identity.verification.terms import Detail, Status
from modules.kernel.refusals import Refusal


@strawberry.type(
    description="What was given does not verify the person. The try is remembered: several wrong ones lock the next."
)
class VerificationFailed(Refusal):
    status: Status = strawberry.field(description="`UNAUTHORIZED` or `INCOMPLETE`.")
    fields: list[Detail] = strawberry.field(description="What does not fit, was left out, or cannot be such a thing.")
    retry_at: datetime = strawberry.field(description="From when on the next try is taken: at once, mostly.")
    code: str = strawberry.field(default="VERIFICATION_FAILED", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="This could not be confirmed. Check the fields that are named, and try again.",
        description="A sentence that a citizen understands.",
    )


@strawberry.type(description="There were too many wrong tries: the next is taken after a while.")
class VerificationLocked(Refusal):
    retry_at: datetime = strawberry.field(description="From when on the next try is taken.")
    code: str = strawberry.field(default="VERIFICATION_LOCKED", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="There were too many wrong tries. Wait a while, then try again.",
        description="A sentence that a citizen understands.",
    )


@strawberry.type(description="Another account of the municipality is verified with this document.")
class DocumentTaken(Refusal):
    code: str = strawberry.field(default="DOCUMENT_TAKEN", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="Another account is verified with this document. If it is yours, ask the municipality.",
        description="A sentence that a citizen understands.",
    )


@strawberry.type(description="The person holds a higher level in this municipality; a lower one would take it away.")
class AlreadyVerified(Refusal):
    code: str = strawberry.field(default="ALREADY_VERIFIED", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="You are verified at a higher level already.", description="A sentence that a citizen understands."
    )
