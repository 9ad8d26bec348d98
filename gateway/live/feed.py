"""Tells whoever follows a topic that it has grown.

What this process commits is told at once, what others commit by a hint on the bus, and what the bus lost by a poll of
the log: a lost hint costs a second, never an event.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from time import monotonic
from types import TracebackType
from typing import Any, Self

import orjson
import structlog

from gateway.live.bus import Bus, Gap
from modules.kernel.following import Log
from modules.kernel.storage import Storage

MOST_IN_A_STATEMENT = 10_000  # topics; a database takes some 32,000 parameters
HEADS = "heads"  # what most hints tell: new heads by topic
PATIENCE = 10.0  # seconds for one poll: a connection whose other end is gone may stay silent for ever

log = structlog.get_logger(__name__)


class Heard:
    """The highest head heard of one topic since `Feed.listen`. For one listener."""

    def __init__(self) -> None:
        self.head, self._answered = 0, -1
        self._more, self._is_nudged = asyncio.Event(), False

    def tell(self, head: int) -> None:
        if head > self.head:
            self.head = head
            self._more.set()

    def nudge(self) -> None:
        """Let `beyond` return once, whatever is known: there is a reason to look."""
        self._is_nudged = True
        self._more.set()

    def is_beyond(self, seq: int) -> bool:
        """Whether the topic is thought to have more than `seq`: what was committed here is known at once."""
        return self.head > seq

    async def beyond(self, seq: int) -> None:
        """Return once the topic is known to have more than `seq`, or at a nudge."""
        if seq == self._answered:  # it looked and found nothing: the hint was wrong; the next poll knows better
            self.head = seq
        while self.head <= seq and not self._is_nudged:
            self._more.clear()
            await self._more.wait()
        self._answered, self._is_nudged = seq, False


class Feed:
    """Word of topics in a process, on an open bus. Its `announce` is for `Storage.announce`.

    `poll` is the seconds between two looks at the log, each one statement for all topics that somebody listens to.
    Each of `watchers` is called when the log's history has become another: a backup was restored.
    """

    def __init__(self, storage: Storage, bus: Bus, *, poll: float = 1.0) -> None:
        self._log, self._bus, self._poll = Log(storage), bus, poll
        self._listeners: dict[str, set[Heard]] = {}
        self._unsent: dict[str, int] = {}
        self._announced, self._due = asyncio.Event(), asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_blind = self._has_warned = False
        self._handlers: dict[str, Callable[[Any], None]] = {HEADS: self._take_heads}
        self.watchers: list[Callable[[], None]] = []
        self.epoch, self.polls = "", 0
        self.looked_at = float("-inf")  # by the monotonic clock: hints of what was committed before are not needed

    async def __aenter__(self) -> Self:
        self.looked_at = monotonic()  # nobody listens yet: there is nothing to have missed
        self._tasks = [asyncio.create_task(work) for work in (self._receive(), self._send(), self._watch())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._publish()

    @property
    def topics(self) -> Collection[str]:
        """What somebody listens to now."""
        return self._listeners.keys()

    @contextmanager
    def listen(self, topic: str) -> Iterator[Heard]:
        heard = Heard()
        listeners = self._listeners.setdefault(topic, set())
        listeners.add(heard)
        try:
            yield heard
        finally:
            listeners.remove(heard)
            if not listeners:
                del self._listeners[topic]

    def announce(self, heads: Mapping[str, int]) -> None:
        """New heads by topic, committed. Returns at once: those who listen here are told, the bus gets its hint soon."""
        for topic, seq in heads.items():
            self._tell(topic, seq)
            self._unsent[topic] = max(seq, self._unsent.get(topic, 0))
        self._announced.set()

    def _tell(self, topic: str, seq: int) -> None:
        for heard in self._listeners.get(topic, ()):
            heard.tell(seq)

    async def _send(self) -> None:
        while True:
            await self._announced.wait()
            self._announced.clear()
            await self._publish()

    async def _publish(self) -> None:
        """All that was announced since the last hint, as one: under load hints grow fewer, not slower."""
        heads, self._unsent = self._unsent, {}
        if heads:
            await self.publish(HEADS, heads)

    async def publish(self, kind: str, told: Any) -> None:
        """Tell all processes; never raises, and what is told may be lost."""
        await self._bus.publish(orjson.dumps({kind: told}).decode())

    def on(self, kind: str, handler: Callable[[Any], None]) -> None:
        """Call `handler` with what is published under this name; it raises ValueError for what it does not understand."""
        self._handlers[kind] = handler

    async def _receive(self) -> None:
        async for hint in self._bus.messages():
            if isinstance(hint, Gap):
                self._due.set()
                continue
            try:
                for kind, told in parsed(hint).items():
                    self._handlers[kind](told)
            except (ValueError, LookupError) as error:
                self._warn(hint, error)

    def _take_heads(self, heads: Any) -> None:
        if not isinstance(heads, dict) or not all(type(seq) is int for seq in heads.values()):
            raise ValueError("heads are an object of topics and numbers")
        for topic, seq in heads.items():
            self._tell(topic, seq)

    def _warn(self, hint: str, error: Exception) -> None:
        if not self._has_warned:
            log.warning("hint_not_understood", hint=hint[:100], error=str(error))
        self._has_warned = True

    async def _watch(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll):
                    await self._due.wait()
            self._due.clear()
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._look()
            except Exception as error:  # whatever the database has: the poll must outlive it
                self._lost_sight(error)
            else:
                self._sees()

    async def _look(self) -> None:
        began = monotonic()
        names = list(self._listeners)
        for start in range(0, len(names), MOST_IN_A_STATEMENT):
            heads = await self._log.heads(names[start : start + MOST_IN_A_STATEMENT])
            self.polls += 1
            for topic, head in heads.by_topic.items():
                self._tell(topic, head.seq)
            self._history(heads.epoch)
        self.looked_at = began

    def _history(self, epoch: str) -> None:
        before, self.epoch = self.epoch, epoch
        if before not in ("", epoch):
            for tell in self.watchers:
                tell()

    def _lost_sight(self, error: Exception) -> None:
        if not self._is_blind:
            log.warning("log_out_of_reach", error=f"{type(error).__name__}: {error}")
        self._is_blind = True

    def _sees(self) -> None:
        if self._is_blind and self._listeners:
            log.info("log_in_reach")
            self._is_blind = False


def parsed(hint: str) -> dict[str, Any]:
    """What is told, by its kind. Raises ValueError when the text is no hint."""
    told = orjson.loads(hint)
    if not isinstance(told, dict):
        raise ValueError("a hint is an object")
    return told
