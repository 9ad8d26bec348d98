"""Batches of voting, named by their questions."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col

from modules.kernel import clock
from modules.kernel.batches import count_each, many_each, one_each
from modules.kernel.context import Info
from modules.kernel.keyset import Order
from modules.kernel.log import seq_of
from modules.kernel.paging import After, First, Page, pages
from modules.kernel.storage import Row
from modules.kernel.tables import pick
from modules.voting import rules
from modules.voting.events import TOPIC
from modules.voting.tables import BallotRow, OptionRow, ParticipationRow, PollRow

POLL = pick(PollRow, "id", "debate_id", "municipality_id", "title", "opened_by", "opens_at", "closes_at")
NEWEST_POLLS = Order(((col(PollRow.opens_at), True), (col(PollRow.id), True)))
_OLDEST_POLLS = Order(((col(PollRow.opens_at), False), (col(PollRow.id), False)))
_OPTION = pick(OptionRow, "id", "poll_id", "position", "text").order_by(col(OptionRow.position))


async def polls_by_id(keys: Sequence[Row], info: Info) -> list[Row | None]:
    return await one_each(info.context, POLL, col(PollRow.id), [key["id"] for key in keys])


async def polls_by_debate(debates: Sequence[Row], info: Info, *, first: First = 20) -> list[Sequence[Row]]:
    keys, parent = [debate["id"] for debate in debates], col(PollRow.debate_id)
    cut = await pages(info.context, POLL, parent, keys, _OLDEST_POLLS, first=first, after=None)
    return [page.rows for page in cut]


async def polls_by_municipality(
    units: Sequence[Row], info: Info, *, first: First = 20, after: After = None
) -> list[Page]:
    keys, parent = [unit["id"] for unit in units], col(PollRow.municipality_id)
    return await pages(info.context, POLL, parent, keys, NEWEST_POLLS, first=first, after=after)


async def options_by_poll(polls: Sequence[Row], info: Info) -> list[list[Row]]:
    return await many_each(info.context, _OPTION, col(OptionRow.poll_id), [poll["id"] for poll in polls])


async def ballot_counts_by_poll(polls: Sequence[Row], info: Info) -> list[int]:
    return await count_each(info.context, col(BallotRow.poll_id), [poll["id"] for poll in polls])


async def participations_of_viewer(polls: Sequence[Row], info: Info) -> list[bool]:
    """Whether the viewer has voted in each poll."""
    own = pick(ParticipationRow, "poll_id").where(col(ParticipationRow.person_id) == info.context.viewer.person_id)
    rows = await one_each(info.context, own, col(ParticipationRow.poll_id), [poll["id"] for poll in polls])
    return [row is not None for row in rows]


async def tallies_by_poll(polls: Sequence[Row], info: Info) -> list[Row]:
    return await tallies_at(polls, info, clock.now())


async def tallies_at(polls: Sequence[Row], info: Info, now: datetime) -> list[Row]:
    """The tally of each poll; final when the poll was over at `now`, a time before it is counted.

    The version is read by the statement that counts: equal versions are equal tallies.
    """
    cast = sa.and_(col(BallotRow.poll_id) == col(OptionRow.poll_id), col(BallotRow.option_id) == col(OptionRow.id))
    counted = (
        _OPTION.add_columns(
            sa.func.count(col(BallotRow.tracker)).label("votes"),
            seq_of(TOPIC, col(OptionRow.poll_id)).label("version"),
        )
        .outerjoin(BallotRow, cast)
        .group_by(col(OptionRow.id))
    )
    votes = await many_each(info.context, counted, col(OptionRow.poll_id), [poll["id"] for poll in polls])
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
