"""A load client that costs little: HTTP/1.1 over raw sockets, keep-alive, every answer checked."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from time import perf_counter
from typing import Any, cast

import orjson

HEAD_ENDS = b"\r\n\r\n"
FEWEST = 3  # answers


class WrongAnswer(Exception):
    """The server did not answer, or not with 200 and without errors."""


@dataclass(frozen=True)
class Load:
    """What came of a stretch of time: seconds that each answer took, seconds in all, and the server's seconds of CPU."""

    latencies: list[float]
    seconds: float
    cpu_seconds: float | None


def http_request(body: bytes, token: str) -> bytes:
    """A POST of a JSON body to /graphql."""
    head = (
        "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Accept: application/graphql-response+json\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


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
            self._length = self._body_begins + _content_length(self._received[:end])
        if len(self._received) >= self._length:
            status, body = int(self._received[9:12]), bytes(self._received[self._body_begins : self._length])
            self._received.clear()
            self._length = 0
            following = self._on_answer(status, body)
            if following is not None:
                self.transport.write(following)


def _content_length(head: bytes | bytearray) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    raise WrongAnswer("An answer without Content-Length: this client reads no other.")


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


async def ask(port: int, token: str, query: str, variables: Mapping[str, Any]) -> Any:
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
    cpu_seconds: Callable[[], float | None],
) -> Load:
    """Ask without pause on all connections; what ends within `seconds` after the warm-up counts. Raises WrongAnswer.

    On a slow machine it takes longer than `seconds`: until there are answers enough to have a median.
    """
    failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    latencies: list[float] = []
    upcoming = cycle(requests)

    def connection() -> Connection:
        return Connection(_timed(upcoming, latencies, failed), lambda error: _fail(failed, error))

    async with _connected(port, connection, connections) as opened:
        for each in opened:
            each.data_received(_BEGIN)
        await _unless(failed, warm_up)
        latencies.clear()
        began, cpu_before = perf_counter(), cpu_seconds()
        await _unless(failed, seconds)
        while len(latencies) < FEWEST:
            await _unless(failed, 0.1)
        cpu_after, ended = cpu_seconds(), perf_counter()
        measured = list(latencies)
        failed.cancel()
    spent = None if cpu_before is None or cpu_after is None else cpu_after - cpu_before
    return Load(measured, ended - began, spent)


_BEGIN = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"  # an answer to nothing: it sets a connection off


def _timed(
    upcoming: Iterator[bytes], latencies: list[float], failed: "asyncio.Future[None]"
) -> Callable[[int, bytes], bytes | None]:
    sent: float | None = None

    def on_answer(status: int, body: bytes) -> bytes | None:
        nonlocal sent
        now = perf_counter()
        try:
            check(status, body)
        except WrongAnswer as wrong:
            _fail(failed, wrong)
            return None
        if sent is not None:
            latencies.append(now - sent)
        sent = perf_counter()
        return next(upcoming)

    return on_answer


def _fail(failed: "asyncio.Future[None]", error: Exception) -> None:
    if not failed.done():
        failed.set_exception(error)


async def _unless(failed: "asyncio.Future[None]", seconds: float) -> None:
    done, _ = await asyncio.wait({failed}, timeout=seconds)
    for each in done:
        each.result()
