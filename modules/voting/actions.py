"""What people do in polls."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from modules.kernel import clock, keys
from modules.kernel.audit import Act
from modules.kernel.levels import Level
from modules.kernel.policy import Viewer
from modules.kernel.refusals import InvalidInput, NotFound
from modules.kernel.storage import Row, Storage, Work
from modules.kernel.tables import pick
from modules.voting import events, policy, rules
from modules.voting.ports import Debates, Residents
from modules.voting.refusals import AlreadyVoted
from modules.voting.relations import levels_of_viewer
from modules.voting.tables import BallotRow, OptionRow, ParticipationRow, PollRow


async def open_poll(
    work: Work,
    viewer: Viewer,
    debates: Debates,
    *,
    debate_id: UUID,
    title: str,
    options: Sequence[str],
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    minimum_level: Level = Level.REGISTERED,
) -> UUID:
    """Open a poll on a debate, now or at `opens_at`; its key. Raises NotSignedIn, NotFound, NotAllowed or InvalidInput."""
    debate = (await debates.debates_for_polls(work, [debate_id])).get(debate_id)
    if debate is None:
        raise NotFound(message="There is no such debate.")
    opened_by, now = policy.may_open_poll(viewer, debate), clock.now()
    title, texts = _title(title), _options(options)
    opens_at = _opening(opens_at, closes_at, now)
    poll = PollRow(
        id=keys.new(),
        debate_id=debate_id,
        municipality_id=debate.municipality_id,
        title=title,
        opened_by=opened_by,
        opens_at=opens_at,
        closes_at=closes_at,
        minimum_level=minimum_level.number,
    )
    work.session.add(poll)
    await work.session.flush()
    work.session.add_all(
        OptionRow(id=keys.new(), poll_id=poll.id, position=place, text=text) for place, text in enumerate(texts, 1)
    )
    await work.session.flush()
    work.record(events.PollOpened(debate_id, poll.id))
    return poll.id


async def cast_ballot(work: Work, viewer: Viewer, residents: Residents, poll_id: UUID, option_id: UUID) -> None:
    """Cast a ballot, once. Raises NotSignedIn, NotFound, PollNotOpen, NotVerified, InvalidInput or AlreadyVoted."""
    await _hold(work, poll_id)
    poll = await _poll(work, poll_id)
    (level,) = await levels_of_viewer(work, residents, viewer, [poll])
    person_id = policy.may_cast(viewer, poll, level)
    if not await _is_option(work, poll_id, option_id):
        raise InvalidInput(field="optionId", message="This is not an option of this poll.")
    participation = work.insert(ParticipationRow).values(poll_id=poll_id, person_id=person_id)
    if not await work.run(participation.on_conflict_do_nothing(index_elements=["poll_id", "person_id"])):
        raise AlreadyVoted()
    await work.run(work.insert(BallotRow).values(poll_id=poll_id, tracker=keys.unordered(), option_id=option_id))
    work.record(events.BallotCast(poll_id))


async def close_poll(work: Work, viewer: Viewer, poll_id: UUID) -> None:
    """Close an open poll now. No ballot is added after this. Raises NotSignedIn, NotFound, NotAllowed or PollNotOpen."""
    await _hold(work, poll_id, alone=True)
    poll = await _poll(work, poll_id)
    actor_id = policy.may_close(viewer, poll)
    own = (col(PollRow.id) == poll_id, col(PollRow.municipality_id) == poll["municipality_id"])
    await work.run(sa.update(PollRow).where(*own).values(closes_at=clock.now()))
    work.record(events.VotingClosed(poll_id))
    work.record(events.PollClosed(poll["debate_id"], poll_id))
    if poll["opened_by"] != actor_id:  # who opened it needs no office to close it
        subject, place = keys.encode("Poll", poll_id), poll["municipality_id"]
        work.audit(Act("closePoll", place, actor_id, subject, poll["opened_by"]))


async def settle(storage: Storage, poll_id: UUID) -> None:
    """Return when no ballot that was begun before is still on its way; when the poll is over, none follows."""
    async with storage.writing() as work:
        await work.session.connection()  # on SQLite to have begun is to be alone
        await _hold(work, poll_id, alone=True)


async def _hold(work: Work, poll_id: UUID, *, alone: bool = False) -> None:
    """Keep the poll from closing until this work ends, or, `alone`, wait for all who do and keep others from it.

    What was read before is old: read the poll in a later statement. On SQLite one writes at a time anyway.
    """
    if work.dialect == "postgresql":
        take = sa.func.pg_advisory_xact_lock if alone else sa.func.pg_advisory_xact_lock_shared
        lock = int.from_bytes(poll_id.bytes[8:], signed=True)  # the random half of a UUIDv7
        await work.run(sa.select(take(sa.literal(lock, sa.BigInteger))))


async def _poll(work: Work, poll_id: UUID) -> Row:
    columns = pick(PollRow, "debate_id", "municipality_id", "opened_by", "opens_at", "closes_at", "minimum_level")
    poll = await work.row(columns.where(col(PollRow.id) == poll_id))
    if poll is None:
        raise NotFound(message="There is no such poll.")
    return poll


async def _is_option(work: Work, poll_id: UUID, option_id: UUID) -> bool:
    own = (col(OptionRow.id) == option_id, col(OptionRow.poll_id) == poll_id)
    return await work.value(pick(OptionRow, "id").where(*own)) is not None


def _opening(opens_at: datetime | None, closes_at: datetime | None, now: datetime) -> datetime:
    """When it opens: not before now. Raises InvalidInput."""
    for field, at in (("opensAt", opens_at), ("closesAt", closes_at)):
        if at is not None and at > now + rules.FURTHEST_AHEAD:
            raise InvalidInput(field=field, message=f"`{field}` is at most 5 years ahead.")
    opens_at = max(opens_at or now, now)
    if closes_at is not None and closes_at <= opens_at:
        raise InvalidInput(field="closesAt", message="A poll closes after it opens.")
    return opens_at


def _title(title: str) -> str:
    tidy = rules.tidy_line(title, rules.LONGEST_TITLE)
    if tidy is None:
        raise InvalidInput(field="title", message=f"`title` has 1 to {rules.LONGEST_TITLE} characters.")
    return tidy


def _options(options: Sequence[str]) -> list[str]:
    tidy = rules.tidy_options(options)
    if tidy is None:
        number, length = f"{rules.FEWEST_OPTIONS} to {rules.MOST_OPTIONS}", f"1 to {rules.LONGEST_OPTION}"
        raise InvalidInput(
            field="options", message=f"A poll has {number} options of {length} characters, no two alike."
        )
    return tidy
