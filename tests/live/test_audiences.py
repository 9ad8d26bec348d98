"""How many follow a topic, on all processes together."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.live.audiences import KIND, Audiences
from gateway.live.hub import Hub
from gateway.live.live import Live
from modules.kernel.policy import NOBODY
from tests.live.hall_graph import ENGINE, Seen, made_context
from tests.live.halls import NEVER, id_of, key_of, opened
from tests.live.hubs import Ear, Seats, running
from tests.live.leaping import leaping
from tests.servers import RedisServer

AUDIENCE = "subscription ($hall: ID!) { audience(hallId: $hall) }"
SMALL = f"seats:{key_of('small').hex}"


@dataclass(frozen=True)
class Node:
    """A process, whose clients are nobody in particular."""

    hub: Hub
    seats: Seats

    @property
    def audiences(self) -> Audiences:
        return self.hub.audiences

    def sitting(self, hall: str = "small") -> AbstractAsyncContextManager[Ear]:
        return self.seats.listening(AUDIENCE, {"hall": id_of(hall)}, viewer=lambda: NOBODY)

    async def hears(self, process: str, numbers: dict[str, Any]) -> None:
        """As if another process had told this one."""
        await self.hub.feed.publish(KIND, {"process": process, "numbers": numbers, "asks": False})


@asynccontextmanager
async def node(folder: Path, bus: str = "memory://") -> AsyncIterator[Node]:
    seen = Seen()
    async with opened(f"sqlite+aiosqlite:///{folder / 'hall.db'}") as storage:
        make = made_context(storage, seen)
        async with running(ENGINE, storage, make, bus=bus, poll=NEVER) as hub:
            yield Node(hub, Seats(Live(hub), make))


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
def paces(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Everything goes quicker, and what is told once is told for an hour."""
    monkeypatch.setattr("gateway.live.newest.BREATH", 0.01)
    for name, seconds in {"GATHER": 0.01, "REPEAT": 3600.0, "LASTS": 3600.0}.items():
        monkeypatch.setattr(f"gateway.live.audiences.{name}", seconds)
    return monkeypatch


async def counts(ear: Ear, number: int) -> list[int]:
    """The numbers that it is told until it is that one."""
    told: list[int] = []
    while number not in told:
        told += [answer["data"]["audience"] for answer in await ear.told(1)]
    return told


async def reaches(node: Node, topic: str, number: int) -> None:
    async with asyncio.timeout(5):
        while node.audiences.count(topic) != number:
            await node.audiences.changed(topic).wait()


@pytest.mark.usefixtures("paces")
async def test_processes_count_together(tmp_path: Path, redis: RedisServer) -> None:
    async with (
        node(tmp_path, redis.url) as here,
        node(tmp_path, redis.url) as there,
        here.sitting() as near,
        here.sitting("large") as elsewhere,
    ):
        assert await counts(near, 1) == [1]
        async with there.sitting() as far, there.sitting():
            assert await counts(near, 3) in ([3], [2, 3])
            await counts(far, 3)
            async with here.sitting():
                await counts(near, 4)
                await counts(far, 4)
            await counts(far, 3)
            await counts(near, 3)
        await counts(near, 1)
        assert await counts(elsewhere, 1) == [1]


@pytest.mark.usefixtures("paces")
async def test_a_process_that_comes_later_is_told_what_others_know(tmp_path: Path, redis: RedisServer) -> None:
    async with node(tmp_path, redis.url) as here, here.sitting() as near, here.sitting():
        await counts(near, 2)
        async with node(tmp_path, redis.url) as there, there.sitting() as far:
            assert (await counts(far, 3))[-1] == 3, "an hour before it is repeated"


async def test_a_process_that_has_fallen_silent_counts_no_longer(tmp_path: Path, paces: pytest.MonkeyPatch) -> None:
    paces.setattr("gateway.live.audiences.REPEAT", 0.05)
    paces.setattr("gateway.live.audiences.LASTS", 0.5)
    async with node(tmp_path) as here, here.sitting() as ear:
        await counts(ear, 1)
        await here.hears("lively", {SMALL: 2})
        await here.hears("silent", {SMALL: 3})
        await counts(ear, 6)

        async def repeats() -> None:
            while True:
                await asyncio.sleep(0.05)
                await here.hears("lively", {SMALL: 2})

        repeating = asyncio.create_task(repeats())
        assert await counts(ear, 3) == [3]
        repeating.cancel()
        assert await counts(ear, 1) == [1]


async def test_an_old_number_is_void_before_anybody_looks(tmp_path: Path, paces: pytest.MonkeyPatch) -> None:
    async with node(tmp_path) as here, here.sitting():
        await here.hears("silent", {SMALL: 3})
        await reaches(here, SMALL, 4)
        paces.setattr("gateway.live.audiences.LASTS", 0.0)
        assert here.audiences.count(SMALL) == 1


async def test_quiet_numbers_are_repeated_however_busy_others_are(
    tmp_path: Path, redis: RedisServer, paces: pytest.MonkeyPatch
) -> None:
    paces.setattr("gateway.live.audiences.REPEAT", 0.1)
    paces.setattr("gateway.live.audiences.LASTS", 1.0)
    async with (
        node(tmp_path, redis.url) as here,
        node(tmp_path, redis.url) as there,
        here.sitting() as near,
        there.sitting(),
    ):
        await counts(near, 2)
        for _ in range(75):  # two times as long as a number lasts
            there.audiences.enter("seats:busy")
            await asyncio.sleep(0.02)
            there.audiences.leave("seats:busy")
            await asyncio.sleep(0.01)
            assert here.audiences.count(SMALL) == 2


async def test_a_crowd_that_comes_and_goes_is_told_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.live.newest.BREATH", 60.0)
    time = leaping(monkeypatch)
    async with node(tmp_path) as here, here.sitting() as ear:
        assert await counts(ear, 1) == [1]
        for size in (50, 7):
            for number in range(size):
                await here.hears("busy", {SMALL: number + 1})
            await reaches(here, SMALL, 1 + size)
            assert ear.cursor is not None
            assert not ear.cursor.has_more, "not before it has drawn breath"
            time.leap(60)
            assert await counts(ear, 1 + size) == [1 + size]


async def test_what_is_no_audience_is_passed_over(tmp_path: Path, paces: pytest.MonkeyPatch) -> None:
    paces.setattr("gateway.live.audiences.MOST_TOPICS", 2)
    async with node(tmp_path) as here:
        with capture_logs() as logs:
            for nonsense in (7, {}, {"process": 1, "numbers": {}}, {"process": "odd", "numbers": [SMALL]}):
                await here.hub.feed.publish(KIND, nonsense)
            for number in ("3", 3.5, None, True):
                await here.hears("odd", {SMALL: number})
            for topic in ("one", "two", "one too many"):
                await here.hears("large", {topic: 5})
            await here.hears("large", {"two": 6, "one": 0})
            await reaches(here, "two", 6)
        assert [entry["event"] for entry in logs] == ["hint_not_understood"]
        assert [here.audiences.count(topic) for topic in (SMALL, "one", "one too many")] == [0, 0, 0]
