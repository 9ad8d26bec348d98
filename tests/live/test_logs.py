"""Every event of a log in order: what was missed, then what comes; and who is told to query again."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from gateway.live.live import Live
from modules.kernel import log
from modules.kernel.following import Log
from modules.kernel.live import FURTHEST, cursor
from modules.kernel.policy import NOBODY
from modules.kernel.storage import Storage
from tests.live.hall_graph import ENGINE, Seen, made_context
from tests.live.halls import NEVER, HallEvent, Said, id_of, key_of, opened, say, topic_of
from tests.live.hubs import Ear, Seats, running
from tests.live.talking import HEARD
from tests.servers import create_database


@dataclass(frozen=True)
class Room:
    """A hub without a server, which hears of nothing but what is committed here."""

    seats: Seats
    storage: Storage
    seen: Seen

    def hearing(
        self, after: str | None = None, *, resume: str | None = None, hall: str = "small"
    ) -> AbstractAsyncContextManager[Ear]:
        asked = {"hall": id_of(hall), "after": after}
        return self.seats.listening(HEARD, asked, viewer=lambda: NOBODY, resume=resume)

    async def at(self, seq: int, *, epoch: str = "", hall: str = "small") -> str:
        return cursor(epoch or await Log(self.storage).epoch(), topic_of(hall), seq)

    async def set(self, **numbers: int) -> None:
        """Where the small hall's topic stands."""
        async with self.storage.writing() as work:
            await work.run(sa.update(log.topics).where(log.topics.c.name == topic_of()).values(**numbers))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Not async: making a server runs a loop of its own."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{request.getfixturevalue('tmp_path') / 'hall.db'}"
    server: str = request.getfixturevalue("postgres")
    return server


@pytest.fixture
async def database(url: str) -> AsyncIterator[str]:
    if url.startswith("sqlite"):
        yield url
    else:
        async with create_database(url) as made:
            yield made


@pytest.fixture
async def room(database: str) -> AsyncIterator[Room]:
    seen = Seen()
    async with opened(database) as storage:
        make = made_context(storage, seen)
        async with running(ENGINE, storage, make, poll=NEVER) as hub:
            yield Room(Seats(Live(hub), make), storage, seen)
            assert not hub.channels


async def told(ear: Ear, count: int = 1) -> list[tuple[str, str]]:
    """The next updates: their cursor, and what was said or why to query again."""
    found = []
    for _ in range(count):
        async with asyncio.timeout(10):
            answer = orjson.loads((await ear.next()).payload)
        update = answer["data"]["heard"]
        assert (update["event"] is None) is (update["resync"] is not None), "exactly one of them"
        found.append((answer["extensions"]["cursor"], update["resync"] or update["event"]["words"]))
    return found


async def words(ear: Ear, count: int = 1) -> list[str]:
    return [said for _, said in await told(ear, count)]


async def many(storage: Storage, count: int) -> None:
    """All in one transaction."""
    async with storage.writing() as work:
        for number in range(1, count + 1):
            work.record(Said(key_of("small"), str(number)))


async def test_the_past_comes_first_then_what_happens_without_a_gap(room: Room) -> None:
    await many(room.storage, 250)
    async with room.hearing(await room.at(3)) as ear:
        assert await told(ear, 247) == [(await room.at(seq), str(seq)) for seq in range(4, 251)]
        for seq in (251, 252):
            await say(room.storage, "so")
            assert await told(ear) == [(await room.at(seq), "so")]


async def test_without_a_cursor_it_is_told_from_now_on(room: Room) -> None:
    await say(room.storage, "before")
    async with room.hearing() as ear:
        await say(room.storage, "elsewhere", hall="large")
        await say(room.storage, "now")
        assert await told(ear) == [(await room.at(2), "now")]


async def test_a_cursor_goes_on_exactly_where_it_was(room: Room) -> None:
    await say(room.storage, *"12345")
    async with room.hearing(await room.at(2)) as ear, room.hearing(await room.at(5)) as late:
        assert await told(ear, 3) == [(await room.at(seq), str(seq)) for seq in (3, 4, 5)]
        await say(room.storage, "6")
        assert [await told(each) for each in (ear, late)] == [[(await room.at(6), "6")]] * 2


async def test_where_a_client_goes_on_counts_more_than_what_its_operation_says(room: Room) -> None:
    await say(room.storage, "one", "two", "three")
    async with room.hearing(await room.at(1), resume=await room.at(2)) as ear:
        assert await words(ear) == ["three"]


@pytest.mark.parametrize(("epoch", "seq"), [("another", 3), ("another", 9), ("", 6), ("", 10**17)])
async def test_a_cursor_of_another_history_is_told_to_query_again(room: Room, epoch: str, seq: int) -> None:
    await say(room.storage, *"12345")
    async with room.hearing(await room.at(seq, epoch=epoch)) as ear:
        assert await told(ear) == [(await room.at(5), "EPOCH_CHANGED")]
        await say(room.storage, "on it goes")
        assert await told(ear) == [(await room.at(6), "on it goes")]


async def test_who_misses_what_is_not_kept_is_told_to_query_again(room: Room) -> None:
    await say(room.storage, *"12345")
    await room.set(floor=4)
    async with room.hearing(await room.at(3)) as ear, room.hearing(await room.at(4)) as near:
        assert await told(ear) == [(await room.at(5), "TRIMMED")]
        assert await told(near) == [(await room.at(5), "5")]


async def test_who_is_too_far_behind_is_told_to_query_again(room: Room) -> None:
    await say(room.storage, "1")
    await room.set(seq=1 + FURTHEST)
    async with room.hearing(await room.at(0)) as ear:
        assert await told(ear) == [(await room.at(1 + FURTHEST), "TOO_FAR")]


@pytest.mark.parametrize("after", ["", "nonsense", "e1.5", "ANOTHER HALL"])
async def test_what_is_no_cursor_of_the_topic_is_refused(room: Room, after: str) -> None:
    given = await room.at(0, hall="large") if after == "ANOTHER HALL" else after
    async with room.seats.listening(HEARD, {"hall": id_of(), "after": given}, viewer=lambda: NOBODY) as ear:
        [error] = ear.errors
        assert (error["extensions"]["code"], "after" in error["message"]) == ("BAD_USER_INPUT", True)
        assert ear.cursor is None


async def test_what_many_missed_is_read_and_rendered_once(room: Room) -> None:
    """A thousand events are ten blocks, of which the last ones are at hand as well."""
    await many(room.storage, 1000)
    reads = noted(room)
    async with room.hearing(await room.at(100)) as first, room.hearing(await room.at(100)) as second:
        heard = await asyncio.gather(*(words(ear, 900) for ear in (first, second)))
    assert heard == [[str(number) for number in range(101, 1001)]] * 2
    assert room.seen["rendered"] == 900
    assert len([span for span in reads if span[1] - span[0] == Log.BLOCK]) >= 9
    assert len(reads) == len(set(reads)), "no part of it twice"


def noted(room: Room) -> Sequence[tuple[int, int]]:
    """What is read of the log from now on, beside looks at what is new."""
    spans: list[tuple[int, int]] = []
    read = room.seats.live.hub.log.read

    async def noting(topic: str, after: int, limit: int = Log.BLOCK) -> Any:
        if topic == topic_of() and after < 1000 and limit:
            spans.append((after, after + limit))
        return await read(topic, after, limit)

    room.seats.live.hub.log.read = noting  # type: ignore[method-assign]
    return spans


async def test_what_a_slow_group_left_out_is_not_left_out_for_who_comes_later(room: Room) -> None:
    async with room.hearing() as ear:
        room.seen.renders.clear()
        await say(room.storage, "1")
        await room.seen.reaches("rendered", 1)
        async with room.storage.writing() as work:  # more than is held at hand, and most of it trimmed at once
            for number in range(2, 401):
                work.record(Said(key_of("small"), str(number)))
        assert ear.cursor is not None
        channel: Any = ear.cursor.channel
        while channel.head < 400:  # noqa: ASYNC110 (nothing announces it)
            await asyncio.sleep(0.005)
        async with room.storage.writing() as work:
            await work.run(sa.delete(log.events).where(log.events.c.seq <= 398))
        await room.set(floor=398)
        room.seen.renders.set()
        assert await words(ear, 2) == ["1", "TRIMMED"]
        await say(room.storage, "401")
        assert await told(ear) == [(await room.at(401), "401")]
        async with room.hearing(await room.at(399)) as late:
            assert await words(late, 2) == ["400", "401"]


class Coughed(HallEvent):
    """Is announced by a release that shows it, and read by one that does not."""


async def cough(storage: Storage) -> None:
    async with storage.writing() as work:
        work.record(Coughed(key_of("small"), "ahem"))


async def test_what_this_release_cannot_show_is_a_reason_to_query_again(room: Room) -> None:
    await say(room.storage, "one")
    async with room.hearing() as ear:
        await cough(room.storage)
        assert await told(ear) == [(await room.at(2), "TRIMMED")]
        await say(room.storage, "three")
        assert await told(ear) == [(await room.at(3), "three")]
        async with room.hearing(await room.at(0)) as late, room.hearing(await room.at(2)) as later:
            assert await told(late, 2) == [(await room.at(1), "one"), (await room.at(3), "TRIMMED")]
            assert await told(later) == [(await room.at(3), "three")]
            await say(room.storage, "four")
            for each in (ear, late, later):
                assert await told(each) == [(await room.at(4), "four")]


@pytest.mark.parametrize("after", [0, 49, 50, 51, 120])
async def test_what_comes_before_and_after_it_is_told(room: Room, after: int) -> None:
    """Out of the log, in which it is in the middle of a block; and by a group that has fallen behind."""
    async with room.hearing() as ear:
        room.seen.renders.clear()
        await say(room.storage, "1")
        await room.seen.reaches("rendered", 1)
        await many(room.storage, 49)
        await cough(room.storage)
        await many(room.storage, 349)
        while ear.cursor is None or ear.cursor.channel.head < 400:  # type: ignore[attr-defined]  # noqa: ASYNC110 (nothing announces it)
            await asyncio.sleep(0.005)
        room.seen.renders.set()
        assert await told(ear) == [(await room.at(1), "1")]
        behind = await told(ear)  # as far as it is taken before there is word to query again
        while behind[-1][1] != "TRIMMED":
            behind += await told(ear)
        assert [at for at, _ in behind[:-1]] == [await room.at(seq) for seq in range(2, len(behind) + 1)]
        assert behind[-1][0] == await room.at(400)
        async with room.hearing(await room.at(after)) as late:
            if after < 51:
                reached = [await room.at(seq) for seq in range(after + 1, 51)] + [await room.at(400)]
            else:
                reached = [await room.at(seq) for seq in range(after + 1, 401)]
            assert [at for at, _ in await told(late, len(reached))] == reached
            await say(room.storage, "401")
            for each in (ear, late):
                assert await told(each) == [(await room.at(401), "401")]
