"""uvicorn's WebSocket protocol, through which whole frames that are made already go straight to the transport.

All that is WebSocket stays uvicorn's: the handshake, parsing, pings, closing. What is relied on is in docs/decisions/0014.
"""

import socket
from asyncio.transports import BaseTransport
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from gateway.live.rendered import header

RAW = "spilno.raw"  # the ASGI extension by which a socket's application finds its protocol
DRAIN = "drain"  # under this name the application's lifespan hands over what lets all go
FULL, EMPTY = 32_768, 8_192  # bytes that wait for a client: above it is told nothing more, below it is again
KERNEL = (
    65_536  # bytes that the system keeps for a client; left alone it would take megabytes, and hide who does not read
)
LAST_WORD = 5.0  # seconds that a client has to take the close frame


def nothing() -> None:
    """What is called when nobody wants to know."""


class LiveProtocol(WebSocketsSansIOProtocol):
    """For `uvicorn.Config(ws=...)`. `on_paused` and `on_writable` are called when a client stops taking, and takes again."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.is_paused = False
        self.on_paused: Callable[[], None] = nothing
        self.on_writable: Callable[[], None] = nothing

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=FULL, low=EMPTY)
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.on_paused = self.on_writable = nothing  # whoever listened is let go of without waiting for the collector

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.handshake_initiated and not self.close_sent:
            self.scope["extensions"][RAW] = self  # type: ignore[assignment] # not data, but an object of this process

    def pause_writing(self) -> None:
        super().pause_writing()
        self.is_paused = True
        self.on_paused()

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
            super().shutdown()
        else:
            drain()
