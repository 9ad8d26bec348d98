"""uvicorn's HTTP protocol, which answers requests to the graph itself instead of calling an ASGI application.

All that is HTTP stays uvicorn's: parsing, keep-alive, pipelining, pausing, upgrades, draining. Only its cycle of one
request and response is replaced, by `Exchange`, and only where the request is one to the graph: pages, preflights,
health and anything unusual take the way through the application. What is relied on is in docs/decisions/0012.
"""

import asyncio
from collections.abc import Callable
from functools import lru_cache
from time import perf_counter
from typing import Any

import structlog
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from websockets.datastructures import Headers as WebSocketHeaders
from websockets.http11 import Request

from gateway.execution.errors import internal_error
from gateway.http.endpoint import wants_page
from gateway.http.exchange import Headers, Incoming, Reply, first_of_each
from gateway.http.graph import STATE, Graph
from gateway.http.origins import crossing
from gateway.http.request_ids import sane
from gateway.http.streaming import wants_stream
from gateway.live.protocol import DRAIN, LiveProtocol
from gateway.live.streams import CONNECTION

MOST_HEADERS, LONGEST_LINE = 100, 8_000  # and bytes, of a request to upgrade


class GraphProtocol(HttpToolsProtocol):
    """For `uvicorn.Config(http=...)`. Without a Graph in the lifespan's state it is uvicorn's own protocol."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.graph: Graph | None = self.app_state.get(STATE)
        self._path = self.graph.path.encode() if self.graph else b""
        self._proxies = self.app.trusted_hosts if isinstance(self.app, ProxyHeadersMiddleware) else None

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {CONNECTION: self.transport}  # type: ignore[dict-item] # no data, but an object of this process

    def shutdown(self) -> None:
        drain: Callable[[], None] | None = self.app_state.get(DRAIN)
        if drain is not None:
            drain()  # streams have no end of their own
        super().shutdown()

    def on_headers_complete(self) -> None:
        exchange = self._exchange() if self.graph else None
        if exchange is None:
            super().on_headers_complete()
            return
        before: Any = self.cycle
        self.cycle = exchange  # type: ignore[assignment] # in its place
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def handle_websocket_upgrade(self) -> None:
        """What uvicorn does, but for a protocol that takes the request as it is parsed."""
        if (
            len(self.url) > LONGEST_LINE
            or len(self.headers) > MOST_HEADERS
            or max(map(_length, self.headers)) > LONGEST_LINE
        ):
            self.send_400_response(
                "The request to upgrade is too long."
            )  # the parser of sockets would leave it unanswered
            return
        kind = self.ws_protocol_class
        if kind is None or not issubclass(kind, LiveProtocol):
            super().handle_websocket_upgrade()
            return
        self.connections.discard(self)
        sockets = kind(config=self.config, server_state=self.server_state, app_state=self.app_state)
        sockets.connection_made(self.transport)
        headers = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in self.headers)
        sockets.take_over(Request(self.url.decode(), WebSocketHeaders(headers), self.parser.get_method().decode()))
        self.transport.set_protocol(sockets)

    def _exchange(self) -> "Exchange | None":
        """The request as one to the graph; None for one that uvicorn and the application are to see."""
        path, _, query = self.url.partition(b"?")
        if path != self._path or b"#" in query or self.parser.should_upgrade() or self._is_overloaded():
            return None
        method = self.parser.get_method().decode()
        if method not in ("GET", "POST"):
            return None
        headers = first_of_each(self.headers)
        given = headers.get(b"x-request-id")
        incoming = Incoming(method, query, headers, self._address(), sane(given.decode("latin-1") if given else None))
        return None if wants_page(incoming) or wants_stream(incoming) else Exchange(self, incoming)

    def _is_overloaded(self) -> bool:
        most = self.limit_concurrency
        return most is not None and (len(self.connections) >= most or len(self.tasks) >= most)

    def _address(self) -> str:
        """Of the client, or of whom a trusted proxy names as its client."""
        peer = self.client[0] if self.client else None
        if self._proxies is not None and peer in self._proxies:
            named = b", ".join(value for name, value in self.headers if name == b"x-forwarded-for").decode("latin-1")
            return (named and self._proxies.get_trusted_client_address(named)[0]) or peer or ""
        return peer or ""


class Exchange:
    """One request and its reply, in the place of uvicorn's RequestResponseCycle: the protocol appends to `body`, sets
    `more_body`, `disconnected`, `keep_alive` and `message_event`, and looks at `response_complete`."""

    def __init__(self, protocol: GraphProtocol, incoming: Incoming) -> None:
        assert protocol.graph is not None
        self._protocol, self._incoming, self._graph = protocol, incoming, protocol.graph
        self._began = perf_counter()
        self._awaits_100 = protocol.expect_100_continue
        parser = protocol.parser
        self.keep_alive = parser.get_http_version() != "1.0" and parser.should_keep_alive()
        self.message_event = asyncio.Event()
        self.body, self.more_body = bytearray(), True
        self.response_complete = self.disconnected = False

    async def run_asgi(self, _app: object) -> None:
        """By this name uvicorn begins it."""
        structlog.contextvars.bind_contextvars(request_id=self._incoming.request_id)
        reply = None
        try:
            reply = await self._reply()
            if reply:
                await self._write(reply)
        except asyncio.CancelledError:  # the time for draining is over
            self._protocol.transport.close()
            raise
        except Exception as error:  # a bug of ours, outside of what masks them
            internal_error(error, self._incoming.request_id)
            self._protocol.transport.close()
        finally:
            self._graph.note(self._incoming, reply, self._began)
            # The protocol holds its last exchange: without this a closed connection would wait for the collector.
            del self._protocol

    async def _reply(self) -> Reply | None:
        """None when the client left before it had sent everything."""
        incoming, answering = self._incoming, self._graph.answering
        refusal = answering.refusal(incoming)
        if refusal or incoming.method == "GET":
            return refusal or await answering.answer(incoming, b"")
        while self.more_body and len(self.body) <= answering.most_bytes:
            if self.disconnected:
                return None
            await self._more()
        if len(self.body) > answering.most_bytes:
            return answering.too_large(incoming)
        return await answering.answer(incoming, bytes(self.body))

    async def _more(self) -> None:
        """Let the client send, and wait until it did, or left."""
        if self._awaits_100:
            self._awaits_100 = False
            self._protocol.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.message_event.clear()
        self._protocol.flow.resume_reading()
        await self.message_event.wait()

    async def _write(self, reply: Reply) -> None:
        """At once, head and body; it waits while the client has not taken what was written before."""
        protocol = self._protocol
        if protocol.flow.write_paused and not self.disconnected:
            await protocol.flow.drain()
        if self.disconnected:
            return
        origin = self._graph.origins.known(self._incoming.headers.get(b"origin"))
        pieces = (
            STATUS_LINE[reply.status],
            _lines(tuple(protocol.server_state.default_headers)),
            _lines(crossing(reply.headers, origin)),
            b"".join([b"%s: %s\r\n" % pair for pair in reply.own]),
            b"x-request-id: %s\r\n" % self._incoming.request_id.encode(),
            b"" if reply.status == 304 else b"content-length: %d\r\n" % len(reply.body),
            b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n",
            reply.body,
        )
        protocol.transport.write(b"".join(pieces))
        self.response_complete = True
        if not self.keep_alive:
            protocol.transport.close()
        protocol.on_response_complete()


@lru_cache(maxsize=1024)
def _lines(headers: Headers) -> bytes:
    return b"".join(b"%s: %s\r\n" % pair for pair in headers)


def _length(header: tuple[bytes, bytes]) -> int:
    return len(header[0]) + len(header[1])
