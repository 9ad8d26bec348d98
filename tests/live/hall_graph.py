"""A small graph over the log, with what can go wrong while it is followed, and the application that serves it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import strawberry
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.routing import Route, WebSocketRoute
from strawberry.scalars import JSON

from gateway.execution.engine import Engine
from gateway.http.access import AccessLog
from gateway.http.answering import Answering
from gateway.http.endpoint import GraphQLEndpoint
from gateway.http.exchange import Incoming
from gateway.http.graph import STATE, Graph
from gateway.http.origins import Origins
from gateway.http.request_ids import request_id
from gateway.http.streaming import Streaming
from gateway.http.viewers import bearer, connection_token
from gateway.live.hub import Hub
from gateway.live.live import Live
from gateway.live.places import Places
from gateway.live.protocol import DRAIN
from gateway.live.subscribers import Admission
from gateway.live.websocket import GraphQLSocket
from gateway.stitching import Stitched
from modules.kernel.context import Client, Context, Info
from modules.kernel.contract import Module
from modules.kernel.fields import OF_VIEWER, Node, entity
from modules.kernel.following import Log
from modules.kernel.live import AudienceTopic, LogTopic, ResyncReason, State, StateTopic, followed
from modules.kernel.policy import NOBODY, Role, Viewer
from modules.kernel.refusals import NotAllowed, NotSignedIn
from modules.kernel.scalars import Cursor
from modules.kernel.storage import Row, Storage
from tests.live import halls
from tests.live.halls import opened, say
from tests.live.hubs import running
from tests.serving import serving

KYIV = "UA80000000000093317"


class Seen(Counter[str]):
    """What happened on the server, counted; `contexts` are those that were asked whether they are new."""

    def __init__(self) -> None:
        super().__init__()
        self.contexts: list[Context] = []
        self.hushed: set[str] = set()  # texts that are shown as nothing
        self.renders = asyncio.Event()  # while it is not set, rendering waits
        self.renders.set()
        self.authorize: Callable[[Viewer, UUID], Viewer] = lambda viewer, hall_id: viewer.only(Role.MODERATOR, KYIV)
        self.is_final = False
        self.changes_at: datetime | None = None
        self.listeners: Callable[[], int] = lambda: 0

    def running(self) -> int:
        """Resolvers that have not ended yet."""
        return self["never"]

    async def reaches(self, name: str, count: int) -> None:
        """Until it is at least that, or 0."""
        async with asyncio.timeout(5):
            while self[name] < count if count else self[name]:  # noqa: ASYNC110 (asks from outside; nothing announces the answer)
                await asyncio.sleep(0.005)


@entity("A hall in which people speak.")
class Hall(Node):
    """Only a key: nothing is kept of it."""


def _whoever(root: Any, info: Info) -> str | None:
    person_id = info.context.viewer.person_id
    return None if person_id is None else person_id.hex


@strawberry.type
class Said:
    text: strawberry.Private[str]

    @strawberry.field
    async def words(self, info: Info) -> str | None:
        seen = info.context.port(Seen)
        seen["rendered"] += 1
        found = None if self.text in seen.hushed else self.text
        await seen.renders.wait()
        return found

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("the password is hunter2")

    @strawberry.field
    def flaky(self, info: Info) -> str | None:
        """Fails as often as it was said that it should."""
        seen = info.context.port(Seen)
        seen["flaky"] -= 1
        if seen["flaky"] >= 0:
            raise OSError("the database is away")
        return self.text

    @strawberry.field
    def role_count(self, info: Info) -> int:
        return len(info.context.viewer.roles)

    viewer_id: str | None = strawberry.field(resolver=_whoever, metadata={OF_VIEWER: True})


@strawberry.type
class Hushed:
    text: strawberry.Private[str]

    @strawberry.field
    def words(self) -> str | None:
        return self.text


HallEvent = Annotated[Said | Hushed, strawberry.union("HallEvent")]


@strawberry.type
class HallUpdate:
    cursor: Cursor
    event: HallEvent | None = None
    resync: ResyncReason | None = None


async def enters(info: Info, hall_id: UUID) -> Viewer:
    seen = info.context.port(Seen)
    seen["authorized"] += 1
    return seen.authorize(info.context.viewer, hall_id)


async def counted(info: Info, hall_id: UUID, *, times: int = 1) -> State:
    """How much was said, times some number."""
    seen = info.context.port(Seen)
    seen["loaded"] += 1
    if seen["no state"]:
        raise NotAllowed(message="Вас вивели із зали.")
    version = (await info.context.log.head(f"hall:{hall_id.hex}")).seq
    return State(version * times, version, seen.changes_at, seen.is_final)


SPOKEN = LogTopic(
    kind="hall",
    of=Hall,
    authorize=enters,
    update=HallUpdate,
    shows={halls.Said: Said, halls.Hushed: Hushed},
    conceals=(halls.Hushed,),
)
COUNTED = StateTopic(kind="hall", of=Hall, authorize=enters, load=counted)
AUDIENCE = AudienceTopic(kind="seats", of=Hall, authorize=enters, show=lambda number: number)


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, info: Info, name: str = "world") -> str:
        return f"Hello, {name}!"

    @strawberry.field
    def token(self, info: Info) -> str:
        return info.context.client.agent

    @strawberry.field
    def role_count(self, info: Info) -> int:
        return len(info.context.viewer.roles)

    @strawberry.field
    def listeners(self, info: Info) -> int:
        """How many subscriptions are told."""
        return info.context.port(Seen).listeners()

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("the password is hunter2")

    @strawberry.field
    def unserialisable(self) -> JSON | None:
        return JSON(object())

    @strawberry.field
    def is_context_new(self, info: Info) -> bool:
        contexts = info.context.port(Seen).contexts
        contexts.append(info.context)
        return not any(info.context is earlier for earlier in contexts[:-1])

    @strawberry.field
    async def never(self, info: Info) -> str:
        with noted(info, "never"):
            await asyncio.Event().wait()
        return "never"


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def say(self, info: Info, text: str, hall: str = "small") -> str:
        await say(info.context.storage, text, hall=hall)
        return text


@strawberry.type
class Subscription:
    heard: HallUpdate = followed(SPOKEN, "What is said in a hall.")
    counted: int = followed(COUNTED, "How much was said.")
    audience: int = followed(AUDIENCE, "How many are in the hall.")


@contextmanager
def noted(info: Info, name: str) -> Iterator[None]:
    seen = info.context.port(Seen)
    seen[name] += 1
    try:
        yield
    finally:
        seen[name] -= 1


async def halls_by_key(halls: Sequence[Row], info: Info) -> list[Row | None]:
    return list(halls)


HALL = Module(name="hall", query=Query, mutation=Mutation, subscription=Subscription, owns={Hall: halls_by_key})
ENGINE = Engine(Stitched([HALL]))


@dataclass(frozen=True)
class Place:
    """`address` is host:port; `live` holds the clients of the server.

    `viewers` are those whose tokens are known; None is a session that has ended. `until` is when tokens expire.
    """

    address: str
    live: Live
    storage: Storage
    seen: Seen
    viewers: dict[str, Viewer | None]
    until: dict[str, datetime]

    @property
    def hub(self) -> Hub:
        return self.live.hub

    @property
    def url(self) -> str:
        return f"ws://{self.address}/graphql"

    async def followed_by(self, count: int) -> None:
        """Until that many subscriptions are told."""
        async with asyncio.timeout(5):
            while self.hub.cursors != count:  # noqa: ASYNC110 (asks from outside; nothing announces the answer)
                await asyncio.sleep(0.005)

    async def empty(self) -> None:
        """Until nothing is left of any client."""
        async with asyncio.timeout(5):
            while len(self.live) or self.hub.channels or self.seen.running():  # noqa: ASYNC110 (as above)
                await asyncio.sleep(0.005)


@dataclass
class Doors:
    """Who a token is. A Refusal for one that has expired; anything else goes wrong on purpose."""

    seen: Seen
    viewers: dict[str, Viewer | None] = field(default_factory=dict)
    until: dict[str, datetime] = field(default_factory=dict)

    async def opened(self, token: str) -> Viewer:
        if token == "expired":
            raise NotSignedIn(message="Сеанс завершено, увійдіть знову. " * 10)
        self.seen["looked"] += 1
        if token == "bug" or self.seen["unreachable"]:
            raise RuntimeError("the password is hunter2")
        if token == "slow":
            await self.seen.reaches("allowed", 1)
        viewer = self.viewers.get(token, NOBODY)
        if viewer is None:
            raise NotSignedIn(message="This session has ended.")
        return viewer


def made_context(storage: Storage, seen: Seen) -> Callable[..., Context]:
    log = Log(storage)

    def make(viewer: Viewer = NOBODY, request_id: str = "live", client: Client | None = None) -> Context:
        return Context(storage, log, {Seen: seen}, viewer, request_id, client or Client())

    return make


@asynccontextmanager
async def place_of(
    folder: Path,
    *,
    uvicorn: Mapping[str, Any] | None = None,
    live: Mapping[str, Any] | None = None,
    places: Places | None = None,
    **settings: Any,
) -> AsyncIterator[Place]:
    """The graph on a real server, over SQLite and the memory bus. `settings` are the socket's, `live` those of `Live`."""
    seen = Seen()
    doors = Doors(seen)
    async with opened(f"sqlite+aiosqlite:///{folder / 'hall.db'}") as storage:
        make = made_context(storage, seen)
        async with running(ENGINE, storage, make) as hub:
            seen.listeners = lambda: hub.cursors

            async def admit_socket(connection: HTTPConnection, parameters: Mapping[str, Any] | None) -> Admission:
                token = connection_token(parameters) or bearer(connection.headers.get("authorization")) or ""
                context = make(await doors.opened(token), request_id(connection), Client(agent=token))
                return Admission(context, doors.until.get(token))

            async def admit_request(incoming: Incoming) -> Admission:
                token = bearer(incoming.header(b"authorization")) or ""
                context = make(await doors.opened(token), incoming.request_id, Client(agent=token))
                return Admission(context, doors.until.get(token))

            async def context_of(incoming: Incoming) -> Context:
                return (await admit_request(incoming)).context

            clients = Live(hub, places, **(live or {}))
            answering = Answering(ENGINE, context_of)
            graph = Graph("/graphql", answering, Origins(()), AccessLog("console"))

            @asynccontextmanager
            async def lifespan(_: Starlette) -> AsyncIterator[Mapping[str, Any]]:
                yield {STATE: graph, DRAIN: clients.drain}
                await clients.drained()

            app = Starlette(
                lifespan=lifespan,
                routes=[
                    Route("/graphql", GraphQLEndpoint(graph, streaming=Streaming(answering, clients, admit_request))),
                    WebSocketRoute("/graphql", GraphQLSocket(clients, admit_socket, **settings)),
                ],
            )
            async with serving(app, **(uvicorn or {})) as address:
                yield Place(address, clients, storage, seen, doors.viewers, doors.until)
