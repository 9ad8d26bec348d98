"""The log: dense, in commit order; what is read of it at once, and the cursors that name places in it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from modules.identity.events import SessionEnded
from modules.kernel.following import Head, Log, Logged
from modules.kernel.live import cursor, parsed
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
    yield Log(storage)


async def say(storage: Storage, times: int = 1, room: int = 1) -> None:
    async with storage.writing() as work:
        for _ in range(times):
            work.record(Said(UUID(int=room)))


async def test_the_sequence_is_dense_under_concurrent_writers_of_two_topics(storage: Storage, events: Log) -> None:
    await asyncio.gather(*(say(storage, times=2, room=1 + number % 2) for number in range(60)))
    for room in (1, 2):
        window = await events.read(f"room:{UUID(int=room).hex}", 0)
        assert [each.seq for each in window.events] == list(range(1, 61))


async def test_two_topics_in_opposite_order_do_not_deadlock(storage: Storage, events: Log) -> None:
    async def both(first: int, second: int) -> None:
        async with storage.writing() as work:
            work.record(Said(UUID(int=first)))
            work.record(Said(UUID(int=second)))

    async with asyncio.timeout(20):
        await asyncio.gather(*(both(*((1, 2) if number % 2 else (2, 1))) for number in range(40)))
    assert (await events.head(TOPIC)).seq == 40


async def test_a_window_has_what_held_when_it_was_read(storage: Storage, events: Log) -> None:
    await say(storage, times=250)
    async with storage.writing() as work:
        work.record(SessionEnded(UUID(int=7)))
    first = await events.read(TOPIC, 3)
    assert [each.seq for each in first.events] == list(range(4, 104))
    assert (first.head, first.epoch, first.access) == (Head(250, 0), await events.epoch(), 1)
    assert first.events[0] == Logged(
        TOPIC, 4, first.events[0].at, "Said", UUID(int=1).hex, {"room_id": UUID(int=1).hex}
    )
    assert first.events[0].at.utcoffset() == timedelta(0)
    assert [each.seq for each in (await events.read(TOPIC, 245)).events] == [246, 247, 248, 249, 250]
    nothing = await events.read(TOPIC, 250)
    assert (nothing.events, nothing.head, nothing.access) == ([], Head(250, 0), 1)
    assert (await events.read("room:nobody", 0)).head == Head(0, 0)


async def test_heads_of_topics_are_one_statement(storage: Storage, events: Log, statements: list[str]) -> None:
    await say(storage, times=2)
    await say(storage, room=2)
    statements.clear()
    names = [f"room:{UUID(int=room).hex}" for room in (1, 2, 3)]
    assert (await events.heads(names)).by_topic == {names[0]: Head(2, 0), names[1]: Head(1, 0)}
    assert len(statements) == 1
    assert (await events.heads([])).epoch == await events.epoch()


@pytest.mark.parametrize("seq", ["", "x", "-1", "9999999999999999999", "1.", "²"])
def test_what_is_no_number_is_refused_by_name(seq: str) -> None:
    with pytest.raises(InvalidInput, match="`after`"):
        parsed(cursor("e1", TOPIC, 1).removesuffix("1") + seq, TOPIC)


def test_a_cursor_of_another_topic_is_refused_by_name() -> None:
    elsewhere = cursor("e1", f"room:{UUID(int=2).hex}", 0)
    with pytest.raises(InvalidInput, match="`after`"):
        parsed(elsewhere, TOPIC)


@pytest.mark.parametrize("after", ["", ".", "..", "e1", "e1.", "e1.5", "e1..5", "e1.x.5"])
def test_what_is_no_cursor_is_refused_by_name(after: str) -> None:
    with pytest.raises(InvalidInput, match="`after`"):
        parsed(after, TOPIC)


def test_a_cursor_names_its_history_and_its_place() -> None:
    assert parsed(cursor("e1", TOPIC, 17), TOPIC) == ("e1", 17)
