"""A topic that a process reads to its end all the time, because of what it remembers."""

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic
from types import TracebackType
from typing import Self

import structlog

from gateway.live.feed import Feed, Heard
from modules.kernel.following import Log, Logged

IN_SIGHT = 3.0  # seconds since the feed's last look at the log, which is due every second
EPOCH = 10.0  # seconds between two looks whether a backup was restored
RETRY = 1.0

log = structlog.get_logger(__name__)


class Tail:
    """Follows a topic while it is open. `take` is given what is new, in order; `forget` is called instead when the history is
    another, or a part of it is missing: all that was remembered may be wrong."""

    def __init__(
        self,
        topic: str,
        log: Log,
        feed: Feed,
        *,
        take: Callable[[Sequence[Logged]], None] = lambda events: None,
        forget: Callable[[], None] = lambda: None,
    ) -> None:
        self._topic, self._log, self._feed, self._take, self._forget = topic, log, feed, take, forget
        self._heard: Heard | None = None
        self.epoch, self.read = "", -1  # how far it has been read, in which history of the log
        self._reading = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._follow(), name=f"tail of {self._topic}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._heard = None
        self._forget()

    @property
    def is_current(self) -> bool:
        """Whether all that was announced is known here: nothing is unread, and the log is in sight."""
        if self._heard is None or self._heard.is_beyond(self.read):
            return False
        return monotonic() - self._feed.looked_at <= IN_SIGHT

    async def reach(self, seq: int, epoch: str) -> None:
        """Return when everything up to `seq` of this history has been taken."""
        if seq > self.read or epoch != self.epoch:
            await self._catch_up()

    async def _follow(self) -> None:
        with self._feed.listen(self._topic) as heard:
            while True:
                try:
                    async with asyncio.timeout(EPOCH):
                        await self._catch_up()
                    self._heard = heard
                    async with asyncio.timeout(EPOCH):
                        await heard.beyond(self.read)
                except TimeoutError:
                    pass
                except Exception as error:  # whatever the database has: this must outlive it
                    log.warning("topic_not_followed", topic=self._topic, error=f"{type(error).__name__}: {error}")
                    self._heard = None
                    await asyncio.sleep(RETRY)

    async def _catch_up(self) -> None:
        async with self._reading:
            while True:
                window = await self._log.read(self._topic, max(self.read, 0))
                if window.epoch != self.epoch:
                    self._forget()
                    self.epoch, self.read = window.epoch, window.head.seq
                    return
                if not window.events:
                    return
                if window.events[0].seq == self.read + 1:
                    self._take(window.events)
                else:
                    self._forget()
                self.read = window.events[-1].seq
