"""What stands in for a gateway where a test has to see what nginx sends to one, or what it does with an odd answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
FULL = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes
    connection: int  # of those that were opened, from 1


@dataclass
class StandIn:
    address: str = ""
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0


def says(answer: bytes) -> Answer:
    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    return write


async def hangs_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


@asynccontextmanager
async def stand_in(answer: Answer, port: int = 0) -> AsyncIterator[StandIn]:
    """Listens on that port or one of its own, and answers every request in the same way."""
    stands, writers = StandIn(), set[asyncio.StreamWriter]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stands.connections += 1
        number = stands.connections
        writers.add(writer)
        try:
            while not writer.is_closing():
                stands.seen.append(await _request(reader, number))
                await answer(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the other side has left
        finally:
            writers.discard(writer)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    stands.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield stands
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()


async def _request(reader: asyncio.StreamReader, connection: int) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *fields = head.strip().split("\r\n")
    headers: dict[str, str] = {}
    for name, _, value in (each.partition(": ") for each in fields):
        headers[name.lower()] = f"{headers[name.lower()]}, {value}" if name.lower() in headers else value
    return Seen(line, headers, await reader.readexactly(int(headers.get("content-length", 0))), connection)
