"""Graph types of signing in with a provider."""

from datetime import datetime

import strawberry


@strawberry.type(description="Where to go.")
class OidcStarted:
    url: str = strawberry.field(description="Send the person there.")
    state: str = strawberry.field(
        description="Keep it in this browser. Whoever comes back with another one began somewhere else: do not finish that."
    )
    expires_at: datetime = strawberry.field(description="Until when to come back.")
