"""What is said on a socket besides operations."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.live.conftest import WIRES
from tests.live.hall_graph import Place, place_of
from tests.live.halls import say
from tests.live.talking import HEARD, SMALL, connected, talking


async def test_without_initialisation_the_socket_is_closed(tmp_path: Path) -> None:
    async with place_of(tmp_path, patience=0.1) as place, connected(place) as talk:
        await talk.send("ping")
        assert await talk.next() == {"type": "pong"}
        assert await talk.farewell() == (4408, "Connection initialisation timeout")


async def test_an_initialised_connection_stays(tmp_path: Path) -> None:
    async with place_of(tmp_path, patience=0.1) as place, talking(place) as talk:
        await asyncio.sleep(0.2)  # longer than the patience
        assert await talk.ask("{ hello }") == {"hello": "Hello, world!"}


async def test_one_initialisation_is_enough(place: Place) -> None:
    async with talking(place) as talk:
        await talk.send("connection_init")
        assert await talk.farewell() == (4429, "Too many initialisation requests")


async def test_a_second_initialisation_while_the_first_is_looked_at(place: Place) -> None:
    async with connected(place) as talk:
        await talk.send("connection_init", payload={"token": "slow"})
        await talk.send("connection_init")
        place.seen["allowed"] += 1
        assert await talk.next() == {"type": "connection_ack"}
        assert await talk.farewell() == (4429, "Too many initialisation requests")


async def test_nothing_runs_before_the_connection_is_acknowledged(place: Place) -> None:
    async with connected(place) as talk:
        await talk.subscribe('mutation { say(text: "hello") }')
        assert await talk.farewell() == (4401, "Unauthorized")
    async with talking(place) as talk:
        await talk.subscribe(HEARD, variables=SMALL)
        await place.followed_by(1)
        assert await talk.ask('mutation { say(text: "first") }', "2") == {"say": "first"}


@pytest.mark.parametrize(
    ("parameters", "headers", "token"),
    [
        ({"authorization": "Bearer abc"}, {}, "abc"),
        ({"token": "abc"}, {}, "abc"),
        ({"token": "abc"}, {"authorization": "Bearer xyz"}, "abc"),
        (None, {"authorization": "Bearer xyz"}, "xyz"),
        ({}, {"authorization": "Bearer xyz"}, "xyz"),
        (None, {}, ""),
    ],
)
async def test_the_token_comes_with_the_first_message_or_the_handshake(
    place: Place, parameters: Any, headers: dict[str, str], token: str
) -> None:
    async with talking(place, parameters, headers=headers) as talk:
        assert await talk.ask("{ token }") == {"token": token}


async def test_whoever_is_refused_hears_why(place: Place) -> None:
    async with connected(place) as talk:
        await talk.send("connection_init", payload={"token": "expired"})
        code, reason = await talk.farewell()
        assert (code, reason) == (
            4403,
            ("Сеанс завершено, увійдіть знову. " * 10).encode()[:123].decode(errors="ignore"),
        )


async def test_a_bug_of_ours_is_masked_and_clients_come_back(place: Place) -> None:
    async with connected(place) as talk:
        with capture_logs() as logs:
            await talk.send("connection_init", payload={"token": "bug"})
            assert await talk.farewell() == (1013, "Something went wrong on our side.")
        assert [(entry["event"], str(entry["exc_info"])) for entry in logs] == [
            ("request_failed", "the password is hunter2")
        ]


async def test_pings_are_answered_with_their_payload(place: Place) -> None:
    async with connected(place) as talk:
        for payload in (None, {}, {"at": 1, "місто": "Київ"}):
            await talk.send("ping", payload=payload)
            assert await talk.next() == {"type": "pong"} | ({} if payload is None else {"payload": payload})
        deep = json.loads('{"a":' * 199 + "1" + "}" * 199)
        await talk.send("ping", payload=deep)
        assert await talk.next() == {"type": "pong", "payload": deep}
        await talk.send("pong", payload={"unasked": True})
        await talk.send("ping")
        assert await talk.next() == {"type": "pong"}


async def test_a_bug_in_what_is_said_besides_operations_is_logged_and_ends_the_socket(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_payload: Any) -> str:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr("gateway.live.messages.pong", broken)
    async with talking(place) as talk:
        await talk.subscribe(HEARD, variables=SMALL)
        with capture_logs() as logs:
            await talk.send("ping")
            assert await talk.farewell() == (1011, "Something went wrong on our side.")
        assert [entry["event"] for entry in logs] == ["request_failed"]


INVALID = [
    ("", "not JSON"),
    ("{", "not JSON"),
    ("hello", "not JSON"),
    ("[" * 100_000, "not JSON"),
    ('{"type": "ping", "payload": {"x": NaN}}', "not JSON"),
    ('{"type": "ping", "payload": ' + '{"a":' * 1000 + "1" + "}" * 1001, "nested more than 200 deep"),
    ('{"type": "pong", "payload": {"a": ' + "[" * 199 + "]" * 199 + "}}", "nested more than 200 deep"),
    ("null", "JSON object"),
    ("7", "JSON object"),
    ('"ping"', "JSON object"),
    ('[{"type": "ping"}]', "JSON object"),
    ("{}", "`type` is"),
    ('{"type": null}', "`type` is"),
    ('{"type": ["ping"]}', "`type` is"),
    ('{"type": "start", "id": "1"}', "`type` is"),
    ('{"type": "next", "id": "1", "payload": {}}', "`type` is"),
    ('{"type": "ping", "payload": 1}', "`payload` is"),
    ('{"type": "connection_init", "payload": "token"}', "`payload` is"),
    ('{"type": "complete"}', "`id` is"),
    ('{"type": "complete", "id": 1}', "`id` is"),
    ('{"type": "subscribe", "payload": {"query": "{ hello }"}}', "`id` is"),
    ('{"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}}', "`id` is"),
    ('{"type": "subscribe", "id": "%s", "payload": {"query": "{ hello }"}}' % ("1" * 129), "`id` is"),
    ('{"type": "subscribe", "id": "1"}', "`payload.query` is"),
    ('{"type": "subscribe", "id": "1", "payload": null}', "`payload.query` is"),
    ('{"type": "subscribe", "id": "1", "payload": []}', "`payload` is"),
    ('{"type": "subscribe", "id": "1", "payload": {}}', "`payload.query` is"),
    ('{"type": "subscribe", "id": "1", "payload": {"query": 1}}', "`payload.query` is"),
    ('{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": "x"}}', "`variables` is"),
    ('{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": []}}', "`variables` is"),
    ('{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "operationName": 1}}', "`operationName` is"),
    ('{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "extensions": 1}}', "`extensions` is"),
]  # fmt: skip


@pytest.mark.parametrize("is_acknowledged", [False, True])
async def test_an_invalid_message_closes_the_socket(place: Place, is_acknowledged: bool) -> None:
    for text, reason in INVALID:
        async with talking(place) if is_acknowledged else connected(place) as talk:
            await talk.client.send(text)
            code, told = await talk.farewell()
            assert (code, reason in (told or "")) == (4400, True), (text, told)


async def test_binary_messages_are_not_read(place: Place) -> None:
    async with talking(place) as talk:
        await talk.client.send(b'{"type": "ping"}')
        assert await talk.farewell() == (4400, "Messages are text.")


@pytest.mark.parametrize("server", [{}, {"ws_max_size": 1_048_576}])
async def test_a_message_has_at_most_a_mebibyte(tmp_path: Path, server: dict[str, int]) -> None:
    frame = len(json.dumps({"type": "ping", "payload": {"x": ""}}))
    async with place_of(tmp_path, uvicorn=server) as place, talking(place) as talk:
        fits = {"x": "x" * (1_048_576 - frame)}
        await talk.send("ping", payload=fits)
        assert await talk.next() == {"type": "pong", "payload": fits}
        await talk.send("ping", payload={"x": fits["x"] + "x"})
        code, _ = await talk.farewell()
        assert code == 1009


async def test_what_runs_ends_quietly_when_the_server_has_closed_the_socket(tmp_path: Path) -> None:
    for wire in WIRES.values():
        async with place_of(tmp_path, uvicorn={"ws_max_size": 1000, **wire}) as place, talking(place) as talk:
            await talk.subscribe(HEARD, variables=SMALL)
            await place.followed_by(1)
            with capture_logs() as logs:
                await talk.send("ping", payload={"x": "x" * 1000})
                await say(place.storage, "to nobody")
                await place.followed_by(0)
            assert logs == []


async def test_what_nobody_knows_is_passed_over(place: Place) -> None:
    async with talking(place) as talk:
        payload = {"query": "{ hello }", "variables": None, "operationName": None, "extensions": {"x": 1}, "more": 1}
        await talk.client.send(json.dumps({"type": "subscribe", "id": "ї" * 128, "payload": payload, "more": 1}))
        assert (await talk.next())["payload"] == {"data": {"hello": "Hello, world!"}}
