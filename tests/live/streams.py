"""A client of subscriptions over plain HTTP, that reads bytes as they come."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.live.hall_graph import Place
from tests.live.halls import id_of
from tests.live.talking import HEARD

SSE = "text/event-stream"
MULTIPART = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json"


@dataclass
class Answer:
    """A response as it is read from the socket: its head, then chunks without their framing."""

    reader: asyncio.StreamReader
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_ended: bool = False  # properly, by a last chunk

    async def begin(self) -> None:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        self.status = int(head[0].split()[1])
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}

    async def more(self) -> bool:
        """Read the next chunk, or the whole; whether there was one."""
        if self.is_ended:
            return False
        if "content-length" in self.headers:
            self.body += await self.reader.readexactly(int(self.headers["content-length"]))
            self.is_ended = True
            return False
        try:
            size = int(await self.reader.readuntil(b"\r\n"), 16)
            self.body += (await self.reader.readexactly(size + 2))[:-2]
        except (asyncio.IncompleteReadError, ConnectionError):
            return False
        self.is_ended = size == 0
        return size > 0

    async def until(self, part: bytes) -> bytes:
        """Everything up to and with that, taken from what was read."""
        async with asyncio.timeout(5):
            while part not in self.body:
                assert await self.more() or part in self.body, self.body
        taken, _, self.body = self.body.partition(part)
        return taken + part

    async def rest(self) -> bytes:
        """What comes until the end of the connection."""
        async with asyncio.timeout(10):
            while await self.more():
                pass
        return self.body

    async def event(self) -> tuple[str, str, Any]:
        """The name, id and data of the next event; signs of life are passed over."""
        while True:
            block = (await self.until(b"\n\n")).decode()
            assert "\r" not in block
            lines = [line.partition(":") for line in block.splitlines() if line and not line.startswith(":")]
            fields = {name: value.removeprefix(" ") for name, _, value in lines}
            if "data" in fields:
                return fields["event"], fields.get("id", ""), orjson.loads(fields["data"]) if fields["data"] else None

    async def part(self) -> Any:
        """The next part of a multipart answer, an object."""
        block = await self.until(b"\r\n--graphql")
        head, _, body = block.removesuffix(b"\r\n--graphql").partition(b"\r\n\r\n")
        assert head.strip() == b"content-type: application/json"
        return orjson.loads(body)


@asynccontextmanager
async def asked(
    place: Place,
    query: str = HEARD,
    *,
    accept: str = SSE,
    method: str = "POST",
    body: bytes | None = None,
    **given: Any,
) -> AsyncIterator[Answer]:
    """A request; `headers` and `variables` are its own, the hall is the small one."""
    variables = {"hall": id_of()} | given.get("variables", {})
    payload = body if body is not None else orjson.dumps({"query": query, "variables": variables})
    headers = {"host": place.address, "accept": accept, "connection": "keep-alive", **given.get("headers", {})}
    path = given.get("path", "/graphql")
    if method == "POST":
        headers |= {"content-type": "application/json", "content-length": str(len(payload))}
    host, port = place.address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + (payload if method == "POST" else b""))
        answer = Answer(reader)
        await answer.begin()
        yield answer
    finally:
        writer.transport.abort()
