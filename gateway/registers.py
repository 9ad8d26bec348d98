"""At which version the registers are, known in this process without asking the database."""

import asyncio
from time import monotonic
from types import TracebackType
from typing import Self

import structlog

from gateway.live.feed import Feed, Heard
from modules.kernel.following import Log
from modules.kernel.registers import TOPIC

IN_SIGHT = 3.0  # seconds since the feed's last look at the log, which is due every second
EPOCH = 10.0  # seconds between two looks whether a backup was restored
RETRY = 1.0

log = structlog.get_logger(__name__)


class Registers:
    """Follows the topic on which imports announce themselves, while it is open.

    What another process imported is known with the hint on the bus, or a second later with the feed's next look.
    """

    def __init__(self, log: Log, feed: Feed) -> None:
        self._log, self._feed = log, feed
        self._epoch, self._read = "", -1
        self._heard: Heard | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._follow())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._heard = None

    @property
    def version(self) -> str | None:
        """The same for the same content; None while it cannot be told: an import is being looked at, or the log is out
        of sight."""
        if self._heard is None or self._heard.is_beyond(self._read):
            return None
        return f"{self._epoch}:{self._read}" if monotonic() - self._feed.looked_at <= IN_SIGHT else None

    async def _follow(self) -> None:
        with self._feed.listen(TOPIC) as heard:
            while True:
                try:
                    async with asyncio.timeout(EPOCH):
                        epoch, head = await self._log.epoch(), await self._log.head(TOPIC)
                    self._epoch, self._read, self._heard = epoch, head.seq, heard
                    async with asyncio.timeout(EPOCH):
                        await heard.beyond(self._read)
                except TimeoutError:
                    pass
                except Exception as error:  # whatever the database has: this must outlive it
                    log.warning("registers_not_followed", error=f"{type(error).__name__}: {error}")
                    self._heard = None
                    await asyncio.sleep(RETRY)
