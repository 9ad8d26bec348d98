"""GraphQL over WebSockets: graphql-transport-ws, the protocol of the npm package graphql-ws. Its predecessor is off."""

from collections.abc import Collection

import structlog
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from gateway.documents.store import Store
from gateway.http.request_ids import request_id
from gateway.limiting.gate import Gate
from gateway.live.connection import AdmitSocket, Connection
from gateway.live.live import RESTART, Live
from gateway.live.places import NoPlace

PROTOCOL, LEGACY = "graphql-transport-ws", "graphql-ws"

log = structlog.get_logger(__name__)


class GraphQLSocket:
    """An ASGI application.

    `admit` takes the handshake and the payload of `connection_init`, and tells who it is: for the socket, for each operation
    that begins, and again when something was announced that concerns its viewer, or the time until it was sure has passed. A
    Refusal that it raises closes the socket with 4403. Pages of `origins` ("https://example.org", "*" for all) may connect,
    and those of our own host. Each operation has to get past the `gate`. `patience` is the seconds for `connection_init` to come.
    """

    def __init__(
        self,
        live: Live,
        admit: AdmitSocket,
        *,
        documents: Store | None = None,
        gate: Gate | None = None,
        origins: Collection[str] = (),
        patience: float = 10.0,
        most_operations: int = 20,
    ) -> None:
        self._live, self._admit, self._documents = live, admit, documents or Store(live.hub.engine)
        self._gate = gate
        self._origins = {origin.lower() for origin in origins}
        self._patience, self._most_operations = patience, most_operations

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
                await self._take(websocket)

    async def _take(self, websocket: WebSocket) -> None:
        try:
            with self._live.places.taken(websocket.client.host if websocket.client else ""):
                await self._serve(websocket)
        except NoPlace as full:
            self._live.hub.counts.refused += 1
            await websocket.send_denial_response(PlainTextResponse(full.message, full.status, {"retry-after": "10"}))

    async def _serve(self, websocket: WebSocket) -> None:
        await websocket.accept(PROTOCOL)
        if self._live.is_draining:
            await websocket.close(RESTART.code, RESTART.reason)
            return
        connection = Connection(
            websocket,
            self._live.hub,
            self._live.people,
            self._admit,
            self._documents,
            self._gate,
            patience=self._patience,
            most_operations=self._most_operations,
        )
        with self._live.here(connection, "websocket"):
            await connection.run()

    def _is_welcome(self, websocket: WebSocket) -> bool:
        """Whoever names no origin is no page in a browser: nobody's cookies or network can be borrowed."""
        origin = websocket.headers.get("origin")
        if origin is None:
            return True
        is_own = origin.lower().partition("://")[2] == websocket.headers.get("host", "").lower()
        return is_own or not self._origins.isdisjoint({origin.lower(), "*"})
