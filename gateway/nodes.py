"""`node` and `nodes`: anything with a global id, found by the type that the id names."""

import asyncio
from typing import Annotated, Any

import strawberry

from gateway.joining import Owners
from modules.kernel import keys
from modules.kernel.context import Info
from modules.kernel.fields import Node
from modules.kernel.keyset import LARGEST
from modules.kernel.refusals import InvalidInput


def node_queries(owners: Owners) -> type:
    """Root queries over these entities. An id that names nothing is answered by null."""

    async def find(global_id: str, info: Any) -> Any:
        name, raw = keys.split(global_id)
        entity = owners.types.get(name)
        key = keys.parse(raw, keys.entity_key(entity)) if entity else None
        return None if key is None else await owners.whole(name, {"id": key}, info)

    @strawberry.type
    class Query:
        @strawberry.field(description="The entity with this global id, null when there is none.")
        async def node(
            self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Global id of the entity.")]
        ) -> Node | None:
            found: Node | None = await find(id, info)
            return found

        @strawberry.field(description="The entities with these global ids, in their order, null where there is none.")
        async def nodes(
            self,
            info: Info,
            ids: Annotated[list[strawberry.ID], strawberry.argument(description=f"Global ids, at most {LARGEST}.")],
        ) -> list[Node | None]:
            if len(ids) > LARGEST:
                raise InvalidInput(field="ids", message=f"`ids` takes at most {LARGEST} ids, not {len(ids)}.")
            return list(await asyncio.gather(*(find(each, info) for each in ids)))

    return Query
