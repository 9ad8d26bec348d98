"""GraphQL over WebSockets: graphql-transport-ws, the protocol of the npm package graphql-ws. Its predecessor is off."""

import asyncio
from collections.abc import Collection

import structlog
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from gateway.documents.store import Store
from gateway.execution.engine import Engine
from gateway.http.request_ids import request_id
from gateway.live.connection import Connection, MakeContext
from gateway.live.messages import Closing

PROTOCOL, LEGACY = "graphql-transport-ws", "graphql-ws"
RESTART = Closing(1012, "Service Restart")

log = structlog.get_logger(__name__)


class GraphQLSocket:
    """An ASGI application, and the register of its open sockets.

    `make_context` takes the handshake and the payload of `connection_init`: for the socket, for each operation that
    begins, and every `recheck` seconds while subscriptions of somebody run. A Refusal that it raises closes the socket
    with 4403; so does another viewer than a subscription began with. Pages of `origins` ("https://example.org", "*" for all) may connect, and those
    of our own host. `patience` is the seconds for `connection_init` to come.
    """

    def __init__(
        self,
        engine: Engine,
        make_context: MakeContext,
        *,
        documents: Store | None = None,
        origins: Collection[str] = (),
        patience: float = 10.0,
        most_operations: int = 20,
        recheck: float = 10.0,
    ) -> None:
        self._engine, self._make_context, self._documents = engine, make_context, documents or Store(engine)
        self._origins = {origin.lower() for origin in origins}
        self._patience, self._most_operations, self._recheck = patience, most_operations, recheck
        self._open: dict[Connection, asyncio.Future[None]] = {}
        self._is_draining = False

    def __len__(self) -> int:
        """How many sockets are open."""
        return len(self._open)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        with structlog.contextvars.bound_contextvars(request_id=request_id(websocket)):
            if not self._is_welcome(websocket):
                log.warning("origin_refused", origin=websocket.headers["origin"][:200])
                await websocket.close()  # before it is accepted: HTTP 403
            elif PROTOCOL not in scope["subprotocols"]:
                # A browser hears the code only if the handshake took a protocol that it offered.
                await websocket.accept(LEGACY if LEGACY in scope["subprotocols"] else None)
                await websocket.close(4406, "Subprotocol not acceptable")
            else:
                await self._serve(websocket)

    async def drain(self, seconds: float = 5.0) -> None:
        """Close every socket with 1012 and take no new ones. Returns when all are gone, or when the time is up."""
        self._is_draining = True
        gone = list(self._open.values())
        for connection in list(self._open):
            connection.end(RESTART)
        if gone:
            await asyncio.wait(gone, timeout=seconds)

    async def _serve(self, websocket: WebSocket) -> None:
        connection = Connection(
            websocket,
            self._engine,
            self._make_context,
            self._documents,
            patience=self._patience,
            most_operations=self._most_operations,
            recheck=self._recheck,
        )
        await websocket.accept(PROTOCOL)
        if self._is_draining:
            await websocket.close(RESTART.code, RESTART.reason)
            return
        self._open[connection] = gone = asyncio.get_running_loop().create_future()
        try:
            await connection.run()
        finally:
            del self._open[connection]
            gone.set_result(None)

    def _is_welcome(self, websocket: WebSocket) -> bool:
        """Whoever names no origin is no page in a browser: nobody's cookies or network can be borrowed."""
        origin = websocket.headers.get("origin")
        if origin is None:
            return True
        is_own = origin.lower().partition("://")[2] == websocket.headers.get("host", "").lower()
        return is_own or not self._origins.isdisjoint({origin.lower(), "*"})
