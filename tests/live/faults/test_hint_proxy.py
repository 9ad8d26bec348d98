from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisLost

from gateway.live.bus import Bus, Gap
from tests.live.faults.hint_proxy import CHANNEL, HintProxy, publish
from tests.live.test_bus import until
from tests.servers import RedisServer

Heard = AsyncIterator[str | Gap]


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
async def proxy(redis: RedisServer) -> AsyncIterator[HintProxy]:
    async with HintProxy(redis.port) as proxy:
        yield proxy


@pytest.fixture
async def here(proxy: HintProxy) -> AsyncIterator[Redis]:
    """A client behind the proxy; what it published has gone through when it is answered."""
    async with Redis.from_url(proxy.url) as client:
        yield client


@pytest.fixture
async def there(redis: RedisServer) -> AsyncIterator[Heard]:
    """What a process hears that has no proxy."""
    async with Bus(redis.url) as bus:
        yield bus.messages()


async def test_a_bus_works_through_it_both_ways(proxy: HintProxy, there: Heard) -> None:
    async with Bus(proxy.url) as bus:
        await bus.publish("Дебати")
        assert await until("Дебати", there) == ["Дебати"]
        assert await until("Дебати", bus.messages()) == ["Дебати"]
        assert bus.healthy()


async def test_hints_are_lost_and_nothing_else(proxy: HintProxy, here: Redis, there: Heard) -> None:
    proxy.is_losing = True
    async with here.pipeline(transaction=False) as pipeline:
        pipeline.publish(CHANNEL, "lost")
        pipeline.ping()
        pipeline.publish(CHANNEL, "lost too")
        assert await pipeline.execute() == [0, True, 0]
    proxy.is_losing = False
    assert await here.publish(CHANNEL, "heard") == 1
    assert await until("heard", there) == ["heard"]


async def test_hints_are_doubled(proxy: HintProxy, here: Redis, there: Heard) -> None:
    proxy.is_doubling = True
    await here.publish(CHANNEL, "twice")
    assert await until("twice", there) == ["twice"]
    assert await until("twice", there) == ["twice"]


async def test_hints_are_delayed_past_later_ones(proxy: HintProxy, here: Redis, there: Heard) -> None:
    proxy.delay = 0.5
    await here.publish(CHANNEL, "first")
    proxy.delay = 0.0
    await here.publish(CHANNEL, "second")
    assert await until("first", there) == ["second", "first"]


async def test_without_redis_the_connection_is_lost_and_with_it_there_is_a_new_one() -> None:
    with RedisServer() as redis:
        async with HintProxy(redis.port) as proxy, Redis.from_url(proxy.url) as client:
            assert await client.ping()
            redis.kill()
            with pytest.raises(RedisLost):
                await client.ping()
            redis.start()
            assert await client.ping()


async def test_anything_can_be_said(redis: RedisServer, there: Heard) -> None:
    await publish(redis.port, b"made up")
    assert await until("made up", there) == ["made up"]
