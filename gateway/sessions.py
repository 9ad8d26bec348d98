"""Who a token is, remembered: a request costs no statement for it.

Identity announces on one topic whose sessions ended and whose roles changed, in the transaction of the change. What is
remembered counts only while nothing on that topic is unread and the log itself is in sight; otherwise the database is
asked. See docs/decisions/0011.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from time import monotonic
from types import TracebackType
from typing import Protocol, Self
from uuid import UUID

import structlog

from gateway.live.feed import Feed, Heard
from modules.kernel import clock
from modules.kernel.following import Log, Logged
from modules.kernel.policy import NOBODY, Viewer

TOPIC = "viewers"
IN_SIGHT = 3.0  # seconds since the feed's last look at the log, which is due every second
EPOCH = 10.0  # seconds between two looks whether a backup was restored
RETRY = 1.0
OLDEST = timedelta(minutes=5)  # what somebody changes by SQL is announced by nobody: it counts after this

log = structlog.get_logger(__name__)


class Session(Protocol):
    @property
    def viewer(self) -> Viewer: ...

    @property
    def expires_at(self) -> datetime: ...


class Sessions:
    """At most `most` sessions by the hash of their token, those used last. Remembers only while it is open.

    `authenticate` asks the database; None for a token that opens nothing.
    """

    def __init__(
        self, authenticate: Callable[[str], Awaitable[Session | None]], log: Log, feed: Feed, *, most: int = 10_000
    ) -> None:
        self._authenticate, self._log, self._feed, self._most = authenticate, log, feed, most
        self._known: OrderedDict[bytes, tuple[Viewer, datetime]] = OrderedDict()  # until when it counts
        self._heard: Heard | None = None
        self._epoch, self._read = "", -1  # how far the topic has been read, in which history of the log
        self._turn = 0  # counts what may have made an answer of the database stale
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._known)

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._follow())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._forget()

    async def viewer(self, token: str) -> Viewer:
        """Whose token it is, with the roles they hold; nobody when it opens nothing."""
        key = sha256(token.encode()).digest()
        if self.is_current and key in self._known:
            viewer, until = self._known[key]
            if until > clock.now():
                self._known.move_to_end(key)
                return viewer
        return await self._asked(key, token)

    async def _asked(self, key: bytes, token: str) -> Viewer:
        turn, now = self._turn, clock.now()
        session = await self._authenticate(token)
        if session is None:
            self._known.pop(key, None)
            return NOBODY
        # An event that was read meanwhile may have told of what this answer does not know yet; one that is read later
        # will find the answer here.
        if turn == self._turn and self.is_current:
            self._known[key] = session.viewer, min(session.expires_at, now + OLDEST)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        return session.viewer

    @property
    def is_current(self) -> bool:
        """Whether what is remembered counts now: nothing that was announced is unread, and the log is in sight."""
        if self._heard is None or self._heard.is_beyond(self._read):
            return False
        return monotonic() - self._feed.looked_at <= IN_SIGHT

    async def _follow(self) -> None:
        with self._feed.listen(TOPIC) as heard:
            while True:
                try:
                    async with asyncio.timeout(EPOCH):
                        await self._catch_up()
                    self._heard = heard
                    async with asyncio.timeout(EPOCH):
                        await heard.beyond(self._read)
                except TimeoutError:
                    pass
                except Exception as error:  # whatever the database has: this must outlive it
                    log.warning("sessions_not_followed", error=f"{type(error).__name__}: {error}")
                    self._heard = None
                    await asyncio.sleep(RETRY)

    async def _catch_up(self) -> None:
        """Read the topic to its end. In another history, or after a gap, everything remembered is void."""
        epoch = await self._log.epoch()
        if epoch != self._epoch:
            head = await self._log.head(TOPIC)
            self._forget()
            self._read, self._epoch = head.seq, epoch
        while events := await self._log.read(TOPIC, self._read):
            if events[0].seq == self._read + 1:
                self._drop(concerned(events))
            else:
                self._forget()
            self._read = events[-1].seq

    def _drop(self, keys: frozenset[UUID]) -> None:
        self._turn += 1
        for key, (viewer, _) in list(self._known.items()):
            if viewer.session_id in keys or viewer.person_id in keys:
                del self._known[key]

    def _forget(self) -> None:
        self._turn += 1
        self._known.clear()


def concerned(events: Iterable[Logged]) -> frozenset[UUID]:
    """The sessions and people that the events tell of."""
    return frozenset(UUID(hex=value) for event in events for value in event.payload.values())
