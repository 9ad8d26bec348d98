"""Pages that follow a debate, by a socket or by server-sent events, and go on from their last cursor when it breaks off."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

UPDATES = """subscription($debateId: ID!, $after: Cursor) {
  debateEvents(debateId: $debateId, after: $after) { cursor resync event { ... on CommentAdded { comment { body } } } }
}"""


def socket(url: str, origin: str | None = None, **settings: Any) -> connect:
    """A socket that speaks the protocol of graphql-ws, at the address of a graph."""
    protocols, page = [Subprotocol("graphql-transport-ws")], Origin(origin) if origin else None
    return connect(url.replace("http", "ws", 1), subprotocols=protocols, proxy=None, origin=page, **settings)


async def subscribe(client: ClientConnection, debate: str, after: str) -> None:
    await client.send(json.dumps({"type": "connection_init"}))
    assert json.loads(await client.recv()) == {"type": "connection_ack"}
    asked = {"query": UPDATES, "variables": {"debateId": debate, "after": after}}
    await client.send(json.dumps({"type": "subscribe", "id": "1", "payload": asked}))


async def update(client: ClientConnection) -> Any:
    """The next one."""
    told = json.loads(await client.recv())
    assert told["type"] == "next", told
    assert "errors" not in told["payload"], told
    return told["payload"]["data"]["debateEvents"]


@dataclass
class Watcher:
    """By a socket."""

    url: str
    debate: str
    cursor: str
    comments: list[str] = field(default_factory=list)
    farewells: list[int | None] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self) -> None:
        """For ever. `connect` tries again when a handshake fails, and waits a random while before."""
        async for client in socket(self.url):
            with suppress(ConnectionClosed):
                await subscribe(client, self.debate, self.cursor)
                while True:
                    self._note(await update(client))
            self.farewells.append(client.close_code)

    def _note(self, told: Any) -> None:
        assert told["resync"] is None
        self.cursor = told["cursor"]
        self.comments.append(told["event"]["comment"]["body"])
        self.heard.set()

    async def until(self, body: str) -> None:
        while body not in self.comments:
            self.heard.clear()
            await self.heard.wait()


class Reader(Watcher):
    """By server-sent events. A stream that breaks off is asked for again, as a browser does it."""

    async def watch(self) -> None:
        async with httpx2.AsyncClient(timeout=None) as client:
            while True:
                with suppress(httpx2.TransportError):
                    async with stream(client, self.url, self.debate, self.cursor) as answer:
                        async for line in answer.aiter_lines():
                            if line.startswith("data: {"):
                                self._note(json.loads(line.removeprefix("data: "))["data"]["debateEvents"])
                        raise AssertionError(f"the stream came to a proper end, with status {answer.status_code}")
                self.farewells.append(None)


def stream(
    client: httpx2.AsyncClient, url: str, debate: str, cursor: str, accept: str = "text/event-stream"
) -> AbstractAsyncContextManager[httpx2.Response]:
    asked = {"query": UPDATES, "variables": json.dumps({"debateId": debate})}
    return client.stream("GET", url, params=asked, headers={"accept": accept, "last-event-id": cursor})


@asynccontextmanager
async def watching(url: str, debate: str, cursor: str, *kinds: type[Watcher]) -> AsyncIterator[list[Watcher]]:
    """One of each, from that cursor on. One that fails ends the block."""
    async with asyncio.TaskGroup() as group:
        watchers = [kind(url, debate, cursor) for kind in kinds]
        tasks = [group.create_task(watcher.watch()) for watcher in watchers]
        yield watchers
        for task in tasks:
            task.cancel()
