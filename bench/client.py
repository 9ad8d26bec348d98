"""A load client that costs little: HTTP/1.1 over raw sockets, keep-alive, every answer checked."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from time import perf_counter
from typing import Any, cast

import orjson

from bench.processes import Spent

HEAD_ENDS = b"\r\n\r\n"
CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
FEWEST = 3  # answers on each connection


class WrongAnswer(Exception):
    """The server did not answer, or not with 200 and without errors."""


@dataclass(frozen=True)
class Load:
    """What came of a stretch of time: seconds that each answer took, seconds in all, and the seconds of CPU spent."""

    latencies: list[float]
    seconds: float
    spent: Spent

    @classmethod
    def together(cls, one: "Load", other: "Load") -> "Load":
        return cls(one.latencies + other.latencies, one.seconds + other.seconds, one.spent + other.spent)


def http_request(body: bytes, token: str | None) -> bytes:
    """A POST of a JSON body to /graphql, signed in where there is a token."""
    lines = (
        "POST /graphql HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        "Accept: application/graphql-response+json, application/json",
        *([f"Authorization: Bearer {token}"] if token else []),
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join(lines).encode() + HEAD_ENDS + body


class Connection(asyncio.Protocol):
    """One keep-alive connection, one request at a time. `on_answer(status, body)` says what to send next, if anything."""

    def __init__(self, on_answer: Callable[[int, bytes], bytes | None], on_end: Callable[[Exception], None]) -> None:
        self._on_answer, self._on_end = on_answer, on_end
        self._received = bytearray()
        self._length = 0  # of the whole answer; 0 until its head is there

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's own has the same methods, no common class

    def connection_lost(self, exc: Exception | None) -> None:
        self._on_end(exc or WrongAnswer("The server closed a connection."))

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._length:
            end = self._received.find(HEAD_ENDS)
            if end < 0:
                return
            self._body_begins = end + len(HEAD_ENDS)
            self._length = self._body_begins + _content_length(self._received, self._body_begins)
        if len(self._received) >= self._length:
            status, body = int(self._received[9:12]), bytes(self._received[self._body_begins : self._length])
            self._received.clear()
            self._length = 0
            following = self._on_answer(status, body)
            if following is not None:
                self.transport.write(following)


def _content_length(received: bytearray, body_begins: int) -> int:
    found = CONTENT_LENGTH.search(received, 0, body_begins)
    if found is None:
        raise WrongAnswer("An answer without Content-Length: this client reads no other.")
    return int(found[1])


def check(status: int, body: bytes) -> None:
    """Raises WrongAnswer. A quotation mark within a JSON text is escaped: what is found here is a key."""
    if status != 200 or b'"errors":' in body:
        raise WrongAnswer(f"HTTP {status}: {body[:500].decode(errors='replace')}")


@asynccontextmanager
async def _connected(port: int, make: Callable[[], Connection], count: int) -> AsyncIterator[list[Connection]]:
    loop = asyncio.get_running_loop()
    opened = [(await loop.create_connection(make, "127.0.0.1", port))[1] for _ in range(count)]
    try:
        yield opened
    finally:
        for connection in opened:
            connection.transport.abort()


async def fetch(port: int, request: bytes) -> tuple[int, bytes]:
    """Status and body of one answer."""
    answer: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()

    def on_answer(status: int, body: bytes) -> None:
        answer.set_result((status, body))

    def on_end(error: Exception) -> None:
        if not answer.done():
            answer.set_exception(error)

    async with _connected(port, lambda: Connection(on_answer, on_end), 1) as (connection,):
        connection.transport.write(request)
        return await asyncio.wait_for(answer, 30)


async def ask(port: int, token: str | None, query: str, variables: Mapping[str, Any]) -> Any:
    """The `data` of one answer. Raises WrongAnswer."""
    status, body = await fetch(port, http_request(orjson.dumps({"query": query, "variables": variables}), token))
    check(status, body)
    return orjson.loads(body)["data"]


async def load(
    port: int,
    requests: Sequence[bytes],
    *,
    connections: int,
    warm_up: float,
    seconds: float,
    spent: Callable[[], Spent],
) -> Load:
    """Ask without pause on all connections; what ends within `seconds` after the warm-up counts. Raises WrongAnswer.

    On a slow machine it takes longer than `seconds`: until there are answers enough to tell. It returns when the server
    has answered all that it was asked, so that whoever is measured next has the machine for themselves.
    """
    asking = Asking(requests, connections)
    async with _connected(port, asking.connection, connections) as opened:
        for each in opened:
            each.data_received(_BEGIN)
        await asking.go_on(warm_up)
        asking.latencies.clear()
        began, before = perf_counter(), spent()
        await asking.go_on(seconds)
        while len(asking.latencies) < FEWEST * connections:
            await asking.go_on(0.1)
        ended, after, measured = perf_counter(), spent(), list(asking.latencies)
        await asking.end()
    return Load(measured, ended - began, after - before)


_BEGIN = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"  # an answer to nothing: it sets a connection off


class Asking:
    """Connections that ask, each one request after the other, until they are told to end."""

    def __init__(self, requests: Sequence[bytes], connections: int) -> None:
        self.latencies: list[float] = []
        self._upcoming = cycle(requests)
        self._busy = connections
        self._ending = False
        # Ends with the error of the first wrong answer, or with nothing when all is answered.
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection(self) -> Connection:
        sent: float | None = None
        resting = False

        def on_answer(status: int, body: bytes) -> bytes | None:
            nonlocal sent, resting
            now = perf_counter()
            try:
                check(status, body)
            except WrongAnswer as wrong:
                self._fail(wrong)
                return None
            if sent is not None:
                self.latencies.append(now - sent)
            if self._ending:
                resting = True
                self._rest()
                return None
            sent = perf_counter()
            return next(self._upcoming)

        def on_end(error: Exception) -> None:
            if not resting:  # while others wait for their last answer, a server may close what rests
                self._fail(error)

        return Connection(on_answer, on_end)

    async def go_on(self, seconds: float) -> None:
        """Raises WrongAnswer."""
        done, _ = await asyncio.wait({self._over}, timeout=seconds)
        for each in done:
            each.result()

    async def end(self) -> None:
        """Ask nothing more, and wait for what was asked. Raises WrongAnswer."""
        self._ending = True
        await self._over

    def _rest(self) -> None:
        self._busy -= 1
        if not self._busy and not self._over.done():
            self._over.set_result(None)

    def _fail(self, error: Exception) -> None:
        if not self._over.done():
            self._over.set_exception(error)
