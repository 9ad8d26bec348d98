"""Clients that leave, that do not read, that come through proxies; servers that stop. On both protocol classes."""

import asyncio
import gc
import json
import logging
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.http.protocol import GraphProtocol
from tests.http.app import Seen, build
from tests.http.wire import NAME, NAMED, POST, Wire, wire
from tests.serving import serving

PATIENT = "authorization: patient"
STIR = b'{"query": "mutation { stir }"}'


@pytest.fixture(params=[GraphProtocol, HttpToolsProtocol], ids=["own", "stock"])
def protocol(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def app() -> Starlette:
    return build()


@pytest.fixture
def seen(app: Starlette) -> Seen:
    seen: Seen = app.state.seen
    return seen


@pytest.fixture
async def address(app: Starlette, protocol: Any) -> AsyncIterator[str]:
    async with serving(app, http=protocol) as address:
        yield address


async def arrived(seen: Seen) -> None:
    async with asyncio.timeout(10):
        await seen.arrived.wait()


async def only_these_run(tasks: set[asyncio.Task[Any]]) -> None:
    """Until whatever else was begun is over."""
    async with asyncio.timeout(10):
        while others := asyncio.all_tasks() - tasks:
            await asyncio.wait(others)


async def test_a_client_that_leaves_while_it_is_answered(address: str, seen: Seen) -> None:
    """What it asked for is done; nothing is said of it, and the others are served."""
    before = asyncio.all_tasks()
    with capture_logs() as logs:
        async with wire(address) as line:
            line.post(STIR, PATIENT)
            await arrived(seen)
        async with wire(address) as other:
            other.post()
            assert (await other.response()).json() == NAMED
            seen.go_on.set()
            await only_these_run(before)
    assert (logs, seen.stirred) == ([], ["tea"])


async def test_a_client_that_leaves_while_it_sends(address: str, seen: Seen) -> None:
    before = asyncio.all_tasks()
    with capture_logs() as logs:
        async with wire(address) as line:
            line.send(POST, f"content-length: {len(STIR)}\r\n\r\n", STIR[:-1])
            async with wire(address) as other:
                other.post()
                await other.response()
        await only_these_run(before)
    assert (logs, seen.stirred) == ([], [])


async def test_a_client_that_does_not_read_is_waited_for_and_then_gets_everything(address: str) -> None:
    count, text = 12, "x" * 400_000
    body = json.dumps({"query": "query($v: JSON!) { echo(value: $v) }", "variables": {"v": text}}).encode()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        listener.setblocking(False)
        host, port = address.split(":")
        await asyncio.get_running_loop().sock_connect(listener, (host, int(port)))
        reader, writer = await asyncio.open_connection(sock=listener, limit=2**22)
        line = Wire(reader, writer)
        sending = asyncio.create_task(_send(line, body, count))
        async with wire(address) as other:  # is not kept waiting meanwhile
            other.post()
            assert (await other.response()).json() == NAMED
        answers = [(await line.response()).json() for _ in range(count)]
        await sending
        writer.transport.abort()
    assert answers == [{"data": {"echo": text}}] * count


async def _send(line: Wire, body: bytes, count: int) -> None:
    for _ in range(count):
        line.post(body)
        await line.writer.drain()


async def test_for_a_client_that_does_not_read_nothing_more_is_begun(address: str, seen: Seen) -> None:
    """And when it leaves so, nothing of it stays."""
    before, count = asyncio.all_tasks(), 30
    body = json.dumps({"query": "query($v: JSON!) { echo(value: $v) }", "variables": {"v": "x" * 900_000}}).encode()
    with capture_logs() as logs:
        async with wire(address) as line, wire(address) as other:
            sending = asyncio.create_task(_send(line, body, count))
            begun = [-1, 0]
            while begun[-1] != begun[-2] or begun[-1] < 2:
                for _ in range(20):
                    other.post(NAME)
                    await other.response()
                begun.append(len(seen.clients) - 20 * (len(begun) - 1))
            assert begun[-1] < count
            sending.cancel()
        await only_these_run(before)
    assert logs == []


async def test_a_closed_connection_leaves_nothing_for_the_collector(address: str, protocol: Any) -> None:
    """It runs seldom in a server: see gateway.app."""
    before = asyncio.all_tasks()
    gc.collect()
    gc.disable()
    try:
        async with wire(address) as line:
            line.post()
            await line.response()
        async with wire(address) as other:  # when this one is served, the server knows that the first is gone
            other.post()
            await other.response()
            await only_these_run(before)
            assert len([each for each in gc.get_objects() if isinstance(each, protocol)]) == 1
    finally:
        gc.enable()


async def test_when_the_server_stops_what_was_begun_is_answered(app: Starlette, seen: Seen, protocol: Any) -> None:
    server = serving(app, http=protocol)
    address = await server.__aenter__()
    async with wire(address) as busy, wire(address) as idle:
        idle.post()
        await idle.response()
        busy.post(STIR, PATIENT)
        await arrived(seen)
        stopping = asyncio.create_task(server.__aexit__(None, None, None))
        assert await idle.is_closed()
        seen.go_on.set()
        answer = await busy.response()
        assert (answer.json(), answer.head["connection"]) == ({"data": {"stir": "tea"}}, "close")
        assert await busy.is_closed()
        await stopping


async def test_when_it_takes_too_long_the_server_stops_anyway(app: Starlette, seen: Seen, protocol: Any) -> None:
    server = serving(app, http=protocol, timeout_graceful_shutdown=0.1)
    address = await server.__aenter__()
    async with wire(address) as busy:
        busy.post(NAME, PATIENT)
        await arrived(seen)
        await server.__aexit__(None, None, None)
        async with asyncio.timeout(10):
            assert b"data" not in await busy.reader.read()  # an error, or nothing


@pytest.mark.parametrize("allowed", ["127.0.0.1", "*", "10.0.0.1", "127.0.0.1,10.0.0.0/8"])
@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("x-forwarded-for: 1.2.3.4",),
        ("x-forwarded-for: 1.2.3.4, 10.1.1.1",),
        ("x-forwarded-for: 1.2.3.4", "x-forwarded-for: 5.6.7.8"),
        ("x-forwarded-for: [2001:db8::1]:8080",),
        ("x-forwarded-for: ",),
        ("x-forwarded-for: nonsense",),
    ],
)
async def test_whom_a_proxy_names_is_the_client_as_uvicorn_has_it(allowed: str, lines: tuple[str, ...]) -> None:
    clients = []
    for protocol in (GraphProtocol, HttpToolsProtocol):
        app = build()
        async with serving(app, http=protocol, forwarded_allow_ips=allowed) as address, wire(address) as line:
            line.post(NAME, *lines)
            await line.response()
        clients += app.state.seen.clients
    assert clients == [clients[0]] * 2
    assert clients[0]


async def test_without_proxies_nobody_names_another(protocol: Any) -> None:
    app = build()
    async with serving(app, http=protocol, proxy_headers=False) as address, wire(address) as line:
        line.post(NAME, "x-forwarded-for: 1.2.3.4")
        await line.response()
    assert app.state.seen.clients == ["127.0.0.1"]


async def test_each_request_has_its_line_and_its_id_in_every_log(
    address: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="spilno.access")
    with capture_logs(processors=[merge_contextvars]) as logs:
        async with wire(address) as line:
            line.post(b'{"query": "{ broken }"}', "x-request-id: first-0001", "authorization: chatty")
            await line.response()
            line.send(POST, "x-request-id: second-0002\r\ncontent-length: 2000000\r\n\r\n")
            await line.response()
    told = [json.loads(each) for each in capsys.readouterr().err.splitlines() if "spilno" not in each]
    assert [(each["event"], each["request_id"]) for each in logs] == [
        ("asked", "first-0001"),
        ("field_failed", "first-0001"),
    ]
    assert [(each["request_id"], each["status"]) for each in told] == [("first-0001", 200), ("second-0002", 413)]
    assert {(each["event"], each["method"], each["path"], each["level"]) for each in told} == {
        ("request", "POST", "/graphql", "info")
    }


async def test_a_bug_outside_of_what_masks_them_closes_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    app = build()

    def broken(*_: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr(app.state.graph.answering, "refusal", broken)
    async with serving(app) as address, wire(address) as line:
        with capture_logs() as logs:
            line.post()
            assert await line.is_closed()
    assert [logged["event"] for logged in logs] == ["request_failed"]
