"""The composition root: settings in, an ASGI application out."""

import gc
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

import sqlalchemy as sa
import strawberry
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import HTTPConnection
from starlette.routing import Mount, Route, WebSocketRoute

from gateway.execution.engine import Engine
from gateway.http import health
from gateway.http.endpoint import GraphQLEndpoint
from gateway.http.graphiql.page import assets, page
from gateway.http.request_ids import request_id
from gateway.http.viewers import bearer, connection_token
from gateway.live.websocket import GraphQLSocket
from gateway.logs import AccessLog, configure
from gateway.modules import MODULES, by_name
from gateway.services import Services, opened, require_migrated, services
from gateway.settings import Settings
from gateway.stitching import Stitched, Subgraph
from gateway.wiring import identity_actions
from modules.kernel.context import Client, Context
from modules.kernel.policy import NOBODY
from modules.kernel.refusals import NotSignedIn

PATH = "/graphql"
Beside = Callable[[Services, Engine], AbstractAsyncContextManager[Any]]


def schema(module: str | None = None) -> strawberry.Schema:
    """The stitched graph, or the subgraph of one module. Raises LookupError for an unknown one."""
    return Subgraph(by_name(module)) if module else Stitched(MODULES)


def from_environment() -> Starlette:
    """What a server process runs."""
    settings = Settings()
    settings.require_secret()
    configure(settings.log_format)
    return build(settings)


def build(settings: Settings, *, beside: Beside | None = None) -> Starlette:
    """The application. `beside` is something that runs as long as it serves."""
    held, engine = services(settings), Engine(schema(settings.module))

    async def context_of_request(connection: HTTPConnection) -> Context:
        return await _context(held, connection, bearer(connection.headers))

    async def context_of_socket(connection: HTTPConnection, parameters: Mapping[str, Any] | None) -> Context:
        return await _context(held, connection, connection_token(parameters) or bearer(connection.headers))

    socket = GraphQLSocket(engine, context_of_socket, origins=settings.allowed_origins)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        async with opened(held), beside(held, engine) if beside else nullcontext():
            # Schema and code live as long as the process: no need to look at them again. What an answer is made of
            # dies young, and the default threshold would look at it dozens of times: 1.3x on a nested debate.
            gc.freeze()
            gc.set_threshold(50_000, 50, 100)
            yield {}
            await socket.drain()

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route(PATH, GraphQLEndpoint(engine, context_of_request, page=page())),
            WebSocketRoute(PATH, socket),
            Mount(f"{PATH}/assets", assets()),
            *health.routes(_checks(held)),
        ],
        middleware=[
            Middleware(AccessLog),
            Middleware(
                CORSMiddleware,
                allow_origins=settings.allowed_origins,
                allow_methods=["GET", "POST"],
                allow_headers=["authorization", "content-type", "x-request-id"],
                expose_headers=["x-request-id"],
                max_age=600,
            ),
        ],
    )


async def _context(held: Services, connection: HTTPConnection, token: str | None) -> Context:
    viewer = NOBODY if token is None else await identity_actions.authenticate(held.storage, token)
    if token is not None and viewer is NOBODY:
        raise NotSignedIn(message="This session has ended: sign in again.")
    client = Client(
        address=connection.client.host if connection.client else "", agent=connection.headers.get("user-agent", "")
    )
    return held.context(viewer, request_id=request_id(connection), client=client)


def _checks(held: Services) -> dict[str, health.Check]:
    async def database() -> None:
        async with held.storage.reading() as read:
            await read.value(sa.select(1))

    async def bus() -> None:
        if not held.bus.healthy():
            raise RuntimeError("no heartbeat came back from the bus")

    async def migrations() -> None:
        await require_migrated(held.storage)

    return {"database": database, "bus": bus, "migrations": migrations}
