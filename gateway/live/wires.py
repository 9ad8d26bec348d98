"""Two ways for messages to reach the client of a WebSocket: as raw frames, or through any ASGI server."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.live.counting import Counts
from gateway.live.cursors import Cursor
from gateway.live.messages import Closing, complete
from gateway.live.protocol import RAW, LiveProtocol
from gateway.live.subscribers import Subscriber

SLOWEST = 30.0  # seconds that a client may leave what it is sent
LAST_WORD = 5.0  # seconds that a client has to take the close frame: it may have stopped reading


class Wire(Protocol):
    def wake(self, cursor: Cursor) -> None:
        """Send what the cursor has, as far as the client takes it."""

    def say_soon(self, text: str) -> None:
        """Send a message without waiting."""

    async def say(self, text: str) -> None:
        """Send a message when the client has taken what was sent before. Raises WebSocketDisconnect."""

    def start(self) -> Sequence[asyncio.Task[None]]:
        """What runs beside the conversation until it is cancelled."""

    async def hang_up(self, farewell: Closing) -> None:
        """Close the socket; the client has some seconds to take it."""


class RawWire:
    """Frames that were made once go straight to the transport, in the turn of the loop in which they were made."""

    def __init__(self, protocol: LiveProtocol, subscriber: Subscriber, counts: Counts) -> None:
        self._protocol, self._subscriber, self._counts = protocol, subscriber, counts
        self._patience: asyncio.TimerHandle | None = None
        protocol.on_stopped, protocol.on_writable = self._stopped, self._writable

    def wake(self, cursor: Cursor) -> None:
        protocol, label = self._protocol, cursor.label
        while not protocol.is_paused and cursor.has_more and (taken := cursor.take()):
            frames = taken[0].frame(label) if len(taken) == 1 else b"".join([each.frame(label) for each in taken])
            self._counts.frames += len(taken)
            protocol.raw(frames)
        if cursor.is_over:
            self._subscriber.stop(cursor)
            self.say_soon(complete(cursor.id))
        elif not (protocol.is_paused or cursor.has_more):
            self._subscriber.grant(cursor, protocol.transport.write)

    def say_soon(self, text: str) -> None:
        self._protocol.say(text.encode())

    async def say(self, text: str) -> None:
        protocol = self._protocol
        if protocol.is_paused:
            await protocol.writable.wait()
        if protocol.disconnected or protocol.close_sent:
            raise WebSocketDisconnect(1006)
        protocol.say(text.encode())

    def start(self) -> Sequence[asyncio.Task[None]]:
        return ()

    async def hang_up(self, farewell: Closing) -> None:
        self._protocol.hang_up(farewell.code, farewell.shortened)

    def close(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _stopped(self) -> None:
        self._subscriber.take_back()
        if self._patience is None:
            self._patience = asyncio.get_running_loop().call_later(SLOWEST, self._subscriber.too_slow)

    def _writable(self) -> None:
        self.close()
        for cursor in list(self._subscriber.cursors.values()):
            self._subscriber.wake(cursor)


class AsgiWire:
    """A task of its own sends what cursors have, one message at a time: the server says when the client takes no more."""

    def __init__(self, websocket: WebSocket, subscriber: Subscriber, counts: Counts) -> None:
        self._websocket, self._subscriber, self._counts = websocket, subscriber, counts
        self._awake = asyncio.Event()
        self._pending: deque[str] = deque()

    def wake(self, cursor: Cursor) -> None:
        self._awake.set()

    def say_soon(self, text: str) -> None:
        self._pending.append(text)
        self._awake.set()

    async def say(self, text: str) -> None:
        try:
            await self._websocket.send_text(text)
        except RuntimeError:  # what servers say of a socket that is being closed
            raise WebSocketDisconnect(1006) from None

    def start(self) -> Sequence[asyncio.Task[None]]:
        return (asyncio.create_task(self._run()),)

    async def _run(self) -> None:
        with suppress(WebSocketDisconnect):
            try:
                while True:
                    await self._awake.wait()
                    self._awake.clear()
                    await self._drain()
            except TimeoutError:
                self._subscriber.too_slow()

    async def hang_up(self, farewell: Closing) -> None:
        with suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
            async with asyncio.timeout(LAST_WORD):
                await self._websocket.close(farewell.code, farewell.shortened)

    def close(self) -> None:
        """Nothing is left to end."""

    async def _drain(self) -> None:
        for cursor in list(self._subscriber.cursors.values()):
            while self._subscriber.may_hear and (taken := cursor.take(1)):  # one: who it is may change while it is sent
                for each in taken:
                    await self._send(each.message(cursor.label))
                    self._counts.frames += 1
            if cursor.is_over:
                self._subscriber.stop(cursor)
                self._pending.append(complete(cursor.id))
        while self._pending:
            await self._send(self._pending.popleft())

    async def _send(self, text: str) -> None:
        """Raises TimeoutError when the client leaves what it is sent."""
        async with asyncio.timeout(SLOWEST):
            await self.say(text)


def wire(websocket: WebSocket, subscriber: Subscriber, counts: Counts) -> RawWire | AsgiWire:
    """The best there is: raw frames where our own protocol class serves."""
    protocol = websocket.scope.get("extensions", {}).get(RAW)
    if isinstance(protocol, LiveProtocol):
        return RawWire(protocol, subscriber, counts)
    return AsgiWire(websocket, subscriber, counts)
