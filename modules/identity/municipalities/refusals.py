"""What the team of a municipality says no with."""

import strawberry

from modules.kernel.refusals import Refusal


@strawberry.type(
    description="The viewer is the last administrator of the municipality, and would leave it without one."
)
class LastAdministrator(Refusal):
    code: str = strawberry.field(default="LAST_ADMINISTRATOR", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="You are the last administrator of this municipality: another one is needed first.",
        description="A sentence that a citizen understands.",
    )
