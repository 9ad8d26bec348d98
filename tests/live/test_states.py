"""The newest value of something: as it is, then as it becomes, and never more often than somebody can read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from gateway.live.live import Live
from modules.identity.events import RolesChanged
from modules.kernel import clock
from modules.kernel.following import Head, Log
from modules.kernel.policy import NOBODY, Role, Viewer
from modules.kernel.storage import Storage
from tests.live.hall_graph import ENGINE, KYIV, Place, Seen, made_context
from tests.live.halls import id_of, opened, say
from tests.live.hubs import Ear, Seats, running
from tests.live.leaping import Time, leaping
from tests.live.talking import SMALL, talking

COUNTED = "subscription ($hall: ID!, $times: Int! = 1) { counted(hallId: $hall, times: $times) }"
PAUSE = 60.0  # seconds between two values: longer than any test, and passed by leaps
CITIZEN = Viewer(person_id=UUID(int=1), session_id=UUID(int=2))
MODERATOR = Viewer(CITIZEN.person_id, CITIZEN.session_id, frozenset({(Role.MODERATOR, KYIV)}))


@pytest.fixture
async def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    monkeypatch.setattr("gateway.live.newest.PAUSE", PAUSE)
    return leaping(monkeypatch)


@dataclass
class Room:
    """A hub without a server; `viewer` is who its clients are."""

    seats: Seats
    storage: Storage
    seen: Seen
    time: Time
    viewer: Viewer = NOBODY

    def counting(self, **variables: Any) -> AbstractAsyncContextManager[Ear]:
        return self.seats.listening(COUNTED, {"hall": id_of(), **variables}, viewer=lambda: self.viewer)

    @property
    def loads(self) -> int:
        return self.seen["loaded"]


@pytest.fixture
async def room(tmp_path: Path, time: Time) -> AsyncIterator[Room]:
    seen = Seen()
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'hall.db'}") as storage:
        make = made_context(storage, seen)
        async with running(ENGINE, storage, make, poll=100 * PAUSE) as hub:
            yield Room(Seats(Live(hub), make), storage, seen, time)
            assert not hub.channels


async def counts(ear: Ear, count: int = 1) -> list[int]:
    return [answer["data"]["counted"] for answer in await ear.told(count)]


async def test_it_begins_with_how_it_is(room: Room) -> None:
    await say(room.storage, "one", "two", "three")
    async with room.counting() as ear:
        first = orjson.loads((await ear.next()).payload)
        assert first["data"] == {"counted": 3}
        assert first["extensions"]["cursor"].rpartition(".")[2] == "3"
        assert room.loads == 1


async def test_what_changes_while_it_is_loaded_is_told_next(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is listened to before it is loaded: no poll finds this, no later change, and no hint that comes late."""
    head, overtaking, feed, is_told = Log.head, ["meanwhile"], room.seats.live.hub.feed, asyncio.Event()
    feed.on("all is told", lambda _: is_told.set())

    async def overtaken(log: Log, topic: str) -> Head:
        found = await head(log, topic)
        while overtaking:
            await say(room.storage, overtaking.pop())
            await asyncio.sleep(0)  # until its hint is sent
            await feed.publish("all is told", None)
            await is_told.wait()
        return found

    monkeypatch.setattr(Log, "head", overtaken)
    async with room.counting() as ear:
        assert await counts(ear) == [0]
        room.time.leap(PAUSE)
        assert await counts(ear) == [1]


async def test_a_change_after_a_quiet_time_is_told_at_once(room: Room) -> None:
    async with room.counting() as ear:
        assert await counts(ear) == [0]
        for number in range(1, 4):
            room.time.leap(PAUSE)
            await say(room.storage, "so")
            assert await counts(ear) == [number]  # it waits for less than the pause
        assert room.loads == 4


async def test_quick_changes_are_told_as_one_with_the_last_of_them(room: Room) -> None:
    async with room.counting() as ear:
        assert await counts(ear) == [0]
        for number in range(1, 4):
            await say(room.storage, *["quickly"] * 20)
            assert ear.cursor is not None
            assert (room.loads, ear.cursor.has_more) == (number, False), "not before the pause is over"
            room.time.leap(PAUSE)
            assert await counts(ear) == [20 * number]
        assert room.loads == 4


async def test_what_was_told_is_not_told_again(room: Room) -> None:
    async with room.counting() as ear:
        assert await counts(ear) == [0]
        await say(room.storage, "one")
        room.time.leap(PAUSE)
        assert await counts(ear) == [1]
        async with room.counting() as late:
            assert await counts(late) == [1], "what is there is there for who comes later"
        assert ear.cursor is not None
        ear.wake(ear.cursor)
        assert ear.cursor.take() == ()
        assert room.loads == 2


async def test_who_asks_for_something_else_is_told_something_else(room: Room) -> None:
    async with room.counting() as ear, room.counting() as alike, room.counting(times=10) as other:
        assert [await counts(each) for each in (ear, alike, other)] == [[0], [0], [0]]
        await say(room.storage, "one")
        room.time.leap(PAUSE)
        assert [await counts(each) for each in (ear, alike, other)] == [[1], [1], [10]]
        assert room.loads == 4, "twice for each of two ways"


@pytest.mark.parametrize("changes", [0, 3])
async def test_who_is_somebody_else_now_is_told_how_it_is(room: Room, changes: int) -> None:
    """However often those with whom they were told before had been told."""
    room.viewer = CITIZEN
    async with room.counting() as ear:
        assert await counts(ear) == [0]
        for number in range(1, changes + 1):
            room.time.leap(PAUSE)
            await say(room.storage, "so")
            assert await counts(ear) == [number]
        room.viewer = MODERATOR
        async with room.storage.writing() as work:
            work.record(RolesChanged(UUID(int=1)))
        assert await counts(ear) == [changes], "which may look otherwise to them"
        for number in range(changes + 1, changes + 3):
            room.time.leap(PAUSE)
            await say(room.storage, "so")
            assert await counts(ear) == [number]


async def test_time_alone_makes_it_another(room: Room) -> None:
    room.seen.changes_at = clock.now() + timedelta(hours=1)
    async with room.counting() as ear:
        assert await counts(ear) == [0]
        room.seen.changes_at, room.seen.is_final = None, True
        for _ in range(100):
            await asyncio.sleep(0)  # until the state is waited for, in which nothing else takes part
        room.time.leap(3500)
        async with room.counting() as late:
            assert (await counts(late), room.loads) == ([0], 1)
        room.time.leap(100)
        assert await counts(ear) == [0]
        with pytest.raises(StopAsyncIteration):
            await ear.next()


async def test_nothing_follows_the_final_value(room: Room) -> None:
    async with room.counting() as ear:
        assert await counts(ear) == [0]
        room.seen.is_final = True
        await say(room.storage, "the end")
        room.time.leap(PAUSE)
        async with room.counting() as late:
            for each in (ear, late):
                while await counts(each) != [1]:
                    pass
                with pytest.raises(StopAsyncIteration):
                    await each.next()
        assert ear.cursor is not None and ear.cursor.group is not None and ear.cursor.group.task is not None
        async with asyncio.timeout(5):
            await ear.cursor.group.task  # nothing more is looked at, though there is somebody who was told
        loads = room.loads
        async with room.counting() as late:
            assert await counts(late) == [1]
        assert room.loads == loads


async def test_who_comes_after_the_end_is_told_the_end(place: Place) -> None:
    place.seen.is_final = True
    async with talking(place) as talk:
        for _ in range(2):
            await talk.subscribe(COUNTED, variables=SMALL)
            assert (await talk.next())["payload"]["data"] == {"counted": 0}
            assert await talk.next() == {"type": "complete", "id": "1"}


async def test_a_refusal_ends_it_with_an_error(place: Place) -> None:
    async with talking(place) as talk, talking(place) as other:
        for each in (talk, other):
            await each.subscribe(COUNTED, variables=SMALL)
            assert (await each.next())["payload"]["data"] == {"counted": 0}
        place.seen["no state"] = 1
        await say(place.storage, "one")
        for each in (talk, other):
            refused = await each.next()
            assert (refused["type"], refused["id"]) == ("error", "1")
            assert [error["message"] for error in refused["payload"]] == ["Вас вивели із зали."]
            assert await each.ask("{ hello }") == {"hello": "Hello, world!"}
        assert not place.hub.channels
