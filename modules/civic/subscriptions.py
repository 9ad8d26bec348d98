"""Root subscriptions of civic."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any
from uuid import UUID

import strawberry

from modules.civic import events
from modules.civic.relations import debates_by_id
from modules.civic.types import (
    CommentAdded,
    CommentHidden,
    CommentReacted,
    Debate,
    DebateClosed,
    DebateUpdate,
)
from modules.kernel import keys
from modules.kernel.context import Info
from modules.kernel.following import Logged
from modules.kernel.live import AfterUpdate, updates
from modules.kernel.refusals import NotFound

_SHOWN: dict[str, tuple[type[Any], str]] = {
    events.CommentAdded.__name__: (CommentAdded, "comment_id"),
    events.CommentHidden.__name__: (CommentHidden, "comment_id"),
    events.CommentReacted.__name__: (CommentReacted, "comment_id"),
    events.DebateClosed.__name__: (DebateClosed, "debate_id"),
}


@strawberry.type
class Subscription:
    @strawberry.subscription(description="What happens in a debate, from now on or after a cursor, nothing left out.")
    async def debate_events(
        self,
        info: Info,
        debate_id: Annotated[strawberry.ID, strawberry.argument(description="Which debate.")],
        after: AfterUpdate = None,
    ) -> AsyncGenerator[DebateUpdate, None]:
        key = keys.decode_uuid(Debate, debate_id, "debateId")
        if (await debates_by_id([{"id": key}], info))[0] is None:
            raise NotFound(message="There is no such debate.")
        async with aclosing(updates(info.context.log, events.topic_of(key), after)) as following:
            async for cursor, told in following:
                if isinstance(told, Logged):
                    yield DebateUpdate(cursor=cursor, event=_shown(told))
                else:
                    yield DebateUpdate(cursor=cursor, resync=told)


def _shown(logged: Logged) -> Any:
    """The event as the graph shows it: its key; the rest is loaded as it is now."""
    kind, key = _SHOWN[logged.type]
    return kind(**{key: UUID(hex=logged.payload[key])})
