"""A hub as a process has it, for tests that need no server; and a client of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLError

from gateway.execution.engine import Engine
from gateway.live.audiences import Audiences
from gateway.live.bus import Bus
from gateway.live.cursors import Cursor
from gateway.live.feed import Feed
from gateway.live.hub import Hub, Sources
from gateway.live.live import Live
from gateway.live.messages import Closing
from gateway.live.rendered import Rendered
from gateway.live.subscribers import Admission, Subscriber, failure
from gateway.sessions import Session, Sessions
from modules.kernel.context import Context
from modules.kernel.following import Log
from modules.kernel.policy import Viewer
from modules.kernel.refusals import Refusal
from modules.kernel.storage import Storage

MakeContext = Callable[[Viewer], Context]
Authenticate = Callable[[Sequence[str]], Awaitable[Sequence[Session | None]]]


async def nobody(tokens: Sequence[str]) -> Sequence[Session | None]:
    """Tokens open nothing."""
    return [None for _ in tokens]


@asynccontextmanager
async def running(
    engine: Engine,
    storage: Storage,
    make_context: MakeContext,
    *,
    bus: str = "memory://",
    poll: float = 1.0,
    authenticate: Authenticate = nobody,
    **settings: Any,
) -> AsyncIterator[Hub]:
    """A hub over this database; `settings` are its own."""
    async with AsyncExitStack() as stack:
        channel = await stack.enter_async_context(Bus(bus, heartbeat=0.1, silence=0.4))
        feed = await stack.enter_async_context(Feed(storage, channel, poll=poll))
        storage.announce = feed.announce
        log = Log(storage)
        sessions = await stack.enter_async_context(Sessions(authenticate, log, feed))
        audiences = await stack.enter_async_context(Audiences(feed))
        yield Hub(engine, Sources(log, feed, sessions, audiences), make_context, **settings)


class Ear:
    """What a client hears of one subscription, taken whenever it likes."""

    def __init__(self) -> None:
        self.awake = asyncio.Event()
        self.errors: Sequence[dict[str, Any]] = ()
        self.farewell: Closing | None = None
        self.cursor: Cursor | None = None
        self.subscriber: Subscriber | None = None
        self._taken: list[Rendered] = []

    def wake(self, cursor: Cursor) -> None:
        self.awake.set()

    def refuse(self, cursor: Cursor, errors: Sequence[dict[str, Any]]) -> None:
        self.errors = errors
        self.awake.set()

    def end(self, farewell: Closing) -> None:
        self.farewell = farewell
        self.awake.set()

    @property
    def is_over(self) -> bool:
        assert self.cursor is not None
        return bool(self.errors) or self.farewell is not None or (not self._taken and self.cursor.is_over)

    async def next(self) -> Rendered:
        """Raises StopAsyncIteration when nothing follows."""
        while not self._taken:
            assert self.cursor is not None and self.subscriber is not None
            self.awake.clear()
            if self.subscriber.may_hear:
                self._taken = list(self.cursor.take())
            if not self._taken:
                if self.is_over:
                    raise StopAsyncIteration
                await self.awake.wait()
        return self._taken.pop(0)

    async def told(self, count: int) -> list[Any]:
        """The next answers, without their cursors."""
        async with asyncio.timeout(10):
            return [shown(await self.next()) for _ in range(count)]


def shown(rendered: Rendered) -> Any:
    """The answer without its cursor."""
    answer = orjson.loads(rendered.payload)
    answer.pop("extensions", None)
    return answer


@dataclass(frozen=True)
class Seats:
    """Where clients of a hub sit."""

    live: Live
    make_context: MakeContext

    @asynccontextmanager
    async def listening(
        self,
        query: str,
        variables: dict[str, Any] | None = None,
        *,
        viewer: Callable[[], Viewer],
        resume: str | None = None,
    ) -> AsyncIterator[Ear]:
        """A client that follows; what it is refused is in its `errors`."""
        hub, ear = self.live.hub, Ear()

        async def admit() -> Admission:
            return Admission(self.make_context(viewer()))

        subscriber = ear.subscriber = Subscriber(hub, self.live.people, admit, ear)
        subscription = hub.engine.subscription(hub.engine.prepare(query), request_id="test", variables=variables)
        try:
            if isinstance(subscription, dict):
                ear.errors = subscription["errors"]
            else:
                ear.cursor = await subscriber.follow("1", subscription, resume)
        except (Refusal, GraphQLError) as error:
            ear.errors = failure(error, "test")
        try:
            yield ear
        finally:
            subscriber.close()
