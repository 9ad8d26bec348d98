"""How a socket begins and how it ends."""

import asyncio
import time
from contextlib import AsyncExitStack
from logging import INFO
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from gateway.live.places import Places
from tests.live.conftest import WIRES
from tests.live.hall_graph import Place, place_of
from tests.live.halls import say
from tests.live.talking import HEARD, NEVER, SMALL, Talk, connected, talking, words


async def test_the_protocol_is_agreed_on(place: Place) -> None:
    async with connected(place, "graphql-ws", "graphql-transport-ws") as talk:
        assert talk.client.subprotocol == "graphql-transport-ws"


@pytest.mark.parametrize(
    ("offered", "agreed"), [("graphql-ws", "graphql-ws"), ("soap", None), ("GraphQL-Transport-WS", None)]
)
async def test_another_protocol_is_not_acceptable(place: Place, offered: str, agreed: str | None) -> None:
    async with connected(place, offered) as talk:
        assert talk.client.subprotocol == agreed  # a browser would not hear the code without it
        assert await talk.farewell() == (4406, "Subprotocol not acceptable")


async def test_no_protocol_is_not_acceptable(place: Place) -> None:
    async with connect(place.url, proxy=None) as client:
        assert await Talk(client).farewell() == (4406, "Subprotocol not acceptable")


@pytest.mark.parametrize(
    "origin", ["https://spilno.example", "HTTPS://Spilno.Example", "http://{own}", "https://{own}", None]
)
async def test_pages_of_allowed_origins_connect(tmp_path: Path, origin: str | None) -> None:
    async with place_of(tmp_path, origins=["https://spilno.example"]) as place:
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
    async with place_of(tmp_path, origins=["https://spilno.example"]) as place:
        with capture_logs() as logs, pytest.raises(InvalidStatus) as refusal:
            async with connected(place, headers={"origin": origin}):
                pass
        assert refusal.value.response.status_code == 403
        assert [(entry["event"], entry["origin"]) for entry in logs] == [("origin_refused", origin)]


async def test_any_origin_may_be_allowed(tmp_path: Path) -> None:
    async with place_of(tmp_path, origins=["*"]) as place, talking(place, origin="https://evil.example") as talk:
        assert await talk.ask("{ hello }") == {"hello": "Hello, world!"}


@pytest.mark.parametrize("how", ["closes", "vanishes"])
async def test_nothing_runs_on_for_a_client_that_is_gone(place: Place, how: str) -> None:
    async with talking(place) as talk:
        await talk.subscribe(HEARD, "1", variables=SMALL)
        await talk.subscribe(NEVER, "2")
        await place.followed_by(1)
        await place.seen.reaches("never", 1)
        if how == "closes":
            await talk.client.close()
        else:
            talk.client.transport.abort()
        await place.followed_by(0)
        await place.seen.reaches("never", 0)
    assert not place.hub.channels


async def test_a_slow_client_slows_nobody_and_is_told_everything_when_it_reads(place: Place) -> None:
    async with talking(place) as slow, talking(place) as other:
        for talk in (slow, other):
            await talk.subscribe(HEARD, variables=SMALL)
        await place.followed_by(2)
        text = "x" * 100_000
        for number in range(100):  # 10 MB: more than the buffers of two kernels and of the client
            await say(place.storage, f"{number} {text}")
            assert words(await other.next()).startswith(f"{number} ")
        assert await other.ask("{ hello }", "2") == {"hello": "Hello, world!"}
        for number in range(100):
            assert words(await slow.next()).startswith(f"{number} ")


async def test_drain_closes_every_socket_and_takes_no_new_one(place: Place) -> None:
    async with AsyncExitStack() as clients:
        talks = [await clients.enter_async_context(talking(place)) for _ in range(10)]
        for talk in talks:
            await talk.subscribe(HEARD, variables=SMALL)
        uninitialised = await clients.enter_async_context(connected(place))
        await place.followed_by(10)
        await place.live.drained()
        assert (len(place.live), place.seen["heard"]) == (0, 0)
        for talk in (*talks, uninitialised):
            assert await talk.farewell() == (1012, "Service Restart")
        async with connected(place) as late:
            assert await late.farewell() == (1012, "Service Restart")
        await place.live.drained()


async def test_drain_does_not_wait_for_a_client_that_does_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("protocol", "wires"):
        monkeypatch.setattr(f"gateway.live.{module}.LAST_WORD", 0.3)
    for wire in WIRES.values():
        async with place_of(tmp_path, uvicorn=wire) as place, talking(place) as talk, talking(place) as other:
            await talk.subscribe(HEARD, variables=SMALL)
            await place.followed_by(1)
            for _ in range(100):
                await say(place.storage, "x" * 100_000)
            began = time.perf_counter()
            await place.live.drained(2)
            assert time.perf_counter() - began < 2
            assert await other.farewell() == (1012, "Service Restart")
            await place.empty()
            talk.client.transport.abort()


async def test_who_is_let_go_goes_at_a_moment_of_their_own(tmp_path: Path) -> None:
    async with place_of(tmp_path, live={"slowest": 0.5}) as place, AsyncExitStack() as clients:
        talks = [await clients.enter_async_context(talking(place)) for _ in range(40)]
        monotonic, gone = time.perf_counter, []

        async def leaves(talk: Talk) -> None:
            await talk.farewell()
            gone.append(monotonic())

        leaving = [asyncio.create_task(leaves(talk)) for talk in talks]
        place.live.drain()
        place.live.drain()
        await asyncio.gather(*leaving)
        assert max(gone) - min(gone) > 0.02  # forty at a thousand a second


async def test_a_place_has_to_be_free(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for places, status in ((Places(2, 0), 503), (Places(0, 2), 429)):
        async with place_of(tmp_path, places=places) as place:
            async with talking(place), talking(place):
                with pytest.raises(InvalidStatus) as refusal:
                    async with connected(place):
                        pass
                assert (refusal.value.response.status_code, place.hub.counts.refused) == (status, 1)
                assert refusal.value.response.headers["retry-after"] == "10"
                assert b"live connections" in refusal.value.response.body
            await place.empty()
            async with talking(place) as talk:
                assert await talk.ask("{ hello }") == {"hello": "Hello, world!"}
    assert not [record for record in caplog.records if record.levelno > INFO], "it is no error of ours"


async def test_the_server_stops_with_open_sockets(tmp_path: Path) -> None:
    async with AsyncExitStack() as clients:
        async with place_of(tmp_path) as place:
            talk = await clients.enter_async_context(talking(place))
            await talk.subscribe(HEARD, variables=SMALL)
            await place.followed_by(1)
            began = time.perf_counter()
        assert time.perf_counter() - began < 2
        assert (len(place.live), place.seen["heard"]) == (0, 0)
        code, _ = await talk.farewell()
        assert code == 1012
