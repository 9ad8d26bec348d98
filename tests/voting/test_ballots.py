"""Casting ballots: once each, in time, in secret, whoever else casts or closes."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from gateway.modules import migrated
from modules.identity.verification.answers import Residents
from modules.kernel import clock, keys
from modules.kernel.policy import Viewer
from modules.kernel.storage import Storage
from modules.voting import actions
from modules.voting.tables import BallotRow, OptionRow, ParticipationRow
from tests.asking import Ask
from tests.civic.scenes import act
from tests.contents import announced, contents
from tests.people import PEOPLE, People
from tests.voting.scenes import CAST, CLOSE, Poll, cast, open_poll, votes

NO_POLL = keys.encode("Poll", keys.unordered())
NO_OPTION = keys.encode("PollOption", keys.unordered())


async def count(storage: Storage, table: type) -> int:
    async with storage.reading() as read:
        return int(await read.value(sa.select(sa.func.count()).select_from(table)))


@pytest.mark.parametrize(
    ("who", "result"),
    [
        ("nobody", "NotSignedIn"),
        ("mira", "BallotCast"),
        ("moderator", "BallotCast"),
        ("official", "BallotCast"),
        ("foreign_official", "BallotCast"),
    ],
)
async def test_everybody_who_is_signed_in_votes(
    ask: Ask, storage: Storage, people: People, who: str, result: str
) -> None:
    poll = await open_poll(ask)
    before = await contents(storage)
    came = await act(ask, CAST, getattr(people, who), pollId=poll.id, optionId=poll.options[1])
    assert came["__typename"] == result
    if result == "BallotCast":
        assert came["poll"] == {"viewerHasVoted": True, "ballotCount": 1}
        assert await votes(ask, poll) == [0, 1, 0]
    else:
        assert await contents(storage) == before


async def test_nobody_votes_twice(ask: Ask, storage: Storage) -> None:
    poll, other = await open_poll(ask), await open_poll(ask)
    assert await cast(ask, poll, PEOPLE.mira, 0) == "BallotCast"
    before = await contents(storage)
    assert await cast(ask, poll, PEOPLE.mira, 0) == "AlreadyVoted"
    assert await cast(ask, poll, PEOPLE.mira, 1) == "AlreadyVoted"
    assert await contents(storage) == before
    assert await cast(ask, poll, PEOPLE.taras, 1) == "BallotCast"
    assert await cast(ask, other, PEOPLE.mira, 2) == "BallotCast"
    assert (await votes(ask, poll), await votes(ask, other)) == ([1, 1, 0], [0, 0, 1])


async def test_a_ballot_that_names_nothing_is_refused(ask: Ask, storage: Storage) -> None:
    poll, other = await open_poll(ask), await open_poll(ask)
    before = await contents(storage)
    for named, result in (
        ((poll.id, other.options[0]), ("InvalidInput", "optionId")),
        ((poll.id, NO_OPTION), ("InvalidInput", "optionId")),
        ((poll.id, poll.id), ("InvalidInput", "optionId")),
        ((poll.options[0], poll.options[0]), ("InvalidInput", "pollId")),
        ((NO_POLL, poll.options[0]), ("NotFound", None)),
    ):
        came = await act(ask, CAST, PEOPLE.mira, pollId=named[0], optionId=named[1])
        assert (came["__typename"], came.get("field")) == result
    assert await contents(storage) == before


async def test_ballots_are_taken_only_while_the_poll_is_open(ask: Ask, storage: Storage) -> None:
    begins = clock.now() + timedelta(hours=1)
    ends = begins + timedelta(hours=1)
    poll = await open_poll(ask, opensAt=begins.isoformat(), closesAt=ends.isoformat())
    instant, before = timedelta(microseconds=1), await contents(storage)
    for at in (begins - instant, ends, ends + instant):
        with clock.frozen(at):
            assert await cast(ask, poll, PEOPLE.mira) == "PollNotOpen"
    assert await contents(storage) == before
    for at, person in ((begins, PEOPLE.mira), (ends - instant, PEOPLE.taras)):
        with clock.frozen(at):
            assert await cast(ask, poll, person) == "BallotCast"
    assert await votes(ask, poll) == [2, 0, 0]


async def test_who_casts_four_times_at_once_votes_once(ask: Ask, storage: Storage, crowd: list[Viewer]) -> None:
    poll = await open_poll(ask)
    voters = crowd if storage.url.get_backend_name() == "postgresql" else crowd[:40]
    casting = (cast(ask, poll, voter, place % 3) for place, voter in enumerate(voters) for _ in range(4))
    came = Counter(await asyncio.gather(*casting))
    assert came == {"BallotCast": len(voters), "AlreadyVoted": 3 * len(voters)}
    assert await count(storage, ParticipationRow) == await count(storage, BallotRow) == len(voters)
    assert await votes(ask, poll) == [len(voters[place::3]) for place in range(3)]
    assert Counter(name for name, _ in await announced(storage, poll.topic))["BallotCast"] == len(voters)


async def test_no_ballot_is_added_after_a_close_has_returned(ask: Ask, storage: Storage, crowd: list[Viewer]) -> None:
    late = 0
    for _ in range(20):
        poll = await open_poll(ask)

        async def close(poll: Poll = poll) -> list[int]:
            assert (await act(ask, CLOSE, PEOPLE.official, pollId=poll.id))["__typename"] == "PollClosed"
            return await votes(ask, poll)

        at_close, *came = await asyncio.gather(close(), *(cast(ask, poll, voter) for voter in crowd[:12]))
        assert await votes(ask, poll) == at_close == [came.count("BallotCast"), 0, 0]
        late += came.count("PollNotOpen")
    assert late > 0, "no round had a ballot that came too late"


async def test_a_close_waits_for_ballots_that_are_being_cast(ask: Ask, storage: Storage) -> None:
    poll = await open_poll(ask)
    async with AsyncExitStack() as casting:
        work = await casting.enter_async_context(storage.writing())
        option = UUID(hex=keys.split(poll.options[0])[1])
        await actions.cast_ballot(work, PEOPLE.mira, Residents(), poll.key, option)
        closing = asyncio.create_task(act(ask, CLOSE, PEOPLE.official, pollId=poll.id))
        done, _ = await asyncio.wait([closing], timeout=0.3)  # a close that does not wait returns in some 10 ms
        assert not done
    assert (await closing)["__typename"] == "PollClosed"
    assert await votes(ask, poll) == [1, 0, 0]


def test_no_table_can_hold_a_person_beside_a_ballot() -> None:
    columns = {table.name: set(table.c.keys()) for owner in migrated() for table in owner.metadata.sorted_tables}
    assert columns["voting_participation"] == {"poll_id", "person_id"}
    assert columns["voting_ballot"] == {"poll_id", "tracker", "option_id"}
    assert [name for name, held in columns.items() if "tracker" in held] == ["voting_ballot"]


async def test_nothing_that_is_kept_tells_whose_a_ballot_is(ask: Ask, storage: Storage) -> None:
    poll = await open_poll(ask)
    for person in (PEOPLE.mira, PEOPLE.taras, PEOPLE.official):
        await cast(ask, poll, person, 1)
    async with storage.reading() as read:
        trackers = [
            row["tracker"] for row in await read.rows(sa.select(sa.column("tracker", sa.Uuid())).select_from(BallotRow))
        ]
        options = [row["id"] for row in await read.rows(sa.select(sa.column("id", sa.Uuid())).select_from(OptionRow))]
    assert [tracker.version for tracker in trackers] == [4, 4, 4]
    people = [str(person.person_id) for person in (PEOPLE.mira, PEOPLE.taras)]
    for table, rows in (await contents(storage)).items():
        for row in rows:
            named = any(person in row or person.replace("-", "") in row for person in people)
            assert not (named and any(str(key) in row or key.hex in row for key in (*trackers, *options))), table
    cast_events = [payload for name, payload in await announced(storage, poll.topic) if name == "BallotCast"]
    assert cast_events == [{"poll_id": poll.key.hex}] * 3


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
@pytest.mark.parametrize("table", ["voting_participation", "voting_ballot"])
async def test_sqlite_does_not_number_who_votes_and_what(storage: Storage, table: str) -> None:
    async with storage.reading() as read:
        with pytest.raises(OperationalError, match="no such column: rowid"):
            await read.rows(sa.text(f"select rowid from {table}"))


async def test_the_cost_of_a_ballot(ask: Ask, statements: list[str]) -> None:
    poll = await open_poll(ask)
    statements.clear()
    await ask(
        "mutation($i: CastBallotInput!) { castBallot(input: $i) { __typename } }",
        {"i": {"pollId": poll.id, "optionId": poll.options[0]}},
        as_=PEOPLE.mira,
    )
    # the lock (BEGIN IMMEDIATE on SQLite), poll, option, participation, ballot; then the log: topic, event
    assert len(statements) == 7, statements
