"""What voting says no with."""

import strawberry

from modules.kernel.refusals import Refusal


@strawberry.type(description="The poll has not begun, or is over.")
class PollNotOpen(Refusal):
    code: str = strawberry.field(default="POLL_NOT_OPEN", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="This poll is not open now.", description="A sentence that a citizen understands."
    )


@strawberry.type(description="The person has cast a ballot in this poll; it counts, and cannot be changed.")
class AlreadyVoted(Refusal):
    code: str = strawberry.field(default="ALREADY_VOTED", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="You have voted in this poll already. Your ballot counts.",
        description="A sentence that a citizen understands.",
    )
