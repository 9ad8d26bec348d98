"""Clients of graphql-transport-ws that follow debates and tallies, wherever they find a server, and write down what they hear."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from time import time
from typing import Any, Literal

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from tests.live.faults.history import LEFT, Heard, Stream, TallyStream
from tests.live.faults.messages import BRIEF, FULL, TALLY, parsed
from tests.live.faults.town import Debate, Session, Town

ENDED = 4403
HANDSHAKE, FAREWELL = 3.0, 0.5  # seconds


class Refused(Exception):
    """The server does not begin, or ends, an operation; connecting anew may help."""


@dataclass(frozen=True)
class Guest:
    """Whom a follower is, and what it asks. One that `resumes` tells its cursors in `connection_init`, and subscribes as it
    did the first time; another subscribes after its newest cursors. A mortal one leaves when its session has ended."""

    name: str
    debates: tuple[Debate, ...]
    polls: tuple[str, ...] = ()
    session: Session | None = None
    document: Literal["full", "brief"] = "full"
    resumes: bool = False
    starts_after: Mapping[str, str] = field(default_factory=dict)  # cursors by topic
    is_mortal: bool = False


class Follower:
    """`heads` is how far it has come, by topic."""

    def __init__(self, guest: Guest, town: Town, dice: Random) -> None:
        self.guest, self._town, self._dice = guest, town, dice
        self.heads: dict[str, int] = {}
        self._cursors = dict(guest.starts_after)
        self._client: ClientConnection | None = None
        self._code: int | None = None  # how the last connection was closed
        self._streams: dict[str, Stream] = {}
        self._tallies: dict[str, TallyStream] = {}

    async def follow(self) -> None:
        """For ever, with a new connection when one is lost; a mortal follower until it is told that its session ended."""
        while not (self.guest.is_mortal and self._code == ENDED):
            with suppress(OSError, TimeoutError, WebSocketException, Refused):
                async with self._connected(self._dice.randrange(len(self._town.servers))) as client:
                    async for text in client:
                        self._take(str(text))
            await asyncio.sleep(self._dice.uniform(0.05, 0.3))

    def drop(self) -> None:
        """Vanish: the server is not told."""
        if self._client is not None:
            self._client.transport.abort()

    @asynccontextmanager
    async def _connected(self, server: int) -> AsyncIterator[ClientConnection]:
        """A connection on which everything is subscribed."""
        address = f"ws://{self._town.servers[server].address}/graphql"
        settings: dict[str, Any] = {
            "subprotocols": [Subprotocol("graphql-transport-ws")],
            "proxy": None,
            "open_timeout": HANDSHAKE,
            "close_timeout": FAREWELL,
            "ping_interval": None,
        }
        async with connect(address, **settings) as client:
            self._client, farewell = client, ""
            try:
                await self._introduce(client)
                await self._subscribe(client, server)
                yield client
            except asyncio.CancelledError:
                farewell = LEFT
                raise
            except Refused as refusal:
                farewell = f"refused: {refusal}"
                raise
            finally:
                self._code = client.close_code
                self._part(farewell or f"{client.close_code} {client.close_reason}")

    async def _introduce(self, client: ClientConnection) -> None:
        payload: dict[str, Any] = {}
        if self.guest.session is not None:
            payload["authorization"] = f"Bearer {self.guest.session.token}"
        if self.guest.resumes:
            payload["resume"] = {debate.name: self._cursors[debate.topic] for debate in self._known()}
        await client.send(json.dumps({"type": "connection_init", "payload": payload}))
        async with asyncio.timeout(HANDSHAKE):
            answer = json.loads(await client.recv())
        if answer["type"] != "connection_ack":
            raise Refused(answer)

    def _known(self) -> list[Debate]:
        return [debate for debate in self.guest.debates if debate.topic in self._cursors]

    async def _subscribe(self, client: ClientConnection, server: int) -> None:
        document = FULL if self.guest.document == "full" else BRIEF
        connection = next(self._town.connections)
        for debate in self.guest.debates:
            after = (self.guest.starts_after if self.guest.resumes else self._cursors).get(debate.topic)
            self._streams[debate.name] = stream = self._stream(debate, connection, server)
            self._town.history.streams.append(stream)
            await _ask(client, debate.name, document, {"debateId": debate.id, "after": after})
        for poll in self.guest.polls:
            self._tallies[poll] = TallyStream(self.guest.name, poll)
            self._town.history.tallies.append(self._tallies[poll])
            await _ask(client, poll, TALLY, {"pollId": poll})

    def _stream(self, debate: Debate, connection: int, server: int) -> Stream:
        session, cursor = self.guest.session, self._cursors.get(debate.topic)
        return Stream(
            follower=self.guest.name,
            connection=connection,
            server=server,
            topic=debate.topic,
            document=self.guest.document,
            scope=session.scope if session else "public",
            session=session.name if session else None,
            after=int(cursor.rsplit(".")[-1]) if cursor else None,
            began=time(),
        )

    def _take(self, text: str) -> None:
        at = time()
        envelope, payload = parsed(text)
        if envelope["type"] != "next":
            raise Refused(text)
        name = envelope["id"]
        if name in self._tallies:
            tally = json.loads(payload)["data"]["pollTally"]
            self._tallies[name].heard.append((tally["version"], tally["total"]))
            return
        stream = self._streams[name]
        told = self._town.understand(payload)
        stream.oddities += told.oddities
        if told.update is not None:
            stream.heard.append(Heard(at, told.update))
            self._cursors[stream.topic] = told.cursor
            self.heads[stream.topic] = told.update.seq

    def _part(self, farewell: str) -> None:
        for stream in self._streams.values():
            stream.ended, stream.farewell = time(), farewell
        self._client = None
        self._streams, self._tallies = {}, {}


async def _ask(client: ClientConnection, name: str, query: str, variables: Mapping[str, object]) -> None:
    await client.send(
        json.dumps({"id": name, "type": "subscribe", "payload": {"query": query, "variables": variables}})
    )
