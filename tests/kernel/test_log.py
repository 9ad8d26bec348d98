"""The log: dense, in commit order, never skipping; and following it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

import pytest
import sqlalchemy as sa

from gateway.live.bus import Bus
from gateway.live.feed import Feed
from modules.kernel import log
from modules.kernel.following import Log, Logged
from modules.kernel.live import FURTHEST, ResyncReason, cursor, updates
from modules.kernel.refusals import InvalidInput
from modules.kernel.storage import Storage

TOPIC = f"room:{UUID(int=1).hex}"


@dataclass(frozen=True)
class Said:
    room_id: UUID

    @property
    def topic(self) -> str:
        return f"room:{self.room_id.hex}"

    @property
    def entity(self) -> UUID:
        return self.room_id


@pytest.fixture
async def events(storage: Storage) -> AsyncIterator[Log]:
    async with Bus("memory://") as bus, Feed(storage, bus) as feed:
        storage.announce = feed.announce
        yield Log(storage, feed)


async def say(storage: Storage, times: int = 1, room: int = 1) -> None:
    async with storage.writing() as work:
        for _ in range(times):
            work.record(Said(UUID(int=room)))


async def test_the_sequence_is_dense_under_concurrent_writers_of_two_topics(storage: Storage, events: Log) -> None:
    await asyncio.gather(*(say(storage, times=2, room=1 + number % 2) for number in range(60)))
    for room in (1, 2):
        read = await events.read(f"room:{UUID(int=room).hex}", 0, limit=1000)
        assert [each.seq for each in read] == list(range(1, 61))


async def test_two_topics_in_opposite_order_do_not_deadlock(storage: Storage, events: Log) -> None:
    async def both(first: int, second: int) -> None:
        async with storage.writing() as work:
            work.record(Said(UUID(int=first)))
            work.record(Said(UUID(int=second)))

    async with asyncio.timeout(20):
        await asyncio.gather(*(both(*((1, 2) if number % 2 else (2, 1))) for number in range(40)))
    assert (await events.head(TOPIC)).seq == 40


async def test_following_gives_the_past_then_what_comes_without_gap(storage: Storage, events: Log) -> None:
    await say(storage, times=250)
    seen: list[int] = []
    async with asyncio.timeout(20), aclosing(events.follow(TOPIC, 3)) as following:
        async for logged in following:
            seen.append(logged.seq)
            if logged.seq in (250, 251):
                await say(storage)
            if logged.seq == 252:
                break
    assert seen == list(range(4, 253))


async def told(events: Log, after: str | None) -> tuple[str, Logged | ResyncReason]:
    async with asyncio.timeout(10), aclosing(updates(events, TOPIC, after)) as following:
        return await anext(following)


async def test_a_cursor_resumes_exactly_where_it_was(storage: Storage, events: Log) -> None:
    epoch = await events.epoch()
    await say(storage, times=5)
    at, event = await told(events, cursor(epoch, TOPIC, 2))
    assert isinstance(event, Logged)
    assert (at, event.seq) == (cursor(epoch, TOPIC, 3), 3)


async def test_a_foreign_cursor_a_trimmed_log_and_a_far_cursor_are_told_to_query_again(
    storage: Storage, events: Log
) -> None:
    epoch = await events.epoch()
    await say(storage, times=5)
    for foreign in (cursor("another", TOPIC, 3), cursor(epoch, TOPIC, 6), cursor(epoch, TOPIC, 10**17)):
        assert await told(events, foreign) == (cursor(epoch, TOPIC, 5), ResyncReason.EPOCH_CHANGED)
    async with storage.writing() as work:
        await work.run(sa.update(log.topics).where(log.topics.c.name == TOPIC).values(floor=4))
    assert await told(events, cursor(epoch, TOPIC, 3)) == (cursor(epoch, TOPIC, 5), ResyncReason.TRIMMED)
    async with storage.writing() as work:
        await work.run(sa.update(log.topics).where(log.topics.c.name == TOPIC).values(seq=5 + FURTHEST))
    far = cursor(epoch, TOPIC, 5 + FURTHEST)
    assert await told(events, cursor(epoch, TOPIC, 4)) == (far, ResyncReason.TOO_FAR)


@pytest.mark.parametrize("seq", ["", "x", "-1", "9999999999999999999", "1.", "²"])
async def test_what_is_no_number_is_refused_by_name(events: Log, seq: str) -> None:
    with pytest.raises(InvalidInput, match="`after`"):
        await told(events, cursor("e1", TOPIC, 1).removesuffix("1") + seq)


async def test_a_cursor_of_another_topic_is_refused_by_name(storage: Storage, events: Log) -> None:
    await say(storage)
    elsewhere = cursor(await events.epoch(), f"room:{UUID(int=2).hex}", 0)
    with pytest.raises(InvalidInput, match="`after`"):
        await told(events, elsewhere)


@pytest.mark.parametrize("after", ["", ".", "..", "e1", "e1.", "e1.5", "e1..5", "e1.x.5"])
async def test_what_is_no_cursor_is_refused_by_name(events: Log, after: str) -> None:
    with pytest.raises(InvalidInput, match="`after`"):
        await told(events, after)
