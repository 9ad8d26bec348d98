"""HTTP beside the crowd, in the same loop: one request at a time on a keep-alive connection."""

import re
import socket
from collections.abc import Callable
from time import monotonic

from bench.client import Connection, WrongAnswer, check
from bench.fanout.crowd import Crowd

Answered = Callable[[int, bytes], None]
METRICS = b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
PATIENCE = 60.0  # seconds: a server that is flooded answers late
FRESH = 2.0  # seconds that a connection may rest and be used again: servers close them after five or so
BETWEEN = 0.02  # seconds between two looks at how many have subscribed


class Line:
    """A connection. `is_busy` until its answer is there."""

    def __init__(self, crowd: Crowd, port: int) -> None:
        self.is_busy = False
        self._crowd, self._port = crowd, port
        self._open()

    def ask(self, request: bytes, then: Answered) -> None:
        if monotonic() - self._rested > FRESH:
            self._open_again()
        self.is_busy, self._then = True, then
        if self._socket.send(request) != len(request):
            raise WrongAnswer("The server does not take a request.")

    def close(self) -> None:
        self._socket.close()

    def _open(self) -> None:
        self._rested = monotonic()
        self._socket = socket.create_connection(("127.0.0.1", self._port), PATIENCE)
        self._socket.setblocking(False)
        self._connection = Connection(self._answered, self._lost)
        self._crowd.attend(self._socket.fileno(), self._read)

    def _open_again(self) -> None:
        self._socket.close()
        self._open()

    def _read(self) -> None:
        data = self._received()
        if data:
            self._connection.data_received(data)
        elif self.is_busy:
            self._lost(WrongAnswer("The server closed a connection that it was to answer on."))
        else:
            self._open_again()

    def _received(self) -> bytes:
        """Nothing when the server has closed it."""
        try:
            return self._socket.recv(1 << 16)
        except ConnectionResetError:
            return b""

    def _answered(self, status: int, body: bytes) -> None:
        self.is_busy, self._rested = False, monotonic()
        self._then(status, body)

    def _lost(self, error: Exception) -> None:
        raise error


def metric(crowd: Crowd, line: Line, name: str) -> int:
    """What /metrics tells under this name, whatever stands before it. Raises WrongAnswer."""
    told: list[bytes] = []

    def take(status: int, body: bytes) -> None:
        check(status, body)
        told.append(body)

    line.ask(METRICS, take)
    crowd.run(lambda: bool(told), PATIENCE)
    found = re.search(rf"^\w*{name} ([0-9.e+]+)", told[0].decode(), re.MULTILINE) if told else None
    if found is None:
        raise WrongAnswer(f"/metrics does not tell {name}.")
    return int(float(found[1]))


def until_subscribed(crowd: Crowd, line: Line, count: int) -> None:
    """Returns when the server has so many subscriptions: what is published from now on reaches them all."""
    deadline = monotonic() + PATIENCE
    while (found := metric(crowd, line, "live_subscriptions")) != count:
        if monotonic() > deadline:
            raise WrongAnswer(f"The server has {found} subscriptions, not {count}.")
        crowd.rest(BETWEEN)
