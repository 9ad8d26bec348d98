"""The polls of a debate, live."""

import asyncio
from datetime import timedelta
from typing import Any

from modules.kernel import clock, keys
from tests.asking import Ask
from tests.civic.scenes import act, following, start_debate
from tests.people import PEOPLE
from tests.voting.scenes import CLOSE, cast, open_poll

FOLLOW = "subscription($id: ID!) { p: debatePolls(debateId: $id) { version polls { id state } } }"


def states(push: dict[str, Any]) -> list[str]:
    return [poll["state"] for poll in push["data"]["p"]["polls"]]


async def test_the_list_of_now_comes_first_then_that_of_every_poll_opened_and_closed(ask: Ask) -> None:
    debate = await start_debate(ask)
    first = await open_poll(ask, debate)
    async with asyncio.timeout(20), following(ask, FOLLOW, id=debate) as push:
        assert states(await push()) == ["OPEN"]
        await open_poll(ask)  # on another debate
        await cast(ask, first, PEOPLE.mira)  # is the tally's to tell
        second = await open_poll(ask, debate)
        told = await push()
        assert [poll["id"] for poll in told["data"]["p"]["polls"]] == [first.id, second.id]
        await act(ask, CLOSE, PEOPLE.official, pollId=first.id)
        closed = await push()
    assert states(closed) == ["CLOSED", "OPEN"]
    assert closed["data"]["p"]["version"] == told["data"]["p"]["version"] + 1


async def test_a_poll_whose_time_has_come_is_told_though_nothing_announces_it(ask: Ask) -> None:
    debate = await start_debate(ask)
    begins, ends = (clock.now() + timedelta(seconds=passed) for passed in (1, 1.5))
    await open_poll(ask, debate, opensAt=begins.isoformat(), closesAt=ends.isoformat())
    seen: list[str] = []
    async with asyncio.timeout(20), following(ask, FOLLOW, id=debate) as push:
        while seen[-1:] != ["CLOSED"]:
            seen.append(*states(await push()))
    assert sorted(set(seen), key=["SCHEDULED", "OPEN", "CLOSED"].index) == list(dict.fromkeys(seen))


async def test_a_debate_without_polls_has_an_empty_list_and_an_unknown_one_is_not_found(ask: Ask) -> None:
    async with asyncio.timeout(20), following(ask, FOLLOW, id=await start_debate(ask)) as push:
        assert states(await push()) == []
    async with asyncio.timeout(20), following(ask, FOLLOW, id=keys.encode("Debate", keys.unordered())) as push:
        assert (await push())["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_whether_somebody_has_voted_is_told_to_them_alone(ask: Ask) -> None:
    debate = await start_debate(ask)
    poll = await open_poll(ask, debate)
    await cast(ask, poll, PEOPLE.mira)
    mine = FOLLOW.replace("id state", "viewerHasVoted")
    async with (
        asyncio.timeout(20),
        following(ask, mine, PEOPLE.mira, id=debate) as hers,
        following(ask, mine, PEOPLE.taras, id=debate) as his,
        following(ask, mine, id=debate) as nobodys,
    ):
        pushes = [await push() for push in (hers, his, nobodys)]
    assert [push["data"]["p"]["polls"][0]["viewerHasVoted"] for push in pushes] == [True, False, False]
