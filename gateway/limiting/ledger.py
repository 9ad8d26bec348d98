"""Who has used how much of what in the current minute or hour.

A process counts by itself, so that a request waits for nobody. Where there are several, what each has counted is added up
in Redis a few times a second: together they let through little more than one would. While Redis is away each goes by its
own count. See docs/decisions/0019.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import NamedTuple, Protocol

import structlog

from gateway.limiting.rates import Rate
from modules.kernel import clock

PACE = 0.2  # seconds between two words to Redis
AWAY = 2.0  # and until it is tried again
TOGETHER = 50  # counts that are sent at once
log = structlog.get_logger(__name__)


class Shared(Protocol):
    """What adds up the counts of all processes; `limits.aio.storage.Storage` is one."""

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """The new total of a key, which is forgotten after `expiry` seconds."""


class Spent(NamedTuple):
    """What something cost of a rate, and what is left of it for `reset` seconds more.

    is_over: it was too much, and is not counted. is_told: beside the data of the answer, too.
    """

    cost: int
    limit: int
    remaining: int
    reset: int
    is_over: bool = False
    is_told: bool = False


class Count:
    __slots__ = ("shared", "unsent")

    def __init__(self) -> None:
        self.shared = self.unsent = 0


class Window:
    """The counts of one stretch of time, those that began last: at most `most`."""

    def __init__(self, number: int, most: int) -> None:
        self.number, self._most = number, most
        self.counts: dict[str, Count] = {}

    def count(self, who: str) -> Count:
        found = self.counts.get(who)
        if found is None:
            if len(self.counts) >= self._most:
                del self.counts[next(iter(self.counts))]
            found = self.counts[who] = Count()
        return found


class Ledger:
    """At most `most` counts for each length of a window."""

    def __init__(self, *, most: int = 100_000) -> None:
        self._most = most
        self._windows: dict[int, Window] = {}
        self._unsent: dict[str, tuple[Count, int]] = {}  # and for how many seconds it counts
        self._stirred = asyncio.Event()
        self._is_shared = self._is_away = False

    @asynccontextmanager
    async def sharing(self, shared: Shared) -> AsyncIterator[None]:
        """For the block, add up with what other processes count there."""
        sharing, self._is_shared = asyncio.create_task(self._share(shared), name="limits are shared"), True
        try:
            yield
        finally:
            self._is_shared = False
            sharing.cancel()
            await asyncio.wait([sharing])

    def spend(self, rate: Rate, who: str, cost: int = 1) -> Spent:
        """Count what `who` does, unless it is too much. `who` names the rate as well: `sign-in:192.0.2.7`."""
        now = int(clock.now().timestamp())
        number, passed = divmod(now, rate.seconds)
        window = self._windows.get(rate.seconds)
        if window is None or window.number != number:
            window = self._windows[rate.seconds] = Window(number, self._most)
        count = window.count(who)
        left, reset = rate.amount - count.shared - count.unsent, rate.seconds - passed
        if cost > left:
            return Spent(cost, rate.amount, max(left, 0), reset, is_over=True)
        count.unsent += cost
        if self._is_shared:
            self._unsent[f"{who}:{rate.seconds}:{number}"] = count, rate.seconds
            self._stirred.set()
        return Spent(cost, rate.amount, left - cost, reset)

    async def _share(self, shared: Shared) -> None:
        while True:
            await self._stirred.wait()
            await asyncio.sleep(AWAY if self._is_away else PACE)
            self._stirred.clear()
            unsent, self._unsent = list(self._unsent.items()), {}
            for start in range(0, len(unsent), TOGETHER):
                await self._send(shared, unsent[start : start + TOGETHER])

    async def _send(self, shared: Shared, unsent: Iterable[tuple[str, tuple[Count, int]]]) -> None:
        sending = (_sent(shared, key, count, seconds) for key, (count, seconds) in unsent)
        failed = [error for error in await asyncio.gather(*sending, return_exceptions=True) if error is not None]
        if failed and not self._is_away:
            log.warning("limits_not_shared", error=type(failed[0]).__name__)
        if self._is_away and not failed:
            log.info("limits_shared_again")
        self._is_away = bool(failed)


async def _sent(shared: Shared, key: str, count: Count, seconds: int) -> None:
    """What fails is sent with what comes next: until then it counts here alone."""
    amount = count.unsent
    count.shared = await shared.incr(key, seconds, amount)
    count.unsent -= amount
