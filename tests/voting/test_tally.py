"""The live tally of a poll."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from modules.identity.verification.answers import Residents
from modules.kernel import clock, keys
from modules.kernel.policy import Viewer
from modules.kernel.storage import Storage
from modules.voting import actions
from tests.asking import Ask
from tests.civic.scenes import act, following
from tests.people import PEOPLE
from tests.voting.scenes import CLOSE, TALLY, cast, open_poll

FOLLOW = "subscription($id: ID!) { t: pollTally(pollId: $id) { version total final options { votes } poll { state } } }"


def told(push: dict[str, Any]) -> tuple[int, bool, str]:
    tally = push["data"]["t"]
    assert tally["total"] == sum(option["votes"] for option in tally["options"])
    return tally["total"], tally["final"], tally["poll"]["state"]


async def test_a_tally_has_every_option_and_its_version(ask: Ask) -> None:
    poll = await open_poll(ask)
    for person, option in ((PEOPLE.mira, 2), (PEOPLE.taras, 2), (PEOPLE.official, 0)):
        await cast(ask, poll, person, option)
    assert (await ask(TALLY, {"id": poll.id}))["poll"]["tally"] == {
        "version": 3,  # as many as there are ballots
        "total": 3,
        "final": False,
        "options": [
            {"option": {"text": "Парк"}, "votes": 1},
            {"option": {"text": "Школу"}, "votes": 0},
            {"option": {"text": "Ринок"}, "votes": 2},
        ],
    }


async def test_the_tally_moves_and_ends_with_the_poll(ask: Ask) -> None:
    poll = await open_poll(ask)
    await cast(ask, poll, PEOPLE.mira)
    async with asyncio.timeout(10), following(ask, FOLLOW, id=poll.id) as push:
        assert told(await push()) == (1, False, "OPEN")
        await cast(ask, poll, PEOPLE.taras, 1)
        assert told(await push()) == (2, False, "OPEN")
        await act(ask, CLOSE, PEOPLE.official, pollId=poll.id)
        assert told(await push()) == (2, True, "CLOSED")
        with pytest.raises(StopAsyncIteration):
            await push()


async def test_a_refused_ballot_moves_nothing(ask: Ask) -> None:
    poll = await open_poll(ask)
    async with asyncio.timeout(10), following(ask, FOLLOW, id=poll.id) as push:
        await push()
        await cast(ask, poll, PEOPLE.mira)
        assert told(await push()) == (1, False, "OPEN")
        assert await cast(ask, poll, PEOPLE.mira) == "AlreadyVoted"
        await cast(ask, poll, PEOPLE.taras)
        assert told(await push()) == (2, False, "OPEN")


async def test_many_ballots_are_few_pushes_and_the_last_one_is_right(ask: Ask, crowd: list[Viewer]) -> None:
    poll, voters = await open_poll(ask), crowd[:40]
    async with asyncio.timeout(60), following(ask, FOLLOW, id=poll.id) as push:
        await push()
        loop = asyncio.get_running_loop()
        began, pushes, total = loop.time(), 0, 0
        casting = asyncio.gather(*(cast(ask, poll, voter) for voter in voters))
        while total < len(voters):
            total, pushes = told(await push())[0], pushes + 1
        assert pushes <= 2 + 4 * (loop.time() - began)
        await casting


async def test_the_tally_ends_with_a_deadline_that_nothing_announces(ask: Ask) -> None:
    begins, ends = (clock.now() + timedelta(seconds=passed) for passed in (1, 1.5))
    poll = await open_poll(ask, opensAt=begins.isoformat(), closesAt=ends.isoformat())
    seen = []
    async with asyncio.timeout(20), following(ask, FOLLOW, id=poll.id) as push:
        with pytest.raises(StopAsyncIteration):
            while True:
                seen.append(told(await push()))
    assert clock.now() >= ends
    assert [final for _, final, _ in seen] == [False] * (len(seen) - 1) + [True]
    assert seen[-1] == (0, True, "CLOSED")
    assert len(seen) <= 3, "one push for each state"


async def test_a_final_tally_has_the_ballots_that_were_begun_in_time(ask: Ask, storage: Storage) -> None:
    ends = clock.now() + timedelta(hours=1)
    poll = await open_poll(ask, closesAt=ends.isoformat())
    async with asyncio.timeout(10), following(ask, FOLLOW, id=poll.id) as push, AsyncExitStack() as casting:
        work = await casting.enter_async_context(storage.writing())
        await actions.cast_ballot(work, PEOPLE.mira, Residents(), poll.key, UUID(hex=keys.split(poll.options[0])[1]))
        with clock.frozen(ends):
            final = asyncio.create_task(push())
            done, _ = await asyncio.wait([final], timeout=0.3)  # without waiting for the ballot it takes some 10 ms
            assert not done
            await casting.aclose()
            assert told(await final) == (1, True, "CLOSED")


async def test_the_tally_of_a_closed_poll_is_told_once(ask: Ask) -> None:
    poll = await open_poll(ask)
    await act(ask, CLOSE, PEOPLE.official, pollId=poll.id)
    async with asyncio.timeout(10), following(ask, FOLLOW, id=poll.id) as push:
        assert told(await push()) == (0, True, "CLOSED")
        with pytest.raises(StopAsyncIteration):
            await push()


async def test_an_unknown_poll_is_not_found(ask: Ask) -> None:
    unknown = keys.encode("Poll", keys.unordered())
    for named, code in ((unknown, "NOT_FOUND"), ("Debate_" + "0" * 32, "BAD_USER_INPUT")):
        async with asyncio.timeout(10), following(ask, FOLLOW, id=named) as push:
            assert (await push())["errors"][0]["extensions"]["code"] == code
