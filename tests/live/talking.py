"""A client of graphql-transport-ws that says what a test wants, right or wrong."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from tests.live.hall_graph import Place
from tests.live.halls import id_of

HEARD = "subscription ($hall: ID!, $after: Cursor) { heard(hallId: $hall, after: $after) { event { __typename ... on Said { words } } resync } }"
SMALL = {"hall": id_of("small")}
NEVER = "{ never }"


@dataclass(frozen=True)
class Talk:
    """A client that says what a test wants, right or wrong."""

    client: ClientConnection

    async def send(self, type: str, id: str | None = None, payload: Any = None) -> None:
        fields = {"type": type, "id": id, "payload": payload}
        await self.client.send(json.dumps({name: value for name, value in fields.items() if value is not None}))

    async def subscribe(self, query: str, id: str = "1", **payload: Any) -> None:
        await self.send("subscribe", id, {"query": query, **payload})

    async def next(self) -> Any:
        async with asyncio.timeout(5):
            text = await self.client.recv()
        assert isinstance(text, str)  # text frames: browsers read them without a detour
        return json.loads(text)

    async def ask(self, query: str, id: str = "1", **payload: Any) -> Any:
        """The data of a query or mutation."""
        await self.subscribe(query, id, **payload)
        answer = await self.next()
        assert answer["type"] == "next", answer
        assert await self.next() == {"type": "complete", "id": id}
        return answer["payload"]["data"]

    async def ends(self) -> tuple[int | None, str | None] | None:
        """How the socket is closed; None for another message that came before."""
        try:
            async with asyncio.timeout(5):
                await self.client.recv()
        except ConnectionClosed:
            return self.client.close_code, self.client.close_reason
        return None

    async def farewell(self) -> tuple[int | None, str | None]:
        """How the server closes the socket, when it has nothing more to say."""
        async with asyncio.timeout(5):
            with pytest.raises(ConnectionClosed):
                raise AssertionError(await self.client.recv())
        return self.client.close_code, self.client.close_reason


@asynccontextmanager
async def connected(
    place: Place, *protocols: str, headers: dict[str, str] | None = None, origin: str | None = None
) -> AsyncIterator[Talk]:
    offered = [Subprotocol(name) for name in protocols or ("graphql-transport-ws",)]
    settings: dict[str, Any] = {"proxy": None, "additional_headers": headers, "origin": cast(Origin, origin)}
    async with connect(place.url, subprotocols=offered, **settings) as client:
        yield Talk(client)


@asynccontextmanager
async def talking(place: Place, parameters: Any = None, **handshake: Any) -> AsyncIterator[Talk]:
    """Connected and acknowledged."""
    async with connected(place, **handshake) as talk:
        await talk.send("connection_init", payload=parameters)
        assert await talk.next() == {"type": "connection_ack"}
        yield talk


def words(message: Any) -> Any:
    """What was said, in a `next` of HEARD."""
    return message["payload"]["data"]["heard"]["event"]["words"]
