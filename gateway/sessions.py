"""Who a token is, remembered: a request costs no statement for it.

Whose session ended and whose rights changed is announced on one topic, in the transaction of the change. What is
remembered counts only while nothing on that topic is unread and the log itself is in sight; otherwise the database is
asked. See docs/decisions/0011.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from gateway.live.feed import Feed
from gateway.live.tail import Tail
from modules.kernel import clock
from modules.kernel.following import Log, Logged
from modules.kernel.log import ACCESS
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.together import Together

PACE = 0.002  # seconds between two looks at sessions: somebody waits for an answer
OLDEST = timedelta(minutes=5)  # what somebody changes by SQL is announced by nobody: it counts after this


class Session(Protocol):
    @property
    def viewer(self) -> Viewer: ...

    @property
    def expires_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Known:
    """Who somebody is, which counts until then, unless something is announced before."""

    viewer: Viewer = NOBODY
    until: datetime | None = None


NOT_KNOWN = Known()
Concerned = frozenset[UUID]
"""People, sessions and API clients of whom something is to be looked up again."""


class Sessions(Tail):
    """At most `most` sessions by the hash of their token, those used last. Remembers only while it is open.

    `authenticate` asks the database for the sessions of tokens; None for one that opens nothing. Those that are asked for at
    once it is given together: after a restart thousands of clients come back in seconds. Each of `watchers` is called with
    whom a change concerns, None for everybody, before anything that was committed later is pushed to them.
    """

    def __init__(
        self,
        authenticate: Callable[[list[str]], Awaitable[Sequence[Session | None]]],
        log: Log,
        feed: Feed,
        *,
        most: int = 10_000,
    ) -> None:
        super().__init__(ACCESS, log, feed, take=self._drop, forget=self._drop_all)
        self._most = most
        self._known: OrderedDict[bytes, Known] = OrderedDict()
        self._asking: Together[str, Session | None] = Together(authenticate, pace=PACE)
        self._turn = 0  # counts what may have made an answer of the database stale
        self.watchers: list[Callable[[Concerned | None], None]] = []

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._known)

    async def viewer(self, token: str) -> Viewer:
        """Whose token it is, with the roles they hold; nobody when it opens nothing."""
        return (await self.known(token)).viewer

    async def known(self, token: str) -> Known:
        """The same, and until when it counts."""
        key = sha256(token.encode()).digest()
        if self.is_current and key in self._known:
            known = self._known[key]
            if known.until is not None and known.until > clock.now():
                self._known.move_to_end(key)
                return known
        return await self._asked(key, token)

    async def _asked(self, key: bytes, token: str) -> Known:
        turn, now = self._turn, clock.now()
        session = await self._asking.load(token)
        if session is None:
            self._known.pop(key, None)
            return NOT_KNOWN
        known = Known(session.viewer, min(session.expires_at, now + OLDEST))
        # An event that was read meanwhile may have told of what this answer does not know yet; one that is read later
        # will find the answer here.
        if turn == self._turn and self.is_current:
            self._known[key] = known
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        return known

    def _drop(self, events: Sequence[Logged]) -> None:
        self._turn += 1
        keys = concerned(events)
        for key, known in list(self._known.items()):
            if not keys.isdisjoint(keys_of(known.viewer)):
                del self._known[key]
        for tell in self.watchers:
            tell(keys)

    def _drop_all(self) -> None:
        self._turn += 1
        self._known.clear()
        for tell in self.watchers:
            tell(None)


def keys_of(viewer: Viewer | None) -> Iterator[UUID]:
    """By which it is told what concerns this viewer."""
    if viewer is not None:
        client_id = viewer.api_key.client_id if viewer.api_key else None
        yield from (key for key in (viewer.person_id, viewer.session_id, client_id) if key is not None)


def concerned(events: Iterable[Logged]) -> Concerned:
    """The people, sessions and API clients that the events tell of."""
    return frozenset(UUID(hex=value) for event in events for value in event.payload.values())
