"""Subscriptions over plain HTTP: one response that goes on, as server-sent events or as Apollo's multipart."""

import asyncio
from asyncio.transports import Transport
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope, Send

from gateway.execution.answers import encoded
from gateway.http.exchange import Headers
from gateway.live.counting import Counts
from gateway.live.cursors import Cursor
from gateway.live.messages import Closing
from gateway.live.protocol import keep_little
from gateway.live.rendered import Rendered, part
from gateway.live.subscribers import Subscriber

CONNECTION = "spilno.connection"  # the ASGI extension by which a stream finds the transport that it is written to
HEARTBEAT = 10.0  # seconds of silence after which a sign of life is sent: proxies close what is idle
SLOWEST = 30.0  # seconds that a client may leave what it is sent


@dataclass(frozen=True)
class Framing:
    """How updates are written. `opening` goes out at once: some clients see a stream only by its first byte."""

    name: str
    media: str
    opening: bytes
    sign_of_life: bytes
    closing: bytes

    def update(self, rendered: Rendered) -> bytes:
        return rendered.event if self is SSE else rendered.part

    def failure(self, errors: Sequence[dict[str, Any]]) -> bytes:
        """The last update: the subscription cannot begin or go on."""
        if self is SSE:
            return Rendered(0, encoded({"errors": errors})).event
        return part(encoded({"payload": None, "errors": errors}))


SSE = Framing(
    "sse", "text/event-stream; charset=utf-8", b"retry: 1000\n\n:\n\n", b":\n\n", b"event: complete\ndata:\n\n"
)
MULTIPART = Framing(
    "multipart",
    "multipart/mixed; boundary=graphql; subscriptionSpec=1.0",
    b"\r\n--graphql" + part(b"{}"),
    part(b"{}"),
    b"--\r\n",
)


class Stream:
    """One response with one subscription. What the client has not taken is not queued: the cursor waits."""

    def __init__(self, framing: Framing, counts: Counts, scope: Scope, receive: Receive, send: Send) -> None:
        self.framing, self._counts = framing, counts
        self._scope, self._receive, self._send = scope, receive, send
        self._awake = asyncio.Event()
        self._farewell: Closing | None = None
        self._failure: bytes | None = None
        self._is_gone = False

    def wake(self, cursor: Cursor) -> None:
        self._awake.set()

    def refuse(self, cursor: Cursor, errors: Sequence[dict[str, Any]]) -> None:
        self._failure = self.framing.failure(errors)
        self._awake.set()

    def end(self, farewell: Closing) -> None:
        """Let the client go: it comes back by itself, since the response was not brought to its end."""
        self._farewell = farewell
        self._awake.set()

    async def run(self, cursor: Cursor, subscriber: Subscriber, headers: Headers) -> None:
        """Returns when the client has left, or all is said."""
        leaving = asyncio.create_task(self._left())
        connection = self._connection()
        if connection is not None:
            keep_little(connection)
        try:
            await self._send({"type": "http.response.start", "status": 200, "headers": list(headers)})
            await self._write(self.framing.opening)
            if await self._told(cursor, subscriber):
                await self._finish()
            else:
                await self._break_off()
        except TimeoutError:
            self._counts.slow_closes += 1
            await self._break_off()
        finally:
            leaving.cancel()
            with suppress(asyncio.CancelledError):
                await leaving

    async def _told(self, cursor: Cursor, subscriber: Subscriber) -> bool:
        """Tell until there is a reason to stop; whether it is that all is said."""
        while not self._is_gone and self._farewell is None:
            if self._failure is not None:
                await self._write(self._failure)
                return True
            while subscriber.may_hear and (taken := cursor.take()):
                self._counts.frames += len(taken)
                await self._write(b"".join([self.framing.update(each) for each in taken]))
            if cursor.is_over:
                return True
            try:
                async with asyncio.timeout(HEARTBEAT):
                    await self._awake.wait()
            except TimeoutError:
                await self._write(self.framing.sign_of_life)
            self._awake.clear()
        return False

    async def _write(self, data: bytes) -> None:
        """Raises TimeoutError when the client leaves what it is sent."""
        async with asyncio.timeout(SLOWEST):
            await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def _finish(self) -> None:
        async with asyncio.timeout(SLOWEST):
            await self._send({"type": "http.response.body", "body": self.framing.closing, "more_body": False})

    async def _break_off(self) -> None:
        """Close the connection in the middle of the response: clients take a proper end for the end of the subscription."""
        connection = self._connection()
        if connection is None or self._is_gone:
            return  # a server that sees an application return too early does the same
        connection.close()
        while not self._is_gone:
            self._awake.clear()
            try:
                async with asyncio.timeout(SLOWEST):
                    await self._awake.wait()
            except TimeoutError:
                connection.abort()

    async def _left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._is_gone = True
        self._awake.set()

    def _connection(self) -> Transport | None:
        found: Transport | None = self._scope.get("extensions", {}).get(CONNECTION)
        return found
