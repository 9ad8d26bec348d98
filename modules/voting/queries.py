"""Root queries of voting."""

from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
import strawberry
from sqlmodel import col

from modules.kernel import clock, keys
from modules.kernel.context import Info
from modules.kernel.keyset import Order
from modules.kernel.paging import After, Connection, First, page
from modules.voting import rules
from modules.voting.relations import NEWEST_POLLS, POLL, polls_by_id
from modules.voting.tables import PollRow
from modules.voting.types import Debate, Municipality, Poll, PollState


@strawberry.input(description="Which polls; what is left out does not narrow.")
class PollFilter:
    debate_id: strawberry.ID | None = strawberry.field(default=None, description="Only on this debate.")
    municipality_id: strawberry.ID | None = strawberry.field(default=None, description="Only of this municipality.")
    state: PollState | None = strawberry.field(default=None, description="Only in this state.")  # type: ignore[valid-type]


@strawberry.type
class Query:
    @strawberry.field(description="Polls, newest first.")
    async def polls(
        self,
        info: Info,
        filter: Annotated[PollFilter | None, strawberry.argument(description="Which.")] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[Poll]:
        wanted = filter or PollFilter()
        order = Order(NEWEST_POLLS.columns, filters=(wanted,))
        return await page(info.context, POLL.where(*_predicates(wanted)), order, first=first, after=after)  # type: ignore[return-value]

    @strawberry.field(description="The poll with this id, null when there is none.")
    async def poll(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Id of the poll.")]
    ) -> Poll | None:
        (row,) = await polls_by_id([{"id": keys.decode_uuid(Poll, id)}], info)
        return row  # type: ignore[return-value]


def _predicates(wanted: PollFilter) -> list[Any]:
    found: list[Any] = []
    if wanted.debate_id is not None:
        found.append(col(PollRow.debate_id) == keys.decode_uuid(Debate, wanted.debate_id, "filter.debateId"))
    if wanted.municipality_id is not None:
        code = keys.decode_code(Municipality, wanted.municipality_id, "filter.municipalityId")
        found.append(col(PollRow.municipality_id) == code)
    if wanted.state is not None:
        found.append(_in_state(wanted.state, clock.now()))
    return found


def _in_state(state: rules.PollState, now: datetime) -> Any:
    """`rules.poll_state`, in SQL."""
    over = sa.and_(col(PollRow.closes_at).is_not(None), col(PollRow.closes_at) <= now)
    begun = col(PollRow.opens_at) <= now
    return {
        rules.PollState.CLOSED: over,
        rules.PollState.OPEN: sa.and_(sa.not_(over), begun),
        rules.PollState.SCHEDULED: sa.and_(sa.not_(over), sa.not_(begun)),
    }[state]
