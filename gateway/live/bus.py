"""The bus carries hints between processes: "this topic has grown". A lost hint is found by the log's poll."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from broadcaster import Broadcast, Event

from gateway.live.redis_backend import RedisBackend


@dataclass(frozen=True)
class Gap:
    """Hints may be missing before this place: read what you follow from the log."""


class Bus:
    """One channel, one standing subscription, one consumer.

    `url` is memory:// (this process alone) or what redis-py takes: redis://, rediss://, unix://; else ValueError.
    `limit` is how many hints wait for a consumer that does not read: above it they become one Gap.
    `heartbeat` and `silence` are seconds: how often Redis is asked, and how long it may say nothing.
    """

    def __init__(
        self,
        url: str = "memory://",
        *,
        channel: str = "spilno.hints",
        limit: int = 10_000,
        heartbeat: float = 2.0,
        silence: float = 6.0,
    ) -> None:
        self._channel, self._limit = channel, limit
        self._unread: deque[str | Gap] = deque()
        self._changed = asyncio.Event()
        self._closed = False
        self._resources = AsyncExitStack()
        self._redis: RedisBackend | None = None
        match urlsplit(url).scheme:
            case "memory":
                self._broadcast = Broadcast(url)
            case "redis" | "rediss" | "unix":
                self._redis = RedisBackend(url, self._forget, limit=limit, heartbeat=heartbeat, silence=silence)
                self._broadcast = Broadcast(backend=self._redis)
            case scheme:
                raise ValueError(
                    f"The bus cannot use {scheme or 'no scheme'!r}: give memory://, redis://, rediss:// or unix://."
                )

    async def __aenter__(self) -> Self:
        """Returns with the first attempt to subscribe, even if it failed: then the bus keeps trying and a Gap follows."""
        async with AsyncExitStack() as resources:
            await resources.enter_async_context(self._broadcast)
            hints = await resources.enter_async_context(self._broadcast.subscribe(self._channel))
            collector = asyncio.create_task(self._collect(hints.get), name="bus collector")
            resources.push_async_callback(self._end, collector)
            self._resources = resources.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._resources.aclose()
        await asyncio.sleep(0)  # broadcaster cancels its own task and does not wait until it is gone

    async def publish(self, message: str) -> None:
        """Returns at once and never raises; without Redis the message is lost."""
        await self._broadcast.publish(self._channel, message)
        # broadcaster's queues have no bound, so whoever empties them gets a turn after each message.
        await asyncio.sleep(0)

    async def messages(self) -> AsyncIterator[str | Gap]:
        """For one consumer: what everybody publishes, ourselves included, until the bus is closed."""
        while not self._closed:
            await self._changed.wait()
            while self._unread:
                yield self._unread.popleft()
            self._changed.clear()

    @property
    def reconnects(self) -> int:
        """How often the subscription was made anew."""
        return 0 if self._redis is None else self._redis.reconnects

    def healthy(self) -> bool:
        """Whether a heartbeat came back through Redis within `silence`; memory is always well."""
        return self._redis is None or self._redis.healthy()

    async def _collect(self, next_hint: Callable[[], Awaitable[Event]]) -> None:
        while True:
            self._keep((await next_hint()).message)

    def _keep(self, message: str) -> None:
        if len(self._unread) >= self._limit:
            self._forget()
        self._unread.append(message)
        self._changed.set()

    def _forget(self) -> None:
        """One Gap says all that the waiting hints would: it makes the consumer read everything."""
        self._unread.clear()
        self._unread.append(Gap())
        self._changed.set()

    async def _end(self, collector: asyncio.Task[None]) -> None:
        collector.cancel()
        await asyncio.wait([collector])
        self._closed = True
        self._changed.set()
