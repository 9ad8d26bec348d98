"""Root queries of civic."""

from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
import strawberry
from sqlmodel import col

from modules.civic import rules
from modules.civic.relations import DEBATE, NEWEST_DEBATES, debates_by_id
from modules.civic.tables import DebateRow
from modules.civic.types import Debate, DebateState, Municipality
from modules.kernel import clock, keys
from modules.kernel.context import Info
from modules.kernel.keyset import Order
from modules.kernel.paging import After, Connection, First, page
from modules.kernel.search import matching


@strawberry.input(description="Which debates; what is left out does not narrow.")
class DebateFilter:
    municipality_id: strawberry.ID | None = strawberry.field(default=None, description="Only of this municipality.")
    state: DebateState | None = strawberry.field(default=None, description="Only in this state.")  # type: ignore[valid-type]


@strawberry.type
class Query:
    @strawberry.field(description="Debates, newest first.")
    async def debates(
        self,
        info: Info,
        filter: Annotated[DebateFilter | None, strawberry.argument(description="Which.")] = None,
        search: Annotated[str, strawberry.argument(description="Words of the title or text.")] = "",
        first: First = 20,
        after: After = None,
    ) -> Connection[Debate]:
        wanted = filter or DebateFilter()
        statement = DEBATE.where(matching(col(DebateRow.search_text), search), *_predicates(wanted))
        order = Order(NEWEST_DEBATES.columns, filters=(wanted, search))
        return await page(info.context, statement, order, first=first, after=after)  # type: ignore[return-value]

    @strawberry.field(description="The debate with this id, null when there is none.")
    async def debate(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Id of the debate.")]
    ) -> Debate | None:
        (row,) = await debates_by_id([{"id": keys.decode_uuid(Debate, id)}], info)
        return row  # type: ignore[return-value]


def _predicates(wanted: DebateFilter) -> list[Any]:
    found: list[Any] = []
    if wanted.municipality_id is not None:
        code = keys.decode_code(Municipality, wanted.municipality_id, "filter.municipalityId")
        found.append(col(DebateRow.municipality_id) == code)
    if wanted.state is not None:
        found.append(_in_state(wanted.state, clock.now()))
    return found


def _in_state(state: rules.DebateState, now: datetime) -> Any:
    """`rules.debate_state`, in SQL."""
    over = sa.and_(col(DebateRow.closes_at).is_not(None), col(DebateRow.closes_at) <= now)
    begun = col(DebateRow.opens_at) <= now
    return {
        rules.DebateState.CLOSED: over,
        rules.DebateState.OPEN: sa.and_(sa.not_(over), begun),
        rules.DebateState.SCHEDULED: sa.and_(sa.not_(over), sa.not_(begun)),
    }[state]
