"""What civic says no with."""

import strawberry

from modules.kernel.refusals import Refusal


@strawberry.type(description="The debate has not begun, or is over.")
class DebateNotOpen(Refusal):
    code: str = strawberry.field(default="DEBATE_NOT_OPEN", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="This debate is not open now.", description="A sentence that a citizen understands."
    )
