"""I5: from the commit to the client. I14: after Redis is back. I15: one busy topic and another."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from time import monotonic, sleep

import pytest

from gateway.live.bus import Bus
from modules.kernel.storage import Storage
from tests.live.halls import Said, key_of
from tests.live.invariants.nodes import Client, Ground
from tests.live.invariants.people import commit
from tests.servers import RedisServer

BUS_UP, BUS_DOWN = 0.2, 1.5  # seconds
RESUMES = 3.0
ADDED = 0.1
ROUNDS = 30


async def delay(storage: Storage, client: Client, *, hall: str = "small") -> float:
    """Seconds from a commit until a client is told of it."""
    await commit(storage, Said(key_of(hall), "now"))
    committed = monotonic()
    await client.told(1)
    return monotonic() - committed


async def test_i5_prompt_while_the_bus_is_up(ground: Ground) -> None:
    """To another node, where there is a bus between them; the poll has no part in it."""
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(ground.node())
        there = await stack.enter_async_context(ground.node()) if ground.has_bus else here
        client = await stack.enter_async_context(there.listening())
        delays = sorted([await delay(here.storage, client) for _ in range(60)])
        assert delays[57] <= BUS_UP


async def test_i5_within_a_poll_while_the_bus_is_down(ground: Ground) -> None:
    """With the poll that a process has, which looks once a second."""
    async with ground.node(poll=1.0) as node, ground.elsewhere() as other, node.listening() as client:
        assert max([await delay(other, client) for _ in range(2)]) <= BUS_DOWN


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


def fault(redis: RedisServer, kind: str) -> Iterator[None]:
    """It has happened when the first step is done; Redis is back after the second."""
    if kind in ("killed", "restarted"):
        redis.kill()
        yield
        if kind == "killed":
            sleep(0.3)
        redis.start()
    else:
        with redis.paused():
            yield
            sleep(float(kind.partition(" ")[2]))
    yield


async def resumed(embedded: Ground, own_redis: RedisServer, kind: str, patched: pytest.MonkeyPatch) -> None:
    patched.setattr("tests.live.hubs.Bus", lambda url, **_: Bus(url))  # with the patience that a process has
    ground = Ground(embedded.database, own_redis.url)
    async with ground.node() as here, ground.node() as there, there.listening() as client:
        await here.say("one")
        assert await client.seqs(1) == [1]
        steps, said = fault(own_redis, kind), 2
        await asyncio.to_thread(next, steps)
        await here.say("meanwhile")
        await asyncio.to_thread(next, steps)
        back = monotonic()
        while not client.heard and monotonic() < back + RESUMES:
            said += 1
            await here.say("are you there?")
            await asyncio.sleep(0.05)
        assert client.heard, "the poll has no part in it"
        assert await client.seqs(said - 1) == list(range(2, said + 1))
        delays = [await delay(here.storage, client) for _ in range(5)]
        assert min(delays) <= BUS_UP


@pytest.mark.parametrize("kind", ["killed", "restarted", "paused 0.3", "paused 3"])
async def test_i14_hints_resume_when_redis_is_back(
    embedded: Ground, own_redis: RedisServer, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await resumed(embedded, own_redis, kind, monkeypatch)


@pytest.mark.soak
async def test_i14_hints_resume_after_a_long_pause(
    embedded: Ground, own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await resumed(embedded, own_redis, "paused 30", monkeypatch)


async def test_i15_a_busy_topic_does_not_delay_another(ground: Ground) -> None:
    """1,000 events a second, with viewers who are told all of them."""
    async with ground.node() as node, ground.elsewhere() as other, AsyncExitStack() as stack:
        quiet = await stack.enter_async_context(node.listening(hall="quiet"))
        busy = [await stack.enter_async_context(node.listening(hall="busy")) for _ in range(10)]

        async def measured() -> list[float]:
            delays = []
            for _ in range(ROUNDS):
                delays.append(await delay(node.storage, quiet, hall="quiet"))
                await asyncio.sleep(0.03)
            return sorted(delays)

        alone = await measured()
        measuring, rounds, began = asyncio.create_task(measured()), 0, monotonic()
        while not measuring.done():
            await commit(other, *(Said(key_of("busy"), f"{rounds} {number}") for number in range(50)))
            rounds += 1
            await node.hint(rounds * 50, f"hall:{key_of('busy').hex}")
            await asyncio.sleep(max(0.0, began + rounds * 0.05 - monotonic()))
        assert (await measuring)[-2] <= alone[-2] + ADDED
        for client in busy:
            assert await client.seqs(rounds * 50) == list(range(1, rounds * 50 + 1))
