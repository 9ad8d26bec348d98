"""What a debate's subscription tells."""

import asyncio
from uuid import UUID

import pytest
import sqlalchemy as sa

from modules.kernel import keys
from modules.kernel.log import epochs
from modules.kernel.policy import Viewer
from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.civic.scenes import CLOSE, HIDE, REACT, act, add_comment, following, start_debate
from tests.people import PEOPLE

FOLLOW = """subscription($id: ID!, $after: Cursor) { u: debateEvents(debateId: $id, after: $after) { cursor resync event {
    __typename ... on CommentAdded { comment { body } } ... on CommentHidden { comment { body isHidden } }
    ... on DebateClosed { debate { state } } } } }"""


async def live_cursor(ask: Ask, debate: str) -> str:
    query = "query($id: ID!) { debate(id: $id) { liveCursor } }"
    return str((await ask(query, {"id": debate}))["debate"]["liveCursor"])


async def test_everything_after_the_cursor_is_told_in_order(ask: Ask) -> None:
    debate = await start_debate(ask)
    await add_comment(ask, debate, body="before")
    after = await live_cursor(ask, debate)
    first = await add_comment(ask, debate, body="one")
    async with asyncio.timeout(20), following(ask, FOLLOW, id=debate, after=after) as push:
        await act(ask, REACT, PEOPLE.taras, commentId=first, reaction="SUPPORT")  # is counted, and no event
        second = await add_comment(ask, debate, body="two")
        told = [(await push())["data"]["u"] for _ in range(2)]
        await act(ask, HIDE, PEOPLE.moderator, commentId=second, reason="SPAM")
        await act(ask, CLOSE, PEOPLE.mira, debateId=debate)
        told += [(await push())["data"]["u"] for _ in range(2)]
    assert [update["event"] for update in told] == [
        {"__typename": "CommentAdded", "comment": {"body": "one"}},
        {"__typename": "CommentAdded", "comment": {"body": "two"}},
        {"__typename": "CommentHidden", "comment": {"body": None, "isHidden": True}},
        {"__typename": "DebateClosed", "debate": {"state": "CLOSED"}},
    ]
    assert [update["resync"] for update in told] == [None] * 4
    assert told[-1]["cursor"] == await live_cursor(ask, debate)


async def test_a_client_that_comes_back_misses_nothing_and_hears_nothing_twice(ask: Ask, crowd: list[Viewer]) -> None:
    debate = await start_debate(ask)
    heard: list[str] = []
    after = await live_cursor(ask, debate)
    writing = asyncio.gather(*(add_comment(ask, debate, who, body=str(at)) for at, who in enumerate(crowd[:30])))
    while len(heard) < 30:
        async with asyncio.timeout(30), following(ask, FOLLOW, id=debate, after=after) as push:
            for _ in range(min(7, 30 - len(heard))):
                update = (await push())["data"]["u"]
                heard.append(update["event"]["comment"]["body"])
                after = update["cursor"]
    await writing
    assert sorted(map(int, heard)) == list(range(30))


async def test_without_a_cursor_it_starts_now(ask: Ask) -> None:
    debate, other = await start_debate(ask), await start_debate(ask)
    await add_comment(ask, debate, body="before")
    async with asyncio.timeout(20), following(ask, FOLLOW, id=debate) as push:
        next_push = asyncio.create_task(push())
        told: list[str] = []
        while not next_push.done():  # it listens at some time after it was asked to
            await add_comment(ask, other, body="elsewhere")
            told.append(str(len(told)))
            await add_comment(ask, debate, body=told[-1])
        assert (await next_push)["data"]["u"]["event"]["comment"]["body"] in told


async def test_a_hidden_text_is_not_told_again(ask: Ask) -> None:
    debate = await start_debate(ask)
    after = await live_cursor(ask, debate)
    written = await add_comment(ask, debate, body="secret")
    await act(ask, HIDE, PEOPLE.moderator, commentId=written, reason="PERSONAL_DATA")
    async with asyncio.timeout(20), following(ask, FOLLOW, id=debate, after=after) as push:
        assert (await push())["data"]["u"]["event"] == {"__typename": "CommentAdded", "comment": {"body": None}}


async def test_a_cursor_of_another_history_is_answered_with_a_resync(ask: Ask, storage: Storage) -> None:
    debate = await start_debate(ask)
    after = await live_cursor(ask, debate)
    async with storage.writing() as work:
        await work.run(sa.update(epochs).values(id="another"))
    async with asyncio.timeout(20), following(ask, FOLLOW, id=debate, after=after) as push:
        update = (await push())["data"]["u"]
        assert (update["event"], update["resync"]) == (None, "EPOCH_CHANGED")
        assert update["cursor"] == await live_cursor(ask, debate)
        await add_comment(ask, debate, body="next")
        assert (await push())["data"]["u"]["event"]["comment"]["body"] == "next"


async def test_a_cursor_ahead_of_the_debate_is_answered_with_a_resync(ask: Ask) -> None:
    debate = await start_debate(ask)
    now = await live_cursor(ask, debate)
    async with asyncio.timeout(20), following(ask, FOLLOW, id=debate, after=f"{now}99999") as push:
        assert (await push())["data"]["u"] == {"cursor": now, "resync": "EPOCH_CHANGED", "event": None}


async def test_a_cursor_of_another_debate_is_refused(ask: Ask) -> None:
    debate, other = await start_debate(ask), await start_debate(ask)
    after = await live_cursor(ask, other)
    async with asyncio.timeout(20), following(ask, FOLLOW, id=debate, after=after) as push:
        refused = (await push())["errors"][0]["extensions"]
    assert (refused["code"], refused["field"]) == ("BAD_USER_INPUT", "after")


@pytest.mark.parametrize(
    ("named", "after", "code"),
    [
        (keys.encode("Debate", UUID(int=1)), None, "NOT_FOUND"),
        (keys.encode("Poll", UUID(int=1)), None, "BAD_USER_INPUT"),
        ("", "nonsense", "BAD_USER_INPUT"),
    ],
)
async def test_what_cannot_be_followed_is_refused(ask: Ask, named: str, after: str | None, code: str) -> None:
    debate = named or await start_debate(ask)
    async with asyncio.timeout(20), following(ask, FOLLOW, id=debate, after=after) as push:
        assert (await push())["errors"][0]["extensions"]["code"] == code
        with pytest.raises(StopAsyncIteration):
            await push()
