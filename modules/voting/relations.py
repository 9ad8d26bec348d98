"""Relations of voting, named by their questions."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from modules.kernel import clock
from modules.kernel.batches import count_each, many_each, one_each
from modules.kernel.context import Info
from modules.kernel.keyset import Order
from modules.kernel.levels import Level
from modules.kernel.log import seq_of
from modules.kernel.policy import Viewer
from modules.kernel.prepared import VIEWER_ID
from modules.kernel.relations import ByKey, Listed, Paged
from modules.kernel.storage import Reading, Row
from modules.kernel.tables import col, pick
from modules.voting import rules
from modules.voting.events import TALLY
from modules.voting.ports import Residents
from modules.voting.tables import BallotRow, OptionRow, ParticipationRow, PollRow

POLL = pick(
    PollRow, "id", "debate_id", "municipality_id", "title", "opened_by", "opens_at", "closes_at", "minimum_level"
)
NEWEST_POLLS = Order(((col(PollRow.opens_at), True), (col(PollRow.id), True)))
_OLDEST_POLLS = Order(((col(PollRow.opens_at), False), (col(PollRow.id), False)))
_ON_THE_BALLOT = Order(((col(OptionRow.position), False),))
_OPTION = pick(OptionRow, "id", "poll_id", "position", "text")
_OWN_PARTICIPATION = pick(ParticipationRow, "poll_id").where(col(ParticipationRow.person_id) == VIEWER_ID)
_COUNTED = (
    _OPTION.add_columns(
        sa.func.count(col(BallotRow.tracker)).label("votes"), seq_of(TALLY, col(OptionRow.poll_id)).label("version")
    )
    .outerjoin(
        BallotRow,
        sa.and_(col(BallotRow.poll_id) == col(OptionRow.poll_id), col(BallotRow.option_id) == col(OptionRow.id)),
    )
    .group_by(col(OptionRow.id))
    .order_by(*_ON_THE_BALLOT.clauses())
)

polls_by_id = ByKey(POLL, by=col(PollRow.id))
polls_by_debate = Paged(POLL, by=col(PollRow.debate_id), order=_OLDEST_POLLS, cursors=False)
polls_by_municipality = Paged(POLL, by=col(PollRow.municipality_id), order=NEWEST_POLLS)
options_by_poll = Listed(_OPTION, by=col(OptionRow.poll_id), order=_ON_THE_BALLOT)


async def ballot_counts_by_poll(polls: Sequence[Row], info: Info) -> list[int]:
    return await count_each(info.context, col(BallotRow.poll_id), [poll["id"] for poll in polls])


async def participations_of_viewer(polls: Sequence[Row], info: Info) -> list[bool]:
    """Whether the viewer has voted in each poll."""
    keys = [poll["id"] for poll in polls]
    rows = await one_each(info.context, _OWN_PARTICIPATION, col(ParticipationRow.poll_id), keys)
    return [row is not None for row in rows]


async def levels_of_viewer(read: Reading, residents: Residents, viewer: Viewer, polls: Sequence[Row]) -> list[Level]:
    """What the viewer holds where each poll is. It is looked up only when one of them wants more than everybody holds."""
    if viewer.person_id is None or all(Level(poll["minimum_level"]) is Level.REGISTERED for poll in polls):
        return [Level.REGISTERED for _ in polls]
    held = await residents.levels(read, viewer.person_id)
    return [held.get(poll["municipality_id"], Level.REGISTERED) for poll in polls]


async def tallies_by_poll(polls: Sequence[Row], info: Info) -> list[Row]:
    return await tallies_at(polls, info, clock.now())


async def tallies_at(polls: Sequence[Row], info: Info, now: datetime) -> list[Row]:
    """The tally of each poll; final when the poll was over at `now`, a time before it is counted.

    The version is read by the statement that counts: equal versions are equal tallies.
    """
    votes = await many_each(info.context, _COUNTED, col(OptionRow.poll_id), [poll["id"] for poll in polls])
    return [
        {
            "poll_id": poll["id"],
            "version": max((option["version"] for option in options), default=0),
            "options": [{"option": option, "votes": option["votes"]} for option in options],
            "total": sum(option["votes"] for option in options),
            "final": rules.is_over(poll["closes_at"], now=now),
        }
        for poll, options in zip(polls, votes, strict=True)
    ]
