"""broadcaster's backend for redis-py 8, supervised.

The one that comes with broadcaster 0.3 leaves the first subscriber without messages, ends for good with its first
lost connection and queues without bound.
"""

import asyncio
import math
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import uuid4

import structlog
from broadcaster import BroadcastBackend, Event
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

log = structlog.get_logger(__name__)

SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
CONNECTING = 1.0
PATIENCE = 0.5  # seconds that a task has to end
FLUSHING = 0.5


class RedisBackend(BroadcastBackend):
    """Calls `on_gap` whenever messages may have been lost: subscribed anew, or more than `limit` of them waiting.

    Heartbeats go the whole way, published and received on a channel of our own, and so prove both directions.
    """

    def __init__(self, url: str, on_gap: Callable[[], None], *, limit: int, heartbeat: float, silence: float) -> None:
        self._on_gap, self._heartbeat, self._silence = on_gap, heartbeat, silence
        client = partial(
            Redis.from_url,
            url,
            decode_responses=True,
            encoding_errors="replace",
            socket_connect_timeout=CONNECTING,
            socket_timeout=silence,
        )
        self._subscriber = client()
        # The first command after a lost connection fails. Published twice is harmless, so it is tried again.
        self._publisher = client(retry=Retry(NoBackoff(), 1))
        self._heart = f"spilno.heartbeat.{uuid4().hex}"
        self._incoming: asyncio.Queue[Event] = asyncio.Queue(limit)
        self._outgoing: asyncio.Queue[tuple[str, str]] = asyncio.Queue(limit)
        self._tasks: list[asyncio.Task[None]] = []
        self._attempted = asyncio.Event()
        self._pause = SHORTEST_PAUSE
        self._heard = -math.inf
        self._is_away, self.reconnects = False, 0

    async def connect(self) -> None:
        self._tasks = [asyncio.create_task(self._send()), asyncio.create_task(self._beat())]

    async def disconnect(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSHING):
                await self._outgoing.join()
        pending = set(self._tasks)
        while pending:  # redis-py forgets a cancellation that comes while a lost connection is being replaced
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=PATIENCE)
        await self._subscriber.aclose()
        await self._publisher.aclose()

    async def subscribe(self, group: str) -> None:
        """Stands until disconnect(). Returns when the first attempt is decided."""
        self._tasks.append(asyncio.create_task(self._supervise(group)))
        await self._attempted.wait()

    async def unsubscribe(self, group: str) -> None:
        """Nothing to do: the subscription stands until disconnect()."""

    async def publish(self, channel: str, message: Any) -> None:
        """Returns at once: without Redis, or with too much waiting for it, the message is lost."""
        self._post(channel, message)

    async def next_published(self) -> Event:
        return await self._incoming.get()

    def healthy(self) -> bool:
        """Whether a heartbeat came back within the silence."""
        return time.monotonic() - self._heard <= self._silence

    async def _supervise(self, channel: str) -> None:
        while True:
            try:
                await self._attend(channel)
            except Exception as error:
                self._lost(error)
            self._attempted.set()
            await asyncio.sleep(self._pause)
            self._pause = min(2 * self._pause, LONGEST_PAUSE)

    async def _attend(self, channel: str) -> None:
        """One subscription, from its connection until that breaks or falls silent, which raises."""
        now = asyncio.get_running_loop().time
        async with self._subscriber.pubsub() as subscription, asyncio.timeout(self._silence) as patience:
            await subscription.subscribe(channel, self._heart)
            async for message in subscription.listen():
                patience.reschedule(now() + self._silence)
                self._take(message)

    def _take(self, message: dict[str, str]) -> None:
        match message:
            case {"type": "subscribe", "channel": self._heart}:
                self._subscribed()
            case {"type": "message", "channel": self._heart}:
                self._well()
            case {"type": "message", "channel": channel, "data": text}:
                try:
                    self._incoming.put_nowait(Event(channel, text))
                except asyncio.QueueFull:
                    self._on_gap()

    def _subscribed(self) -> None:
        """Redis confirms both channels in order, and again should redis-py reconnect by itself."""
        self._pause = SHORTEST_PAUSE
        if self._attempted.is_set():
            self.reconnects += 1
            self._on_gap()
        self._attempted.set()
        self._post(self._heart, "")

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._heartbeat)
            self._post(self._heart, "")

    def _post(self, channel: str, message: str) -> None:
        with suppress(asyncio.QueueFull):  # rather a lost hint than a waiting citizen
            self._outgoing.put_nowait((channel, message))

    async def _send(self) -> None:
        while True:
            batch = [await self._outgoing.get()]
            while not self._outgoing.empty():
                batch.append(self._outgoing.get_nowait())
            try:
                await self._publish(batch)
            except Exception as error:
                self._lost(error)
                await asyncio.sleep(SHORTEST_PAUSE)
            for _ in batch:
                self._outgoing.task_done()

    async def _publish(self, batch: list[tuple[str, str]]) -> None:
        async with self._publisher.pipeline(transaction=False) as pipeline:
            for channel, message in batch:
                pipeline.publish(channel, message)
            await pipeline.execute()

    def _lost(self, error: Exception) -> None:
        if not self._is_away:
            log.warning("bus_lost", error=f"{type(error).__name__}: {error}")
        self._is_away = True

    def _well(self) -> None:
        if self._is_away:
            log.info("bus_back")
        self._is_away = False
        self._heard = time.monotonic()
