"""A real application around the toy schema, and a client for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from gateway.execution.engine import Engine
from gateway.http.access import AccessLog, Telling
from gateway.http.answering import Answering
from gateway.http.endpoint import GraphQLEndpoint
from gateway.http.exchange import Incoming
from gateway.http.graph import STATE, Graph
from gateway.http.graphiql.page import assets, page
from gateway.http.origins import Origins
from modules.kernel.refusals import NotAllowed, NotSignedIn
from tests.execution.toy import ToyContext, schema

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"


@dataclass
class Seen:
    """What the toy application saw. Whoever is `patient` waits in it until `go_on`."""

    stirred: list[str] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)


def make_context(seen: Seen) -> Callable[[Incoming], Awaitable[ToyContext]]:
    """Signs in whoever says so: `authorization: nobody`, `banned` and `bug` do not get that far."""

    async def made(incoming: Incoming) -> ToyContext:
        seen.clients.append(incoming.client)
        match incoming.header(b"authorization"):
            case "nobody":
                raise NotSignedIn()
            case "banned":
                raise NotAllowed(message="This account is closed.")
            case "bug":
                raise RuntimeError("the password is hunter2")
            case "chatty":
                structlog.get_logger().info("asked")
            case "patient":
                seen.arrived.set()
                await seen.go_on.wait()
        return ToyContext(incoming.request_id, stirred=seen.stirred)

    return made


def graph(seen: Seen | None = None, origins: tuple[str, ...] = ()) -> Graph:
    answering = Answering(Engine(schema), make_context(seen or Seen()))
    return Graph("/graphql", answering, Origins(origins), AccessLog("json"))


def endpoint(page: Callable[[Request], Response] | None = None) -> GraphQLEndpoint:
    return GraphQLEndpoint(graph(), page=page)


def build(*, with_page: bool = True, origins: tuple[str, ...] = ()) -> Starlette:
    """As `gateway.app` builds the real one; `state.seen` is a Seen."""
    seen = Seen()
    toy = graph(seen, origins)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        yield {STATE: toy}

    endpoint = GraphQLEndpoint(toy, page=page() if with_page else None)
    app = Starlette(
        lifespan=lifespan,
        routes=[Route("/graphql", endpoint), Mount("/graphql/assets", assets())],
        middleware=[Middleware(Telling, toy.log), toy.origins.middleware],
    )
    app.state.seen, app.state.graph = seen, toy
    return app


def client(app: Starlette) -> AbstractAsyncContextManager[httpx2.AsyncClient]:
    """Says nothing of its own: no `accept`, no `content-type`."""
    made = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1")
    made.headers.clear()
    return made


def codes(response: Any) -> list[str]:
    return [error["extensions"]["code"] for error in response.json().get("errors", ())]
