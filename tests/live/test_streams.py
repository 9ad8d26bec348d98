"""Subscriptions over plain HTTP: server-sent events, and Apollo's multipart."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import orjson
import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.live.places import Places
from modules.identity.events import RolesChanged
from modules.kernel.policy import Viewer
from modules.kernel.refusals import NotAllowed
from tests.live.hall_graph import Place, place_of
from tests.live.halls import id_of, say
from tests.live.streams import MULTIPART, SSE, asked
from tests.live.talking import HEARD

COUNTED = "subscription ($hall: ID!) { counted(hallId: $hall) }"
URQL = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"
HTTP: Mapping[str, Mapping[str, Any]] = {"own": {}, "stock": {"http": HttpToolsProtocol}}


@pytest.fixture(params=HTTP)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """On our HTTP protocol and on uvicorn's; when the test is over nothing is left of its clients."""
    async with place_of(tmp_path, uvicorn=HTTP[request.param]) as place:
        yield place
        await place.empty()


def said(data: Any) -> Any:
    return data["data"]["heard"]["event"]["words"]


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_events_come_as_they_happen_with_their_places(place: Place, method: str) -> None:
    asking = urlencode({"query": HEARD, "variables": orjson.dumps({"hall": id_of()}).decode()}, quote_via=quote)
    path = f"/graphql?{asking}" if method == "GET" else "/graphql"
    async with asked(place, method=method, path=path) as answer:
        assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-store", "no")
        assert await answer.until(b":\n\n") == b"retry: 1000\n\n:\n\n", (
            "at once: it is how a client sees that it is open"
        )
        await place.followed_by(1)
        await say(place.storage, "Добрий день", "Вітаю")
        places = []
        for words in ("Добрий день", "Вітаю"):
            name, at, data = await answer.event()
            assert (name, said(data), data["extensions"]["cursor"]) == ("next", words, at)
            places.append(at)
        assert place.live.count("sse") == 1
    async with asked(place, headers={"last-event-id": places[0]}, variables={"after": places[1]}) as again:
        assert said((await again.event())[2]) == "Вітаю"
    async with asked(place, headers={"last-event-id": ""}, variables={"after": places[0]}) as again:
        assert said((await again.event())[2]) == "Вітаю"


async def test_parts_come_whole_with_the_boundary_behind_them(place: Place) -> None:
    async with asked(place, accept=MULTIPART) as answer:
        assert answer.headers["content-type"] == "multipart/mixed; boundary=graphql; subscriptionSpec=1.0"
        assert await answer.until(b"--graphql") == b"\r\n--graphql"
        assert await answer.part() == {}
        await place.followed_by(1)
        await say(place.storage, "one", "two")
        parts = [await answer.part() for _ in range(2)]
        assert [said(part["payload"]) for part in parts] == ["one", "two"]
        assert place.live.count("multipart") == 1
    headers = {"last-event-id": parts[0]["payload"]["extensions"]["cursor"]}
    async with asked(place, accept=MULTIPART, headers=headers) as again:
        await again.until(b"{}\r\n--graphql")
        assert said((await again.part())["payload"]) == "two"


@pytest.mark.parametrize("accept", [SSE, MULTIPART])
async def test_the_last_update_ends_the_answer(place: Place, accept: str) -> None:
    place.seen.is_final = True
    async with asked(place, COUNTED, accept=accept) as answer:
        ends = await answer.rest()
    assert answer.is_ended
    assert ends.endswith(b"event: complete\ndata:\n\n" if accept == SSE else b"\r\n--graphql--\r\n")
    assert ends.count(b'"counted":0') == 1


@pytest.mark.parametrize(("accept", "sign"), [(SSE, b":\n\n"), (MULTIPART, b"{}\r\n--graphql")])
async def test_silence_is_broken_by_signs_of_life(
    place: Place, monkeypatch: pytest.MonkeyPatch, accept: str, sign: bytes
) -> None:
    monkeypatch.setattr("gateway.live.streams.HEARTBEAT", 0.02)
    async with asked(place, accept=accept) as answer:
        for _ in range(4):
            await answer.until(sign)


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("subscription {", {}, "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        (HEARD, {"hall": None}, "BAD_USER_INPUT"),
        (HEARD, {"hall": "Street_1"}, "BAD_USER_INPUT"),
        (HEARD, {"after": "nonsense"}, "BAD_USER_INPUT"),
    ],
)
async def test_what_graphql_refuses_is_the_only_event_of_a_stream_or_a_plain_answer(
    place: Place, query: str, variables: dict[str, Any], code: str
) -> None:
    async with asked(place, query, variables=variables) as answer:
        assert answer.status == 200
        name, _, data = await answer.event()
        assert (name, data["errors"][0]["extensions"]["code"]) == ("next", code)
        assert await answer.event() == ("complete", "", None)
        await answer.rest()
        assert answer.is_ended
    async with asked(place, query, variables=variables, accept=MULTIPART) as answer:
        assert answer.headers["content-type"].startswith("application/json")
        assert orjson.loads(await answer.rest())["errors"][0]["extensions"]["code"] == code


async def test_a_refusal_is_an_event(place: Place) -> None:
    def shut(_viewer: Viewer, _hall: UUID) -> Viewer:
        raise NotAllowed(message="Вас вивели із зали.")

    place.seen.authorize = shut
    async with asked(place) as answer:
        assert (await answer.event())[2]["errors"][0]["message"] == "Вас вивели із зали."
        assert (await answer.event())[0] == "complete"


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("POST", {"authorization": "Bearer expired"}, 401),
        ("POST", {"authorization": "Basic x"}, 401),
        ("PUT", {}, 405),
        ("POST", {"content-encoding": "gzip"}, 415),
    ],
)
async def test_what_is_no_matter_of_graphql_has_a_status(
    place: Place, method: str, headers: dict[str, str], status: int
) -> None:
    async with asked(place, method=method, headers=headers) as answer:
        assert answer.status == status
        assert answer.headers["content-type"].startswith("application/json")


async def test_queries_stay_plain_for_who_takes_both_and_are_an_event_for_who_takes_nothing_else(place: Place) -> None:
    query = orjson.dumps({"query": "{ hello }"})
    async with asked(place, accept=URQL, body=query) as answer:
        assert orjson.loads(await answer.rest()) == {"data": {"hello": "Hello, world!"}}
    async with asked(place, body=query) as answer:
        assert await answer.event() == ("next", "", {"data": {"hello": "Hello, world!"}})
        assert await answer.event() == ("complete", "", None)
    change = quote('mutation { say(text: "x") }')
    async with asked(place, method="GET", path=f"/graphql?query={change}") as answer:
        assert (answer.status, answer.headers["allow"]) == (405, "POST")
    async with asked(place, accept="application/json") as answer:
        assert b"text/event-stream" in await answer.rest(), "where to go"


async def test_who_is_let_go_is_not_told_that_it_is_the_end(tmp_path: Path) -> None:
    async with place_of(tmp_path) as place, asked(place) as events, asked(place, accept=MULTIPART) as parts:
        await place.followed_by(2)
        await say(place.storage, "one")
        assert said((await events.event())[2]) == "one"
        await place.live.drained(2)
        for answer in (events, parts):
            ends = await answer.rest()
            assert not answer.is_ended
            assert b"complete" not in ends
            assert b"--graphql--" not in ends
        async with asked(place) as late:
            assert (late.status, late.headers["retry-after"]) == (503, "10")


async def test_a_stream_ends_with_the_session_it_was_begun_in(tmp_path: Path) -> None:
    async with place_of(tmp_path) as place:
        place.viewers["mira"] = Viewer(UUID(int=1), UUID(int=2))
        async with asked(place, headers={"authorization": "Bearer mira"}) as answer:
            await place.followed_by(1)
            place.viewers["mira"] = None
            async with place.storage.writing() as work:
                work.record(RolesChanged(UUID(int=1)))
            await say(place.storage, "to nobody")
            assert b"nobody" not in await answer.rest()
            assert not answer.is_ended


async def test_a_place_has_to_be_free(tmp_path: Path) -> None:
    for places, status in ((Places(1, 0), 503), (Places(0, 1), 429)):
        async with place_of(tmp_path, places=places) as place, asked(place):
            await place.followed_by(1)
            async with asked(place) as refused:
                assert (refused.status, refused.headers["retry-after"]) == (status, "10")


async def test_a_client_that_does_not_read_is_let_go_and_slows_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.live.streams.SLOWEST", 0.3)
    async with place_of(tmp_path) as place, asked(place), asked(place) as other:
        await place.followed_by(2)
        for number in range(60):
            await say(place.storage, f"{number} " + "x" * 100_000)
            assert said((await other.event())[2]).startswith(f"{number} ")
        async with asyncio.timeout(5):
            while len(place.live) > 1:  # noqa: ASYNC110 (nothing announces it)
                await asyncio.sleep(0.01)
        assert place.hub.counts.slow_closes == 1
