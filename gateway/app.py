"""The composition root: settings in, an ASGI application out."""

import gc
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from typing import Any

import sqlalchemy as sa
import strawberry
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route, WebSocketRoute

from gateway import metrics
from gateway.admission import Door
from gateway.code import digest
from gateway.documents.manifest import read
from gateway.documents.store import Store
from gateway.execution.engine import Engine
from gateway.http import exports, health
from gateway.http.access import AccessLog, Telling
from gateway.http.answering import Answering
from gateway.http.caching import Caching
from gateway.http.cookies import Cookies
from gateway.http.endpoint import GraphQLEndpoint
from gateway.http.graph import STATE, Graph
from gateway.http.graphiql.page import assets, page
from gateway.http.origins import Origins
from gateway.http.streaming import Streaming
from gateway.limiting.gate import Gate
from gateway.live.hub import Hub, Sources
from gateway.live.live import Live
from gateway.live.places import Places
from gateway.live.protocol import DRAIN, SOCKET
from gateway.live.websocket import GraphQLSocket
from gateway.logs import configure
from gateway.modules import MODULES, by_name
from gateway.services import Services, opened, require_migrated, services
from gateway.settings import Settings
from gateway.stitching import Stitched, Subgraph
from gateway.wiring import asked_by_personal, personal_actions

PATH = "/graphql"
LIVE = "live"  # the request id of what is rendered for many
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


def trusted(settings: Settings, engine: Engine) -> Store:
    """The documents that requests may name. Raises BadManifest."""
    manifest = read(settings.documents) if settings.documents else {}
    return Store(engine, manifest, only=settings.documents_only)


def build(settings: Settings, *, beside: Beside | None = None) -> Starlette:
    """The application. `beside` is something that runs as long as it serves."""
    held, engine = services(settings), Engine(schema(settings.module))
    cookies = Cookies(settings.allowed_origins, is_secure=settings.has_secure_cookies)
    documents, door = trusted(settings, engine), Door(held, cookies)
    caching = Caching(engine.schema, lambda: held.registers.version, code=digest(), cookie=cookies.name)
    gate = Gate(engine, held.ledger, settings.rates)
    answering = Answering(engine, door.context, documents=documents, caching=caching, passing=gate.request)
    graph = Graph(PATH, answering, Origins(settings.allowed_origins), AccessLog(settings.log_format))
    live = following(settings, held, engine)
    socket = GraphQLSocket(live, door.socket, documents=documents, gate=gate, origins=settings.allowed_origins)
    counted = metrics.Metrics(graph.tally, engine, held, live)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        async with opened(held), beside(held, engine) if beside else nullcontext():
            # Schema and code live as long as the process: no need to look at them again. What an answer is made of
            # dies young, and the default threshold would look at it dozens of times: 1.3x on a nested debate.
            gc.freeze()
            gc.set_threshold(50_000, 50, 100)
            yield {STATE: graph, DRAIN: live.drain, SOCKET: (PATH, socket)}
            await live.drained()

    page_of = None if settings.documents_only else page()
    return Starlette(
        lifespan=lifespan,
        routes=[
            Route(PATH, GraphQLEndpoint(graph, streaming=Streaming(answering, live, door.request), page=page_of)),
            WebSocketRoute(PATH, socket),
            *([] if settings.documents_only else [Mount(f"{PATH}/assets", assets())]),
            *exports.routes(partial(personal_actions.take_export, held.storage, held.ports[asked_by_personal.Holders])),
            *health.routes(_checks(held)),
            *metrics.routes(counted, settings.metrics_token.get_secret_value()),
        ],
        middleware=[
            Middleware(Telling, graph.log),
            graph.origins.middleware,
        ],
    )


def following(settings: Settings, held: Services, engine: Engine) -> Live:
    """What is followed live, and by whom."""
    sources = Sources(held.log, held.feed, held.sessions, held.audiences)
    hub = Hub(engine, sources, partial(held.context, request_id=LIVE), most_groups=settings.live_groups)
    places = Places(settings.live_connections, settings.live_connections_per_address)
    return Live(hub, places, slowest=settings.live_drain)


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
