"""uvicorn's WebSocket protocol, through which whole frames that are made already go straight to the transport.

All that is WebSocket stays uvicorn's: the handshake, parsing, pings, closing. What is relied on is in docs/decisions/0014.
"""

import logging
import socket
from asyncio.transports import BaseTransport, Transport
from collections.abc import Callable
from copy import copy
from functools import lru_cache
from typing import Any, cast

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.utils import get_remote_addr, is_ssl
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import Protocol

from gateway.live.rendered import header

RAW = "spilno.raw"  # the ASGI extension by which a socket's application finds its protocol
DRAIN = "drain"  # under this name the application's lifespan hands over what lets all go
SOCKET = "socket"  # and under this one the path and the application of sockets
FULL, EMPTY = 32_768, 8_192  # bytes that wait for a client: above it is told nothing more, below it is again
KERNEL = 65_536  # bytes that the system keeps for a client
QUIET = logging.getLogger("spilno.websocket")
QUIET.setLevel(logging.WARNING)
LAST_WORD = 5.0  # seconds that a client has to take the close frame


def nothing() -> None:
    """What is called when nobody wants to know."""


class LiveProtocol(WebSocketsSansIOProtocol):
    """For `uvicorn.Config(ws=...)`. `on_stopped` is called when nothing more may be written for now, because the client does not
    take it or the socket is closing; `on_writable` when the client takes again.

    Sockets of the graph go straight to its application, past the middlewares of the whole.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.logger = self.conn.logger = QUIET  # two lines for each client cost a fifth of its coming
        self.is_paused = False
        self.on_stopped: Callable[[], None] = nothing
        self.on_writable: Callable[[], None] = nothing

    def connection_made(self, transport: BaseTransport) -> None:
        """What uvicorn does, but for our own address, which nobody here asks for and the system is slow to tell."""
        self.connections.add(self)
        transport = cast(Transport, transport)
        self.transport, self.client = transport, get_remote_addr(transport)
        self.scheme = "wss" if is_ssl(transport) else "ws"
        transport.set_write_buffer_limits(high=FULL, low=EMPTY)
        keep_little(transport)

    def take_over(self, request: Request) -> None:
        """Go on from where a request to upgrade has been parsed already. Writing it out again, and parsing that, would cost a
        twelfth of a client's coming."""
        self.conn.parser = Protocol.parse(self.conn)  # frames come next
        next(self.conn.parser)
        self.handle_connect(request)

    def connection_lost(self, exc: Exception | None) -> None:
        self.on_stopped()
        super().connection_lost(exc)
        self.on_stopped = self.on_writable = nothing  # whoever listened is let go of without waiting for the collector

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.handshake_initiated and not self.close_sent:
            self.scope["extensions"][RAW] = self  # type: ignore[assignment] # not data, but an object of this process
            del self.request  # its headers are in the scope
            path, socket_app = self.app_state.get(SOCKET, ("", None))
            if self.scope["path"] == path:
                self.app = _behind_proxies(self.app, socket_app)

    async def send(self, message: Any) -> None:
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True  # by a refusal: uvicorn would log an error for each

    def handle_close(self, event: Frame) -> None:
        self.on_stopped()
        super().handle_close(event)

    def handle_parser_exception(self) -> None:
        self.on_stopped()
        super().handle_parser_exception()

    def keepalive_timeout(self) -> None:
        self.on_stopped()
        super().keepalive_timeout()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.is_paused = True
        self.on_stopped()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.is_paused = False
        self.on_writable()

    def raw(self, frames: bytes) -> None:
        """Send whole frames as they are; nothing, when the socket is closed or being closed."""
        if not (self.close_sent or self.disconnected):
            self.transport.write(frames)

    def say(self, text: bytes) -> None:
        self.raw(header(len(text)) + text)

    def hang_up(self, code: int, reason: str) -> None:
        """Close the socket, whether its client reads or not: one that does not take the close frame is cut off."""
        if self.close_sent or self.disconnected:
            return
        self.on_stopped()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(LAST_WORD, self.transport.abort)

    def shutdown(self) -> None:
        """uvicorn is about to end. Who drains lets the clients go by and by; without one all go now."""
        drain: Callable[[], None] | None = self.app_state.get(DRAIN)
        if drain is None or not self.handshake_complete or self.close_sent:
            self.on_stopped()
            super().shutdown()
        else:
            drain()


def keep_little(transport: Transport) -> None:
    """Let the system keep little for a live client: left alone it would take megabytes, and hide who does not read."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL)


@lru_cache(maxsize=8)
def _behind_proxies(app: Any, socket_app: Any) -> Any:
    """The socket's application, told of its clients by trusted proxies as the whole application is."""
    if not isinstance(app, ProxyHeadersMiddleware):
        return socket_app
    wrapped = copy(app)
    wrapped.app = socket_app
    return wrapped
