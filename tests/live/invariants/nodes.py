"""Several server processes over one database and one bus, within a test; and clients of theirs."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from graphql import GraphQLError

from gateway.live.cursors import Cursor
from gateway.live.feed import HEADS
from gateway.live.hub import Hub
from gateway.live.live import Live
from gateway.live.messages import Closing
from gateway.live.rendered import Rendered
from gateway.live.subscribers import Admission, Subscriber, failure
from gateway.sessions import NOT_KNOWN
from modules.kernel.context import Context
from modules.kernel.following import Log
from modules.kernel.live import cursor as cursor_at
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.refusals import NotSignedIn, Refusal
from modules.kernel.storage import Storage
from tests.live.hall_graph import ENGINE, Seen, made_context
from tests.live.halls import NEVER, id_of, key_of, opened, topic_of
from tests.live.halls import Said as Spoken
from tests.live.hubs import running
from tests.live.invariants.people import ALWAYS, authentication, commit

HEARD = """subscription ($hall: ID!, $after: Cursor) {
  heard(hallId: $hall, after: $after) { cursor event { __typename ... on Said { words } ... on Hushed { words } } resync }
}"""


@dataclass
class Patience:
    """seconds: how long a client waits for what it has to be told."""

    seconds: float = 5.0


PATIENCE = Patience()


@dataclass(frozen=True)
class Update:
    """What a client was told: an event's place and words, or why it has to query again."""

    seq: int
    words: str | None
    resync: str | None
    cursor: str
    payload: bytes


def update(rendered: Rendered) -> Update:
    answer = orjson.loads(rendered.payload)
    assert "errors" not in answer, answer
    told, at = answer["data"]["heard"], answer["extensions"]["cursor"]
    assert at == rendered.cursor == told.get("cursor", at)
    words = (told["event"] or {}).get("words")
    return Update(int(at.rpartition(".")[2]), words, told["resync"], at, rendered.payload)


class Client:
    """One subscription of a client that takes what there is as soon as there is, as a socket does, unless it is paused."""

    def __init__(self) -> None:
        self.heard: list[Rendered] = []  # and not looked at yet
        self.is_paused = False
        self.errors: Sequence[dict[str, Any]] = ()
        self.farewell: Closing | None = None
        self._awake = asyncio.Event()
        self._cursor: Cursor | None = None
        self.subscriber: Subscriber | None = None

    def wake(self, cursor: Cursor) -> None:
        self._cursor = cursor
        while not self.is_paused and (taken := cursor.take()):
            self.heard += taken
        self._awake.set()

    def refuse(self, cursor: Cursor, errors: Sequence[dict[str, Any]]) -> None:
        assert not self.errors, "it hears once that it has ended"
        self.errors = errors
        self._awake.set()

    def end(self, farewell: Closing) -> None:
        self.farewell = farewell
        self._awake.set()

    def read_on(self) -> None:
        """After a pause."""
        assert self.subscriber is not None
        self.is_paused = False
        self.subscriber.wake(self.cursor)

    @property
    def cursor(self) -> Cursor:
        assert self._cursor is not None, self.errors
        return self._cursor

    @property
    def code(self) -> int | None:
        """With which the socket was closed."""
        return None if self.farewell is None else self.farewell.code

    async def raw(self, count: int) -> list[Rendered]:
        """The next updates as they are sent."""
        async with asyncio.timeout(PATIENCE.seconds):
            while len(self.heard) < count:
                assert not self.errors, self.errors
                assert not self.farewell, self.farewell
                self._awake.clear()
                await self._awake.wait()
        told, self.heard = self.heard[:count], self.heard[count:]
        return told

    async def told(self, count: int) -> list[Update]:
        return [update(each) for each in await self.raw(count)]

    async def seqs(self, count: int) -> list[int]:
        return [each.seq for each in await self.told(count)]

    async def data(self) -> Any:
        """The next answer's, of any subscription."""
        (rendered,) = await self.raw(1)
        answer = orjson.loads(rendered.payload)
        return answer["data"]

    async def over(self) -> None:
        """Until it was refused, or its socket was closed."""
        async with asyncio.timeout(PATIENCE.seconds):
            while not (self.errors or self.farewell):
                self._awake.clear()
                await self._awake.wait()


@dataclass(frozen=True)
class Node:
    """A server process."""

    storage: Storage
    hub: Hub
    seen: Seen
    live: Live

    async def say(self, *texts: str, hall: str = "small") -> None:
        """Each in a transaction of its own."""
        for text in texts:
            await commit(self.storage, Spoken(key_of(hall), text))

    async def hint(self, seq: int, topic: str | None = None) -> None:
        """What a bus brings when another process has committed; true or not."""
        await self.hub.feed.publish(HEADS, {topic or topic_of(): seq})

    async def at(self, seq: int, hall: str = "small", *, epoch: str = "") -> str:
        """A cursor."""
        return cursor_at(epoch or await self.hub.log.epoch(), topic_of(hall), seq)

    def context(self, viewer: Viewer) -> Context:
        return made_context(self.storage, self.seen)(viewer)

    async def admit(self, token: str) -> Admission:
        """As `gateway.app` does it."""
        if not token:
            return Admission(self.context(NOBODY))
        known = await self.hub.sessions.known(token)
        if known is NOT_KNOWN:
            raise NotSignedIn(message="This session has ended.")
        return Admission(self.context(known.viewer), known.until)

    @asynccontextmanager
    async def listening(
        self,
        token: str = "",
        *,
        after: str | None = None,
        hall: str = "small",
        query: str = HEARD,
        **variables: Any,
    ) -> AsyncIterator[Client]:
        """A client that follows; what it is refused with is in its `errors`."""
        client, given = Client(), {"hall": id_of(hall), **variables}
        if after is not None:
            given["after"] = after
        subscriber = client.subscriber = Subscriber(self.hub, self.live.people, lambda: self.admit(token), client)
        engine = self.hub.engine
        subscription = engine.subscription(engine.prepare(query), request_id="test", variables=given)
        assert not isinstance(subscription, dict), subscription
        try:
            try:
                await subscriber.follow("1", subscription)
            except (Refusal, GraphQLError) as error:
                client.errors = client.errors or failure(error, "test")
            yield client
        finally:
            subscriber.close()


@dataclass(frozen=True)
class Ground:
    """Where processes meet: the URLs of a database and of a bus."""

    database: str
    bus: str

    @property
    def has_bus(self) -> bool:
        return not self.bus.startswith("memory:")

    @asynccontextmanager
    async def node(
        self, *, poll: float = NEVER, bus: str | None = None, expires: datetime = ALWAYS, **settings: Any
    ) -> AsyncIterator[Node]:
        """`settings` are the hub's."""
        seen = Seen()
        async with opened(self.database) as storage:
            known: Any = {"authenticate": authentication(storage, expires), "poll": poll, "bus": bus or self.bus}
            async with running(ENGINE, storage, made_context(storage, seen), **known, **settings) as hub:
                yield Node(storage, hub, seen, Live(hub))

    def elsewhere(self) -> AbstractAsyncContextManager[Storage]:
        """A process whose hints are lost."""
        return opened(self.database)


async def log_of(storage: Storage, hall: str = "small") -> list[tuple[int, str]]:
    """Everything that was said in a hall, out of the database."""
    found: list[tuple[int, str]] = []
    log = Log(storage)
    while events := (await log.read(topic_of(hall), len(found))).events:
        found += [(event.seq, event.payload["text"]) for event in events]
    return found


async def fill(storage: Storage, count: int, *, hall: str = "small", text: str = "word") -> None:
    """So many words in one transaction."""
    start = (await Log(storage).head(topic_of(hall))).seq
    await commit(storage, *(Spoken(key_of(hall), f"{text} {start + number}") for number in range(1, count + 1)))


async def until(reached: Any, seconds: float | None = None) -> None:
    """Until that is so; for what nothing announces."""
    async with asyncio.timeout(seconds or PATIENCE.seconds):
        while not reached():  # noqa: ASYNC110 (asks from outside)
            await asyncio.sleep(0.002)
