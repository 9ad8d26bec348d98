"""I11: who does not read costs a bounded memory, slows nobody, and gets everything in the end."""

import asyncio
import socket
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from gateway.live.protocol import FULL, LiveProtocol
from tests.live.hall_graph import Place, place_of
from tests.live.halls import Said, key_of
from tests.live.invariants.nodes import PATIENCE, Ground, fill, until
from tests.live.invariants.people import commit
from tests.live.talking import HEARD, SMALL, Talk

SLOW, LIVE = 20, 10
WORD = "слово " * 400  # 4,400 bytes
MORE = 2 * 16_384  # bytes that may be written before it is looked whether the client takes more


class Noted(LiveProtocol):
    """Sockets of the server that are open."""

    open: set["Noted"] = set()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.open.discard(self)

    @classmethod
    def waiting(cls) -> list[int]:
        """Bytes that wait for each client."""
        return [each.transport.get_write_buffer_size() for each in cls.open]


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Place]:
    Noted.open.clear()
    async with place_of(folder, uvicorn={"ws": Noted}) as place:
        yield place
        await place.empty()


@asynccontextmanager
async def following(place: Place, *, is_slow: bool = False, after: str | None = None) -> AsyncIterator[Talk]:
    """A slow client reads when it is asked to, and has little room for what it has not read."""
    taken = socket.socket()
    if is_slow:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    taken.setblocking(False)
    host, _, port = place.address.partition(":")
    await asyncio.get_running_loop().sock_connect(taken, (host, int(port)))
    settings: Any = {"sock": taken, "proxy": None, "max_queue": 1 if is_slow else None, "compression": None}
    async with connect(place.url, subprotocols=[Subprotocol("graphql-transport-ws")], **settings) as client:
        talk = Talk(client)
        await talk.send("connection_init")
        assert await talk.next() == {"type": "connection_ack"}
        await talk.subscribe(HEARD, variables={**SMALL, "after": after})
        try:
            yield talk
        finally:
            if is_slow:
                client.transport.abort()  # it would wait for what it did not read


async def numbers(talk: Talk, count: int) -> list[int]:
    """The numbers in what it is told next."""
    async with asyncio.timeout(4 * PATIENCE.seconds):
        told = [await talk.next() for _ in range(count)]
    return [int(each["payload"]["data"]["heard"]["event"]["words"].rpartition(" ")[2]) for each in told]


async def speak(place: Place, live: list[Talk], numbered: range, *, at_once: int = 10) -> float:
    """Until the live ones have heard it; the longest time that this took, in seconds."""
    longest = 0.0
    for start in numbered[::at_once]:
        told = list(range(start, min(start + at_once, numbered.stop)))
        began = monotonic()
        await commit(place.storage, *(Said(key_of("small"), f"{WORD}{number}") for number in told))
        assert await asyncio.gather(*(numbers(talk, len(told)) for talk in live)) == [told] * len(live)
        longest = max(longest, monotonic() - began)
    return longest


async def test_i11_who_does_not_read_costs_a_buffer_and_slows_nobody(tmp_path: Path) -> None:
    async with served(tmp_path) as place, AsyncExitStack() as stack:
        live = [await stack.enter_async_context(following(place)) for _ in range(LIVE)]
        slow = [await stack.enter_async_context(following(place, is_slow=True)) for _ in range(SLOW)]
        await place.followed_by(LIVE + SLOW)
        await speak(place, live, range(1, 301))  # the ring of the last updates is full
        assert sum(size > 0 for size in Noted.waiting()) == SLOW
        before = Noted.waiting()
        assert max(before) <= FULL + MORE
        assert await speak(place, live, range(301, 401)) < 1
        assert Noted.waiting() == before, "flat"
        for talk in slow[:5]:
            assert await numbers(talk, 400) == list(range(1, 401))


async def test_i11_memory_is_flat_while_nobody_reads(embedded: Ground) -> None:
    async with embedded.node() as node, AsyncExitStack() as stack:
        witness = await stack.enter_async_context(node.listening())
        slow = [await stack.enter_async_context(node.listening(token)) for token in ["mira", "olena", *[""] * 100]]
        for client in slow:
            client.is_paused = True

        async def speak() -> int:
            """Bytes that are held afterwards."""
            for _ in range(30):
                await fill(node.storage, 10, text=WORD)
                await witness.told(10)
            return tracemalloc.get_traced_memory()[0]

        tracemalloc.start()
        try:
            await speak()
            before = await speak()
            after = await speak()
        finally:
            tracemalloc.stop()
        assert after - before < 40 * len(WORD.encode())
        for client in slow[:10]:
            client.read_on()
            assert await client.seqs(900) == list(range(1, 901))


async def test_i11_a_client_that_reads_a_little_gets_a_little(tmp_path: Path) -> None:
    """However much is ready for it: its buffer is filled, and no more."""
    async with served(tmp_path) as place, following(place) as live, following(place, is_slow=True) as slow:
        await place.followed_by(2)
        await speak(place, [live], range(1, 251))
        for start in range(1, 121, 10):
            assert await numbers(slow, 10) == list(range(start, start + 10))
            assert max(Noted.waiting()) <= FULL + MORE
        assert await numbers(slow, 130) == list(range(121, 251))


async def test_i11_a_client_that_takes_nothing_for_too_long_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.live.wires.SLOWEST", 0.2)
    async with served(tmp_path) as place, following(place) as live, following(place, is_slow=True) as slow:
        await place.followed_by(2)
        await speak(place, [live], range(1, 251))
        await until(lambda: place.hub.counts.slow_closes == 1)
        await place.followed_by(1)
        told = []
        with pytest.raises(ConnectionClosed):
            while True:
                told += await numbers(slow, 1)
        assert slow.client.close_code == 1013
        assert told == list(range(1, len(told) + 1))
        assert await speak(place, [live], range(251, 252)) < 1


async def test_i11_a_client_that_is_too_far_behind_is_closed(embedded: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.live.groups.FURTHEST", 300)
    async with embedded.node() as node, node.listening() as witness, node.listening() as client:
        client.is_paused = True
        await fill(node.storage, 300)
        await witness.told(300)
        client.read_on()
        assert await client.seqs(300) == list(range(1, 301))
        client.is_paused = True
        await fill(node.storage, 301)
        await witness.told(301)
        client.read_on()
        await client.over()
        assert (client.code, client.heard) == (1013, [])
        assert node.hub.counts.slow_closes == 1
