"""A viewer: a socket that speaks graphql-transport-ws, signed in, following one debate."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic_ns
from typing import Any
from zlib import crc32

import orjson

from bench.fanout.frames import CLOSE, PING, PONG, TEXT, WrongDelivery, client_frame, cut

OPERATION = "1"  # the same id for all: then all hear the same bytes
DOCUMENT = """
subscription LiveDebate($debateId: ID!, $after: Cursor) {
  debateEvents(debateId: $debateId, after: $after) {
    cursor
    event { __typename ... on CommentAdded { comment { id body createdAt author { id name } } } }
  }
}"""
PONGED = client_frame(TEXT, b'{"type":"pong"}')


@dataclass(frozen=True)
class Script:
    """What a viewer says, in this order, each after the server's answer."""

    handshake: bytes
    init: bytes
    subscribe: bytes


def script(port: int, token: str, debate_id: str, after: str | None, resume: str | None = None) -> Script:
    """`resume` is the last cursor of somebody who comes back: it takes precedence over `after`."""
    handshake = (
        "GET /graphql HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: graphql-transport-ws",
    )
    known = {"resume": {OPERATION: resume}} if resume else {}
    asked = {"query": DOCUMENT, "variables": {"debateId": debate_id, "after": after}}
    return Script(
        "\r\n".join((*handshake, "\r\n")).encode(),
        _said({"type": "connection_init", "payload": {"authorization": f"Bearer {token}", **known}}),
        _said({"type": "subscribe", "id": OPERATION, "payload": asked}),
    )


def _said(message: Mapping[str, Any]) -> bytes:
    return client_frame(TEXT, orjson.dumps(message))


class Viewer:
    """Connects when it is made. `heard` counts messages of the subscription, `checksum` is of all their bytes.

    Who `keeps_diary` notes each message with the moment of its arrival (`monotonic_ns`). `receive_buffer` is for viewers
    that stop reading: the smaller it is, the sooner the server notices.
    """

    __slots__ = (
        *("checksum", "diary", "heard", "is_subscribed", "keeps_diary", "kept", "receive", "script", "socket"),
        "_is_greeted",
    )

    def __init__(self, port: int, script: Script, *, diary: bool, receive_buffer: int | None = None) -> None:
        self.script, self.socket = script, socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(30)
        self.socket.connect(("127.0.0.1", port))  # the kernel answers at once: a window of newcomers fits the backlog
        self.socket.setblocking(False)
        self.receive = self.socket.recv_into
        self.heard = self.checksum = 0
        self.kept = b""
        self.keeps_diary = diary
        self.diary: list[tuple[int, bytes]] = []
        self._is_greeted = self.is_subscribed = False
        self.socket.send(script.handshake)

    def take(self, data: bytes) -> int:
        """Anything that comes; how many messages of the subscription it has. Raises WrongDelivery."""
        if not data:
            raise WrongDelivery("The server ended a socket.")
        self.kept += data
        if not self._is_greeted and not self._greeted():
            return 0
        frames, self.kept = cut(self.kept)
        before = self.heard
        for frame in frames:
            if frame.opcode == TEXT:
                self._hear(frame.whole, frame.payload)
            elif frame.opcode == PING:
                self.socket.send(client_frame(PONG, frame.payload))
            elif frame.opcode == CLOSE:
                raise WrongDelivery(f"The server closed a socket: {int.from_bytes(frame.payload[:2], 'big')}")
        return self.heard - before

    def _greeted(self) -> bool:
        head, ends, rest = self.kept.partition(b"\r\n\r\n")
        if not ends:
            return False
        if not head.startswith(b"HTTP/1.1 101 "):
            raise WrongDelivery(f"A handshake was refused: {self.kept[:300].decode(errors='replace')}")
        self._is_greeted, self.kept = True, rest
        self.socket.send(self.script.init)
        return True

    def _hear(self, whole: bytes, payload: bytes) -> None:
        if b'"type":"next"' in payload or b'"type": "next"' in payload:
            self.note(whole)
        elif b"connection_ack" in payload:
            self.socket.send(self.script.subscribe)
            self.is_subscribed = True
        elif orjson.loads(payload)["type"] == "ping":
            self.socket.send(PONGED)
        else:
            raise WrongDelivery(f"A viewer was told {payload[:300].decode(errors='replace')}")

    def note(self, whole: bytes | memoryview) -> None:
        """A message of the subscription."""
        self.checksum = crc32(whole, self.checksum)
        self.heard += 1
        if self.keeps_diary:
            self.diary.append((monotonic_ns(), bytes(whole)))
