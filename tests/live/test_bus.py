import asyncio
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from functools import partial
from statistics import median

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from gateway.live.bus import Bus, Gap
from gateway.live.redis_backend import RedisBackend
from tests.servers import RedisServer

HEARTBEAT, SILENCE = 0.1, 0.4
quick = partial(Bus, heartbeat=HEARTBEAT, silence=SILENCE)


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture(params=["memory", "redis"])
def url(request: pytest.FixtureRequest) -> str:
    return "memory://" if request.param == "memory" else request.getfixturevalue("redis").url


async def until(wanted: str | Gap, messages: AsyncIterator[str | Gap], seconds: float = 3) -> list[str | Gap]:
    """Everything up to `wanted`."""
    seen: list[str | Gap] = []
    async with asyncio.timeout(seconds):
        async for message in messages:
            seen.append(message)
            if message == wanted:
                break
    return seen


async def eventually(is_so: Callable[[], bool], seconds: float = 3) -> None:
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - asks from outside, as /readyz does; nothing announces the answer
            await asyncio.sleep(0.01)


async def flood(bus: Bus, url: str) -> None:
    """12 MB of messages, then "last", to a bus on the channel "flooded" that nobody reads."""
    if url == "memory://":
        for number in range(20_000):
            await bus.publish(f"{number:0600}")
        await bus.publish("last")
    else:
        script = "for number = 1, 5000 do redis.call('publish', 'flooded', string.rep(number, 600)) end"
        async with Redis.from_url(url) as operator, quick(url, channel="flooded", limit=500) as witness:
            await operator.eval(script, 0)
            await witness.publish("last")
            async for message in witness.messages():
                if message == "last":
                    break


async def test_a_bus_hears_itself_in_order(url: str) -> None:
    async with quick(url) as bus:
        for number in range(100):
            await bus.publish(f"Дебати {number}")
        assert await until("Дебати 99", bus.messages()) == [f"Дебати {number}" for number in range(100)]


async def test_two_buses_hear_each_other(redis: RedisServer) -> None:
    async with quick(redis.url) as kyiv, quick(redis.url) as nemishaieve:
        for sender in (kyiv, nemishaieve):
            await sender.publish("hello")
            assert await until("hello", kyiv.messages()) == ["hello"]
            assert await until("hello", nemishaieve.messages()) == ["hello"]


async def test_channels_are_apart(redis: RedisServer) -> None:
    async with quick(redis.url) as one, quick(redis.url, channel="another") as other:
        await one.publish("first")
        await until("first", one.messages())
        await other.publish("second")
        assert await until("second", other.messages()) == ["second"]


async def test_concurrent_starts_all_hear(redis: RedisServer) -> None:
    async with AsyncExitStack() as stack:
        buses = await asyncio.gather(*(stack.enter_async_context(quick(redis.url)) for _ in range(5)))
        for number, bus in enumerate(buses):
            await bus.publish(str(number))
            for listener in buses:
                assert await until(str(number), listener.messages()) == [str(number)]


@pytest.mark.parametrize("url", ["kafka://host", "redis-stream://host", "postgres://host", "localhost:6379", ""])
def test_an_unknown_scheme_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="give memory://, redis://, rediss:// or unix://"):
        Bus(url)


async def test_messages_flow_again_after_redis_was_killed(redis: RedisServer) -> None:
    async with quick(redis.url) as sender, quick(redis.url) as listener:
        await eventually(listener.healthy)
        with capture_logs() as logs:
            redis.kill()
            await eventually(lambda: not (listener.healthy() or sender.healthy()))
            redis.start()
            assert await until(Gap(), listener.messages()) == [Gap()]
            await sender.publish("again")
            assert await until("again", listener.messages()) == ["again"]
            await eventually(lambda: listener.healthy() and sender.healthy())
        assert sorted(entry["event"] for entry in logs) == ["bus_back", "bus_back", "bus_lost", "bus_lost"]


async def test_a_lost_subscription_is_made_again(redis: RedisServer) -> None:
    async with quick(redis.url) as bus:
        redis.disconnect("pubsub")
        assert await until(Gap(), bus.messages()) == [Gap()]
        await bus.publish("again")
        assert await until("again", bus.messages()) == ["again"]


async def test_a_publisher_that_lost_its_connection_loses_no_message(redis: RedisServer) -> None:
    async with quick(redis.url) as bus:
        await eventually(bus.healthy)
        redis.disconnect("normal")
        await bus.publish("still here")
        assert await until("still here", bus.messages()) == ["still here"]


async def test_a_silent_redis_is_left_and_found_again(redis: RedisServer) -> None:
    async with quick(redis.url) as bus:
        await eventually(bus.healthy)
        with redis.paused():
            await eventually(lambda: not bus.healthy())
            await asyncio.sleep(SILENCE)  # a pause is a span of time: long enough for new connections to hang too
        await until(Gap(), bus.messages())
        await bus.publish("again")
        await until("again", bus.messages())
        await eventually(bus.healthy)


async def test_a_quiet_bus_stays_well(redis: RedisServer) -> None:
    async with quick(redis.url) as bus:
        with pytest.raises(TimeoutError):  # no Gap, which a new subscription would bring
            await asyncio.wait_for(anext(bus.messages()), 2.5 * SILENCE)
        assert bus.healthy()


@pytest.mark.parametrize("fault", ["killed", "paused"])
async def test_publishing_without_redis_returns_at_once(redis: RedisServer, fault: str) -> None:
    async with quick(redis.url, limit=100) as bus, AsyncExitStack() as stack:
        await eventually(bus.healthy)
        redis.kill() if fault == "killed" else stack.enter_context(redis.paused())
        taken = []
        for _ in range(600):
            started = time.perf_counter()
            await bus.publish("lost")
            taken.append(time.perf_counter() - started)
        await eventually(lambda: not bus.healthy())
    assert median(taken) < 0.01


async def test_a_bus_opened_without_redis_finds_it_later(redis: RedisServer) -> None:
    redis.kill()
    with capture_logs() as logs:
        async with quick(redis.url) as bus:
            assert not bus.healthy()
            await bus.publish("lost")
            redis.start()
            assert await until(Gap(), bus.messages()) == [Gap()]
            await bus.publish("found")
            assert (await until("found", bus.messages()))[-1] == "found"
            await eventually(bus.healthy)
    assert [entry["event"] for entry in logs] == ["bus_lost", "bus_back"]


async def test_a_consumer_that_does_not_read_costs_a_bounded_memory(url: str) -> None:
    tracemalloc.start()
    try:
        async with quick(url, channel="flooded", limit=500) as bus:
            await flood(bus, url)
            seen = await until("last", bus.messages())
            peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert Gap() in seen
    assert len(seen) <= 501
    assert peak < 4_000_000, f"{peak:,} bytes"


async def test_hints_that_nobody_takes_from_the_backend_become_a_gap(redis: RedisServer) -> None:
    gap = asyncio.Event()
    backend = RedisBackend(redis.url, gap.set, limit=10, heartbeat=HEARTBEAT, silence=SILENCE)
    await backend.connect()
    await backend.subscribe("hints")
    async with Redis.from_url(redis.url) as flood, asyncio.timeout(3):
        for _ in range(11):
            assert not gap.is_set()
            await flood.publish("hints", "hint")
        await gap.wait()
    await backend.disconnect()


async def test_the_last_words_before_closing_are_heard(redis: RedisServer) -> None:
    async with quick(redis.url) as listener:
        async with quick(redis.url) as sender:
            await sender.publish("good night")
        await until("good night", listener.messages())


@pytest.mark.parametrize("state", ["memory", "well", "killed", "paused"])
async def test_closing_ends_every_task_and_the_consumer(redis: RedisServer, state: str) -> None:
    before = asyncio.all_tasks()
    with ExitStack() as faults:
        async with quick("memory://" if state == "memory" else redis.url) as bus:
            consumer = asyncio.create_task(until("never", bus.messages()))
            await eventually(bus.healthy)
            if state == "killed":
                redis.kill()
            if state == "paused":
                faults.enter_context(redis.paused())
            await bus.publish("on its way")
        assert asyncio.all_tasks() - before <= {consumer}
        async with asyncio.timeout(1):
            await consumer


async def test_closing_does_not_wait_for_a_cancellation_that_was_forgotten(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As redis-py forgets it when it comes while a lost connection is being replaced."""
    attending, forgotten = asyncio.Event(), asyncio.Event()

    async def attend(self: RedisBackend, channel: str) -> None:
        while True:
            attending.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if forgotten.is_set():
                    raise
                forgotten.set()

    monkeypatch.setattr(RedisBackend, "_attend", attend)
    backend = RedisBackend(redis.url, forgotten.clear, limit=10, heartbeat=HEARTBEAT, silence=SILENCE)
    await backend.connect()
    subscribing = asyncio.create_task(backend.subscribe("hints"))
    await attending.wait()
    async with asyncio.timeout(5):
        await backend.disconnect()
    assert forgotten.is_set()
    subscribing.cancel()
