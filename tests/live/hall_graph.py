"""A small graph over the log, with what can go wrong in a socket, and the application that serves it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.routing import WebSocketRoute
from strawberry.scalars import JSON

from gateway.execution.engine import Engine
from gateway.http.request_ids import request_id
from gateway.http.viewers import bearer, connection_token
from gateway.live.bus import Bus
from gateway.live.feed import Feed
from gateway.live.websocket import GraphQLSocket
from modules.kernel.context import Client, Context, Info
from modules.kernel.following import Log
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.refusals import NotAllowed, NotSignedIn
from tests.live.halls import opened, say
from tests.serving import serving


class Seen(Counter[str]):
    """What happened on the server, counted; `contexts` are those that were asked whether they are new."""

    def __init__(self) -> None:
        super().__init__()
        self.contexts: list[Context] = []

    def running(self) -> int:
        """Sources that are not closed yet."""
        return sum(self[name] for name in ("heard", "never", "flood"))

    async def reaches(self, name: str, count: int) -> None:
        """Until it is at least that, or 0."""
        async with asyncio.timeout(5):
            while self[name] < count if count else self[name]:  # noqa: ASYNC110 (asks from outside; nothing announces the answer)
                await asyncio.sleep(0.005)

    async def stands_still(self, name: str) -> int:
        """The count when it no longer grows."""
        before = -1
        while before != self[name]:
            before = self[name]
            await asyncio.sleep(0.3)
        return before


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
        async with counted(info, "never"):
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
    @strawberry.subscription
    async def heard(self, info: Info, hall: str = "small", after: int = 0) -> AsyncIterator[str]:
        async with counted(info, "heard"):
            async for logged in info.context.log.follow(f"hall:{hall}", after):
                yield str(logged.payload["text"])

    @strawberry.subscription
    async def count(self, info: Info, upto: int) -> AsyncIterator[int]:
        for number in range(1, upto + 1):
            yield number

    @strawberry.subscription
    async def flood(self, info: Info, size: int) -> AsyncIterator[str]:
        async with counted(info, "flood"):
            while True:
                info.context.port(Seen)["flooded"] += 1
                yield "x" * size

    @strawberry.subscription
    async def breaking(self) -> AsyncIterator[int]:
        yield 1
        raise RuntimeError("the password is hunter2")

    @strawberry.subscription
    async def refusing(self) -> AsyncIterator[int]:
        yield 1
        raise NotAllowed(message="Вас вивели із зали.")


@asynccontextmanager
async def counted(info: Info, name: str) -> AsyncIterator[None]:
    seen = info.context.port(Seen)
    seen[name] += 1
    try:
        yield
    finally:
        seen[name] -= 1


ENGINE = Engine(strawberry.Schema(Query, Mutation, Subscription))


@dataclass(frozen=True)
class Hall:
    """`address` is host:port; `socket` the endpoint at /graphql; `feed` what its subscriptions listen to.

    `viewers` are those whose tokens are known; None is a session that has ended.
    """

    address: str
    socket: GraphQLSocket
    feed: Feed
    seen: Seen
    viewers: dict[str, Viewer | None]

    @property
    def url(self) -> str:
        return f"ws://{self.address}/graphql"


@asynccontextmanager
async def hall(folder: Path, *, uvicorn: Mapping[str, Any] | None = None, **settings: Any) -> AsyncIterator[Hall]:
    """The graph on a real server, over SQLite and the memory bus."""
    seen = Seen()
    viewers: dict[str, Viewer | None] = {}

    async def make_context(connection: HTTPConnection, parameters: Mapping[str, Any] | None) -> Context:
        token = connection_token(parameters) or bearer(connection.headers.get("authorization")) or ""
        if token == "expired":
            raise NotSignedIn(message="Сеанс завершено, увійдіть знову. " * 10)
        seen["looked"] += 1
        if token == "bug" or seen["unreachable"]:
            raise RuntimeError("the password is hunter2")
        if token == "slow":
            await seen.reaches("allowed", 1)
        viewer = viewers.get(token, NOBODY)
        if viewer is None:
            raise NotSignedIn(message="This session has ended.")
        client = Client(agent=token)
        return Context(storage, Log(storage, feed), {Seen: seen}, viewer, request_id(connection), client)

    socket = GraphQLSocket(ENGINE, make_context, **settings)
    app = Starlette(routes=[WebSocketRoute("/graphql", socket)])
    async with opened(f"sqlite+aiosqlite:///{folder / 'hall.db'}") as storage, Bus() as bus, Feed(storage, bus) as feed:
        storage.announce = feed.announce
        async with serving(app, **(uvicorn or {})) as address:
            yield Hall(address, socket, feed, seen, viewers)
