"""Graph types of API clients."""

from datetime import datetime

import strawberry

from modules.identity.clients import rules
from modules.kernel import keys
from modules.kernel.fields import column, computed
from modules.kernel.policy import Scope


def _id(key: object) -> str:
    return keys.encode("ApiClient", key)  # type: ignore[arg-type] # a UUID


@strawberry.type(description="A partner's application that asks with a key of its own. Only who made it sees it.")
class ApiClient:
    id: strawberry.ID = computed(_id, ("id",), "Id of the client, to revoke it by.")
    name: str = column("What it is called by who made it.")
    prefix: str = column("How its key begins after `spk_`; this part is no secret.")
    scopes: list[Scope] = computed(rules.read, ("scopes",), "What it may do.")
    hourly_budget: int = column(
        "What its queries may cost in an hour: each field that may be answered costs 1, and pages count as full."
    )
    created_at: datetime = column("When it was made.")
    last_used_at: datetime | None = column("When it asked last, to some ten minutes; null when it never did.")


@strawberry.type(description="There is a new API client.")
class ApiClientCreated:
    key: str = strawberry.field(
        description="Send it as `Authorization: Bearer <key>`. It is told this once: keep it secret."
    )
    api_client: ApiClient = strawberry.field(description="The client.")


@strawberry.type(description="The key of an API client opens nothing any more, on any server.")
class ApiClientRevoked:
    revoked_at: datetime = strawberry.field(description="When.")
