"""How a socket begins and how it ends."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.live.hall_graph import Hall, hall
from tests.live.talking import HEARD, NEVER, Talk, connected, talking


async def test_the_protocol_is_agreed_on(place: Hall) -> None:
    async with connected(place, "graphql-ws", "graphql-transport-ws") as talk:
        assert talk.client.subprotocol == "graphql-transport-ws"


@pytest.mark.parametrize(
    ("offered", "agreed"), [("graphql-ws", "graphql-ws"), ("soap", None), ("GraphQL-Transport-WS", None)]
)
async def test_another_protocol_is_not_acceptable(place: Hall, offered: str, agreed: str | None) -> None:
    async with connected(place, offered) as talk:
        assert talk.client.subprotocol == agreed  # a browser would not hear the code without it
        assert await talk.farewell() == (4406, "Subprotocol not acceptable")


async def test_no_protocol_is_not_acceptable(place: Hall) -> None:
    async with connect(place.url, proxy=None) as client:
        assert await Talk(client).farewell() == (4406, "Subprotocol not acceptable")


@pytest.mark.parametrize(
    "origin", ["https://spilno.example", "HTTPS://Spilno.Example", "http://{own}", "https://{own}", None]
)
async def test_pages_of_allowed_origins_connect(tmp_path: Path, origin: str | None) -> None:
    async with hall(tmp_path, origins=["https://spilno.example"]) as place:
        page = origin and origin.format(own=place.address)
        async with talking(place, origin=page) as talk:
            assert await talk.ask("{ hello }") == {"hello": "Hello, world!"}


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://spilno.example",
        "https://spilno.example:444",
        "https://spilno.example.evil.example",
        "null",
        "",
        "http://[",
    ],
)
async def test_pages_of_other_origins_are_refused(tmp_path: Path, origin: str) -> None:
    async with hall(tmp_path, origins=["https://spilno.example"]) as place:
        with capture_logs() as logs, pytest.raises(InvalidStatus) as refusal:
            async with connected(place, headers={"origin": origin}):
                pass
        assert refusal.value.response.status_code == 403
        assert [(entry["event"], entry["origin"]) for entry in logs] == [("origin_refused", origin)]


async def test_any_origin_may_be_allowed(tmp_path: Path) -> None:
    async with hall(tmp_path, origins=["*"]) as place, talking(place, origin="https://evil.example") as talk:
        assert await talk.ask("{ hello }") == {"hello": "Hello, world!"}


@pytest.mark.parametrize("how", ["closes", "vanishes"])
async def test_nothing_runs_on_for_a_client_that_is_gone(place: Hall, how: str) -> None:
    async with talking(place) as talk:
        await talk.subscribe(HEARD, "1")
        await talk.subscribe(NEVER, "2")
        await place.seen.reaches("heard", 1)
        await place.seen.reaches("never", 1)
        if how == "closes":
            await talk.client.close()
        else:
            talk.client.transport.abort()
        await place.seen.reaches("heard", 0)
        await place.seen.reaches("never", 0)
    assert not place.feed.topics


async def test_a_source_that_always_has_more_leaves_room_for_others(place: Hall) -> None:
    async with talking(place) as talk, talking(place) as other:
        await talk.subscribe("subscription { flood(size: 1) }")
        for _ in range(5):
            assert await other.ask("{ hello }") == {"hello": "Hello, world!"}
            await talk.next()
        talk.client.transport.abort()
        await place.seen.reaches("flood", 0)


async def test_a_slow_client_stops_its_source(place: Hall) -> None:
    """What is produced but not read: the buffers of the two kernels and of the client, and no queue of ours."""
    async with talking(place) as talk, talking(place) as other:
        await talk.subscribe("subscription { flood(size: 100000) }")
        produced = await place.seen.stands_still("flooded")
        assert 0 < produced < 200
        assert await other.ask("{ hello }") == {"hello": "Hello, world!"}
        for _ in range(200):
            await talk.next()
        assert place.seen["flooded"] > produced
        talk.client.transport.abort()
        await place.seen.reaches("flood", 0)


async def test_drain_closes_every_socket_and_takes_no_new_one(place: Hall) -> None:
    async with AsyncExitStack() as clients:
        talks = [await clients.enter_async_context(talking(place)) for _ in range(10)]
        for talk in talks:
            await talk.subscribe(HEARD)
        uninitialised = await clients.enter_async_context(connected(place))
        await place.seen.reaches("heard", 10)
        await place.socket.drain()
        assert (len(place.socket), place.seen["heard"]) == (0, 0)
        for talk in (*talks, uninitialised):
            assert await talk.farewell() == (1012, "Service Restart")
        async with connected(place) as late:
            assert await late.farewell() == (1012, "Service Restart")
        await place.socket.drain()


async def test_drain_does_not_wait_for_a_client_that_does_not_read(
    place: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.live.connection.LAST_WORD", 1.5)
    async with talking(place) as talk, talking(place) as other:
        await talk.subscribe("subscription { flood(size: 100000) }")
        await place.seen.stands_still("flooded")
        for _ in range(2):
            await place.socket.drain(0.1)
        assert (place.seen["flood"], len(place.socket)) == (0, 1)
        assert await other.farewell() == (1012, "Service Restart")
        async with asyncio.timeout(5):
            while len(place.socket) > 0:  # noqa: ASYNC110 (nothing announces it)
                await asyncio.sleep(0.01)
        talk.client.transport.abort()


async def test_the_server_stops_with_open_sockets(tmp_path: Path) -> None:
    async with AsyncExitStack() as clients:
        async with hall(tmp_path) as place:
            talk = await clients.enter_async_context(talking(place))
            await talk.subscribe(HEARD)
            await place.seen.reaches("heard", 1)
            began = time.perf_counter()
        assert time.perf_counter() - began < 2
        assert (len(place.socket), place.seen["heard"]) == (0, 0)
        code, _ = await talk.farewell()
        assert code == 1012
