"""The limit: a server that knows one message and sends its bytes to raw sockets. `PORT=... python -m bench.fanout.limit`.

No Python of ours could do with less: a `send` for each viewer and message, and nothing else. It greets, acknowledges
and subscribes as the protocol has it, so that the same client measures it; it understands nothing of what it is told,
and takes what arrives at once for a whole request or message.
"""

import os
import select
import socket
from datetime import UTC, datetime

import orjson

from bench.fanout.frames import server_frame

GREETING = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
ACKNOWLEDGED = server_frame(b'{"type":"connection_ack"}')


class Limit:
    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._epoll = select.epoll()
        self._epoll.register(listener, select.EPOLLIN)
        self.connections: dict[int, socket.socket] = {}
        self.viewers: dict[int, socket.socket] = {}
        self._place = 0

    def serve(self) -> None:
        """Until it is ended."""
        while True:
            self.turn(None)

    def turn(self, patience: float | None = 0) -> None:
        """What is asked now; waits so many seconds for it, for ever with None."""
        for descriptor, _ in self._epoll.poll(patience):
            if descriptor == self._listener.fileno():
                self._accept()
            else:
                self._hear(descriptor)

    def fileno(self) -> int:
        """Readable when there is something to do."""
        return self._epoll.fileno()

    def close(self) -> None:
        for connection in self.connections.values():
            connection.close()
        self._epoll.close()

    def tell(self, viewer: socket.socket, frame: bytes) -> None:
        """Waits when the client is not as fast: it is the limit of both."""
        viewer.sendall(frame)

    def _accept(self) -> None:
        accepted, _ = self._listener.accept()
        self.connections[accepted.fileno()] = accepted
        self._epoll.register(accepted, select.EPOLLIN)

    def _hear(self, descriptor: int) -> None:
        connection = self.connections[descriptor]
        try:
            told = connection.recv(1 << 16)
        except ConnectionResetError:
            told = b""
        if not told:
            self._forget(descriptor)
        elif told.startswith(b"GET /graphql"):
            connection.sendall(GREETING)
        elif told.startswith(b"GET /metrics"):
            connection.sendall(_answer(b"live_subscriptions %d\n" % len(self.viewers)))
        elif told.startswith(b"POST"):
            connection.sendall(self._answer(orjson.loads(told.partition(b"\r\n\r\n")[2])))
        elif b'"connection_init"' in told:
            connection.sendall(ACKNOWLEDGED)
        elif b'"subscribe"' in told:
            self.viewers[descriptor] = connection

    def _forget(self, descriptor: int) -> None:
        self.viewers.pop(descriptor, None)
        self.connections.pop(descriptor).close()

    def _answer(self, asked: dict[str, dict[str, dict[str, str]]]) -> bytes:
        if "variables" not in asked:
            return _answer(b'{"data":{"__typename":"Query"}}')
        frame = self._frame(asked["variables"]["input"]["body"])
        for viewer in self.viewers.values():
            self.tell(viewer, frame)
        return _answer(b'{"data":{"addComment":{"__typename":"CommentAdded"}}}')

    def _frame(self, body: str) -> bytes:
        self._place += 1
        comment = {
            "id": f"Comment_{self._place:032x}",
            "body": body,
            "createdAt": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
            "author": {"id": f"Person_{1:032x}", "name": "Мешканка 1"},
        }
        event = {"__typename": "CommentAdded", "comment": comment}
        data = {"debateEvents": {"cursor": f"limit.{self._place}", "event": event}}
        return server_frame(orjson.dumps({"id": "1", "type": "next", "payload": {"data": data}}))


def _answer(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=4096) as listening:
        Limit(listening).serve()
