"""Root subscriptions of voting."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry

from modules.kernel import clock, keys
from modules.kernel.context import Info
from modules.kernel.refusals import NotFound
from modules.kernel.states import State, states
from modules.kernel.storage import Row
from modules.voting import actions, rules
from modules.voting.events import topic_of
from modules.voting.relations import polls_by_id, tallies_at
from modules.voting.types import Poll, PollTally


@strawberry.type
class Subscription:
    @strawberry.subscription(
        description="The votes of a poll: as they are now, then each time they change, at most four times a second, the "
        "newest always. It ends with the final tally."
    )
    async def poll_tally(
        self, info: Info, poll_id: Annotated[strawberry.ID, strawberry.argument(description="Which poll.")]
    ) -> AsyncGenerator[PollTally, None]:
        key = keys.decode_uuid(Poll, poll_id, "pollId")
        async with aclosing(states(info.context.log, topic_of(key), partial(_tally, key, info))) as tallies:
            async for tally in tallies:
                yield tally  # type: ignore[misc] # a row, as everywhere


async def _tally(poll_id: UUID, info: Info) -> State[Row]:
    """The tally of now; a final one has every ballot that was begun in time."""
    (poll,) = await polls_by_id([{"id": poll_id}], info)
    if poll is None:
        raise NotFound(message="There is no such poll.")
    now = clock.now()
    if rules.has_just_ended(poll["closes_at"], now=now):
        await actions.settle(info.context.storage, poll_id)
    (tally,) = await tallies_at([poll], info, now)
    changes_at = rules.next_change(poll["opens_at"], poll["closes_at"], now=now)
    return State(tally, version=tally["version"], changes_at=changes_at, is_final=tally["final"])
