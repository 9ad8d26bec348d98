"""Root queries of civic."""

from typing import Annotated

import sqlalchemy as sa
import strawberry

from modules.civic import rules
from modules.civic.relations import DEBATE, NEWEST_DEBATES
from modules.civic.tables import DebateRow
from modules.civic.types import Debate, DebateState, Municipality
from modules.kernel import clock, keys
from modules.kernel.asks import asked, one, page
from modules.kernel.context import Info
from modules.kernel.paging import After, Connection, First
from modules.kernel.predicates import Predicate, same
from modules.kernel.search import matching
from modules.kernel.tables import Moment, col

# `rules.debate_state`, in SQL.
_NOW = sa.bindparam("now", type_=Moment())
_OVER = sa.and_(col(DebateRow.closes_at).is_not(None), col(DebateRow.closes_at) <= _NOW)
_IN_STATE = {
    rules.DebateState.CLOSED: _OVER,
    rules.DebateState.OPEN: sa.and_(sa.not_(_OVER), col(DebateRow.opens_at) <= _NOW),
    rules.DebateState.SCHEDULED: sa.and_(sa.not_(_OVER), col(DebateRow.opens_at) > _NOW),
}


@strawberry.input(description="Which debates; what is left out does not narrow.")
class DebateFilter:
    municipality_id: strawberry.ID | None = strawberry.field(default=None, description="Only of this municipality.")
    state: DebateState | None = strawberry.field(default=None, description="Only in this state.")  # type: ignore[valid-type]

    def where(self) -> list[Predicate | None]:
        """What is asked for. Raises InvalidInput for an id of something else."""
        code = (
            None
            if self.municipality_id is None
            else keys.decode_code(Municipality, self.municipality_id, "filter.municipalityId")
        )
        state = self.state and Predicate(_IN_STATE[self.state], {"now": clock.now()})
        return [same(col(DebateRow.municipality_id), code), state]


@strawberry.type
class Query:
    @asked(DEBATE, "Debates, newest first.")
    def debates(
        self,
        info: Info,
        filter: Annotated[DebateFilter | None, strawberry.argument(description="Which.")] = None,
        search: Annotated[str, strawberry.argument(description="Words of the title or text.")] = "",
        first: First = 20,
        after: After = None,
    ) -> Connection[Debate]:
        wanted = filter or DebateFilter()
        where = [matching(col(DebateRow.search_text), search), *wanted.where()]
        return page(NEWEST_DEBATES, first, after, where=where, filters=(wanted, search))

    @asked(DEBATE, "The debate with this id, null when there is none.")
    def debate(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Id of the debate.")]
    ) -> Debate | None:
        return one(same(col(DebateRow.id), keys.decode_uuid(Debate, id)))
