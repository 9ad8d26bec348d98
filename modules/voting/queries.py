"""Root queries of voting."""

from typing import Annotated

import sqlalchemy as sa
import strawberry

from modules.kernel import clock, keys
from modules.kernel.asks import asked, one, page
from modules.kernel.context import Info
from modules.kernel.paging import After, Connection, First
from modules.kernel.predicates import Predicate, same
from modules.kernel.tables import Moment, col
from modules.voting import rules
from modules.voting.relations import NEWEST_POLLS, POLL
from modules.voting.tables import PollRow
from modules.voting.types import Debate, Municipality, Poll, PollState

# `rules.poll_state`, in SQL.
_NOW = sa.bindparam("now", type_=Moment())
_OVER = sa.and_(col(PollRow.closes_at).is_not(None), col(PollRow.closes_at) <= _NOW)
_IN_STATE = {
    rules.PollState.CLOSED: _OVER,
    rules.PollState.OPEN: sa.and_(sa.not_(_OVER), col(PollRow.opens_at) <= _NOW),
    rules.PollState.SCHEDULED: sa.and_(sa.not_(_OVER), col(PollRow.opens_at) > _NOW),
}


@strawberry.input(description="Which polls; what is left out does not narrow.")
class PollFilter:
    debate_id: strawberry.ID | None = strawberry.field(default=None, description="Only on this debate.")
    municipality_id: strawberry.ID | None = strawberry.field(default=None, description="Only of this municipality.")
    state: PollState | None = strawberry.field(default=None, description="Only in this state.")  # type: ignore[valid-type]

    def where(self) -> list[Predicate | None]:
        """What is asked for. Raises InvalidInput for an id of something else."""
        debate_id = None if self.debate_id is None else keys.decode_uuid(Debate, self.debate_id, "filter.debateId")
        code = (
            None
            if self.municipality_id is None
            else keys.decode_code(Municipality, self.municipality_id, "filter.municipalityId")
        )
        state = self.state and Predicate(_IN_STATE[self.state], {"now": clock.now()})
        return [same(col(PollRow.debate_id), debate_id), same(col(PollRow.municipality_id), code), state]


@strawberry.type
class Query:
    @asked(POLL, "Polls, newest first.")
    def polls(
        self,
        info: Info,
        filter: Annotated[PollFilter | None, strawberry.argument(description="Which.")] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[Poll]:
        wanted = filter or PollFilter()
        return page(NEWEST_POLLS, first, after, where=wanted.where(), filters=(wanted,))

    @asked(POLL, "The poll with this id, null when there is none.")
    def poll(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Id of the poll.")]
    ) -> Poll | None:
        return one(same(col(PollRow.id), keys.decode_uuid(Poll, id)))
