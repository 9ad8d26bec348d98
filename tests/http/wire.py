"""HTTP/1.1 by hand, byte for byte."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson

POST = "POST /graphql HTTP/1.1\r\nhost: spilno.example\r\ncontent-type: application/json\r\n"
NAME = b'{"query": "{ name }"}'
NAMED = {"data": {"name": "thing"}}


@dataclass(frozen=True)
class Response:
    """`headers` are lines in the order in which they came; `head` is by names, for those that come once."""

    status: int
    headers: list[str]
    body: bytes

    @property
    def head(self) -> dict[str, str]:
        return dict(line.split(": ", 1) for line in self.headers)

    def json(self) -> Any:
        return orjson.loads(self.body)


class Wire:
    """One connection. Everything waits ten seconds at most."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, *parts: str | bytes) -> None:
        self.writer.write(b"".join(part.encode() if isinstance(part, str) else part for part in parts))

    def post(self, body: bytes = NAME, *headers: str) -> None:
        """A whole request to the graph."""
        self.send(POST, *(f"{line}\r\n" for line in headers), f"content-length: {len(body)}\r\n\r\n", body)

    async def response(self, *, of: str = "POST") -> Response:
        async with asyncio.timeout(10):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            status, headers = int(head[0].split()[1]), head[1:-2]
            lengths = [int(line.split(": ")[1]) for line in headers if line.startswith("content-length: ")]
            bodiless = of == "HEAD" or status in (100, 304)
            body = b"" if bodiless else await self.reader.readexactly(lengths[0])
        return Response(status, headers, body)

    async def is_closed(self) -> bool:
        """Waits for the server to close, and looks that nothing more came."""
        async with asyncio.timeout(10):
            return await self.reader.read() == b""


@asynccontextmanager
async def wire(address: str) -> AsyncIterator[Wire]:
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield Wire(reader, writer)
    finally:
        writer.transport.abort()
