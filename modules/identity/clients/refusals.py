"""What is said no with to whoever wants an API client."""

import strawberry

from modules.identity.clients.rules import MOST_CLIENTS
from modules.kernel.refusals import Refusal


@strawberry.type(description="The viewer has as many API clients as one may have at a time.")
class TooManyApiClients(Refusal):
    code: str = strawberry.field(default="TOO_MANY_API_CLIENTS", description="Stable code, for programs.")
    message: str = strawberry.field(
        default=f"You have {MOST_CLIENTS} API clients already: revoke one that is not used any more.",
        description="A sentence that a citizen understands.",
    )
