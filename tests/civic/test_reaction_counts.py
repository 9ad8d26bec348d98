"""How many support and oppose the comments of a page, and who is here: told as it is now, then as it changes."""

import asyncio
from typing import Any

import pytest

from modules.kernel import keys
from modules.kernel.policy import Viewer
from tests.asking import Ask
from tests.civic.scenes import HIDE, REACT, act, add_comment, following, start_debate
from tests.people import PEOPLE

COUNTS = """subscription($debate: ID!, $comments: [ID!]!) { r: reactionCounts(debateId: $debate, commentIds: $comments) {
    version comments { id supportCount opposeCount } } }"""
HERE = "subscription($debate: ID!) { presence(debateId: $debate) { viewerCount } }"


def counts(push: dict[str, Any]) -> list[tuple[int, int] | None]:
    return [one and (one["supportCount"], one["opposeCount"]) for one in push["data"]["r"]["comments"]]


async def test_the_counts_of_now_come_first_then_those_of_every_change(ask: Ask) -> None:
    debate = await start_debate(ask)
    one, two = await add_comment(ask, debate), await add_comment(ask, debate)
    await act(ask, REACT, PEOPLE.mira, commentId=two, reaction="OPPOSE")
    async with asyncio.timeout(20), following(ask, COUNTS, debate=debate, comments=[two, one]) as push:
        assert counts(await push()) == [(0, 1), (0, 0)]
        await act(ask, REACT, PEOPLE.taras, commentId=one, reaction="SUPPORT")
        assert counts(await push()) == [(0, 1), (1, 0)]
        await act(ask, REACT, PEOPLE.mira, commentId=two, reaction=None)
        assert counts(await push()) == [(0, 0), (1, 0)]


async def test_many_reactions_are_few_pushes_and_the_last_one_is_right(ask: Ask, crowd: list[Viewer]) -> None:
    debate = await start_debate(ask)
    comment = await add_comment(ask, debate)
    async with asyncio.timeout(60), following(ask, COUNTS, debate=debate, comments=[comment]) as push:
        await push()
        loop = asyncio.get_running_loop()
        began, pushes, total = loop.time(), 0, 0
        reacting = asyncio.gather(*(act(ask, REACT, who, commentId=comment, reaction="SUPPORT") for who in crowd[:40]))
        while total < 40:
            [(total, _)], pushes = counts(await push()), pushes + 1  # type: ignore[misc]
        assert pushes <= 2 + 4 * (loop.time() - began)
        await reacting


async def test_what_is_not_of_the_debate_is_null(ask: Ask) -> None:
    debate, other = await start_debate(ask), await start_debate(ask)
    here, elsewhere = await add_comment(ask, debate), await add_comment(ask, other)
    unknown = keys.encode("Comment", keys.unordered())
    async with asyncio.timeout(20), following(ask, COUNTS, debate=debate, comments=[elsewhere, here, unknown]) as push:
        assert counts(await push()) == [None, (0, 0), None]


@pytest.mark.parametrize(
    ("comments", "code", "field"),
    [
        ([], "BAD_USER_INPUT", "commentIds"),
        (["Comment_" + "0" * 32] * 101, "BAD_USER_INPUT", "commentIds"),
        (["Debate_" + "0" * 32], "BAD_USER_INPUT", "commentIds"),
    ],
)
async def test_which_comments_is_looked_at(ask: Ask, comments: list[str], code: str, field: str) -> None:
    debate = await start_debate(ask)
    async with asyncio.timeout(20), following(ask, COUNTS, debate=debate, comments=comments) as push:
        refused = (await push())["errors"][0]["extensions"]
    assert (refused["code"], refused["field"]) == (code, field)


@pytest.mark.parametrize("query", [COUNTS, HERE])
async def test_a_debate_that_is_not_there_is_not_followed(ask: Ask, query: str) -> None:
    unknown = keys.encode("Debate", keys.unordered())
    asked = {"debate": unknown} | ({"comments": ["Comment_" + "0" * 32]} if query is COUNTS else {})
    async with asyncio.timeout(20), following(ask, query, **asked) as push:  # type: ignore[arg-type]
        assert (await push())["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_everybody_who_looks_is_here_until_they_leave(ask: Ask) -> None:
    debate, other = await start_debate(ask), await start_debate(ask)
    async with asyncio.timeout(20), following(ask, HERE, debate=debate) as mine:
        assert await mine() == {"data": {"presence": {"viewerCount": 1}}}
        async with (
            following(ask, HERE, PEOPLE.mira, debate=debate) as theirs,
            following(ask, HERE, debate=other) as far,
        ):
            assert (await theirs())["data"]["presence"]["viewerCount"] in (1, 2)
            assert (await far())["data"]["presence"]["viewerCount"] == 1
            assert (await mine())["data"]["presence"]["viewerCount"] == 2
        assert (await mine())["data"]["presence"]["viewerCount"] == 1


async def test_what_was_hidden_is_not_shown_with_its_counts_any_more(ask: Ask) -> None:
    debate = await start_debate(ask)
    comment = await add_comment(ask, debate, body="secret")
    query = COUNTS.replace("id supportCount", "body id supportCount")
    async with asyncio.timeout(20), following(ask, query, debate=debate, comments=[comment]) as push:
        assert (await push())["data"]["r"]["comments"][0]["body"] == "secret"
        await act(ask, HIDE, PEOPLE.moderator, commentId=comment, reason="SPAM")
        assert (await push())["data"]["r"]["comments"][0]["body"] is None
        async with following(ask, query, PEOPLE.taras, debate=debate, comments=[comment]) as late:
            assert (await late())["data"]["r"]["comments"][0]["body"] is None
