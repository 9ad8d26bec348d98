"""Our protocol class on real sockets, beside uvicorn's own: what one does, the other does."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import pytest
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.http.protocol import GraphProtocol
from tests.http.app import build
from tests.http.wire import NAME, NAMED, POST, Wire, wire
from tests.serving import serving

PAGE = "https://spilno.example"
SLOW = b'{"query": "{ slow }"}'
Open = Callable[..., AbstractAsyncContextManager[str]]


@pytest.fixture(params=[GraphProtocol, HttpToolsProtocol], ids=["own", "stock"])
def serve(request: pytest.FixtureRequest) -> Open:
    """Serves the toy graph: the address, with these settings of uvicorn."""

    def opened(app: Starlette | None = None, **settings: Any) -> AbstractAsyncContextManager[str]:
        return serving(app or build(origins=(PAGE,)), http=request.param, **settings)

    return opened


@pytest.fixture
async def line(serve: Open) -> AsyncIterator[Wire]:
    """A connection to the toy graph, which does not close it for being idle."""
    async with serve(timeout_keep_alive=60) as address, wire(address) as made:
        yield made


@asynccontextmanager
async def both(**settings: Any) -> AsyncIterator[tuple[Wire, Wire]]:
    app = partial(build, origins=(PAGE,))
    async with (
        serving(app(), http=GraphProtocol, **settings) as own,
        serving(app(), http=HttpToolsProtocol, **settings) as stock,
        wire(own) as first,
        wire(stock) as second,
    ):
        yield first, second


def same(told: list[str]) -> list[str]:
    """Headers, in any order, without the two that differ each time."""
    return sorted(re.sub(r"^(x-request-id|date): .*", r"\1", line) for line in told)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (POST, NAME),
        (POST, b'{"query": "{ nothing }"}'),
        (POST + "accept: application/graphql-response+json\r\n", b'{"query": "{ nothing }"}'),
        (POST + "authorization: nobody\r\n", NAME),
        (POST + f"origin: {PAGE}\r\n", NAME),
        (POST + "origin: https://evil.example\r\n", NAME),
        (POST + "accept: image/png\r\n", NAME),
        (POST + "connection: close\r\n", NAME),
        (POST.replace("/graphql", "/graphql?query=nonsense"), NAME),
        (POST.replace("/graphql", "/gr%61phql"), NAME),
        (POST.replace("/graphql", "/graphql/"), NAME),
        (POST.replace("/graphql", "http://spilno.example/graphql"), NAME),
        (POST.replace("1.1", "1.0"), NAME),
        (POST.replace("1.1", "1.0") + "connection: keep-alive\r\n", NAME),
        (POST.replace("application/json", "text/plain"), NAME),
        (POST.replace("POST", "GET").replace("/graphql", "/graphql?query={name}"), b""),
        (POST.replace("POST", "GET").replace("/graphql", "/graphql?query={name}"), b"a body that nobody wants"),
        (POST.replace("POST", "GET").replace("/graphql", "/graphql?query=mutation{stir}"), b""),
        (POST.replace("POST", "GET") + "accept: text/html\r\n", b""),
        (POST.replace("POST", "HEAD").replace("/graphql", "/graphql?query={name}"), b""),
        (POST.replace("POST", "PUT"), NAME),
        (POST.replace("POST", "OPTIONS"), b""),
        (POST.replace("POST", "OPTIONS") + f"origin: {PAGE}\r\naccess-control-request-method: POST\r\n", b""),
        (POST.replace("POST", "OPTIONS") + "origin: https://evil.example\r\naccess-control-request-method: POST\r\n", b""),
        (POST + "upgrade: h2c\r\nconnection: upgrade\r\n", NAME),
        (POST.replace("/graphql", "/nowhere"), NAME),
    ],
)  # fmt: skip
async def test_both_say_the_same(head: str, body: bytes) -> None:
    async with both() as lines:
        answers = []
        for each in lines:
            each.send(head, "x-request-id: test-0001\r\n", f"content-length: {len(body)}\r\n\r\n", body)
            answers.append(await each.response(of=head.split()[0]))
        own, stock = answers
    assert (own.status, own.body) == (stock.status, stock.body)
    assert same(own.headers) == same(stock.headers)


@pytest.mark.parametrize("origins", [(), ("*",), (PAGE,)])
@pytest.mark.parametrize("origin", ["", f"origin: {PAGE}\r\n", "origin: https://evil.example\r\n", "origin: \r\n"])
async def test_headers_for_pages_elsewhere_are_those_of_the_middleware(origins: tuple[str, ...], origin: str) -> None:
    told = []
    for protocol in (GraphProtocol, HttpToolsProtocol):
        async with serving(build(origins=origins), http=protocol) as address, wire(address) as line:
            line.send(POST, origin, f"content-length: {len(NAME)}\r\n\r\n", NAME)
            told.append(same((await line.response()).headers))
    assert told[0] == told[1]


async def test_a_connection_is_kept_and_used_again(line: Wire) -> None:
    for _ in range(3):
        line.post()
        assert (await line.response()).json() == NAMED


async def test_pipelined_requests_are_answered_in_order(line: Wire) -> None:
    """Slow ones first, and some that take the way through the application between them."""
    texts = ["first", "second", "third", "fourth"]
    said = [f'{{"query": "{{ {"slow " if text == "first" else ""}said(text: \\"{text}\\") }}"}}' for text in texts]
    line.post(said[0].encode())
    line.send("GET /nowhere HTTP/1.1\r\nhost: spilno.example\r\n\r\n")
    for text in said[1:]:
        line.post(text.encode())
    line.send("GET /nowhere HTTP/1.1\r\nhost: spilno.example\r\n\r\n")
    answers = [await line.response() for _ in range(6)]
    assert [answer.status for answer in answers] == [200, 404, 200, 200, 200, 404]
    assert [answer.json()["data"]["said"] for answer in answers if answer.status == 200] == [f"{t}1" for t in texts]


async def test_a_request_that_comes_byte_by_byte(line: Wire) -> None:
    whole = f"{POST}content-length: {len(NAME)}\r\n\r\n".encode() + NAME
    for byte in whole:
        line.send(bytes([byte]))
        await line.writer.drain()
        await asyncio.sleep(0)
    assert (await line.response()).json() == NAMED


async def test_a_body_in_chunks(line: Wire) -> None:
    line.send(POST, "transfer-encoding: chunked\r\n\r\n")
    for piece in (NAME[:5], NAME[5:6], NAME[6:]):
        line.send(f"{len(piece):x}\r\n", piece, "\r\n")
    line.send("0\r\n\r\n")
    line.post()
    assert [(await line.response()).json() for _ in range(2)] == [NAMED] * 2


async def test_a_body_just_within_the_limit(line: Wire) -> None:
    line.post(NAME.ljust(1_048_576))
    assert (await line.response()).json() == NAMED


async def test_an_announced_body_that_is_too_long_is_not_waited_for(line: Wire) -> None:
    line.send(POST, "content-length: 1048577\r\n\r\n")
    answer = await line.response()
    assert (answer.status, answer.json()["errors"][0]["extensions"]["code"]) == (413, "BODY_TOO_LARGE")


async def test_a_body_that_grows_too_long_is_refused_while_it_comes(line: Wire) -> None:
    line.send(POST, "transfer-encoding: chunked\r\n\r\n")
    for _ in range(17):  # one more than the limit takes; and it does not end
        line.send("10000\r\n", b" " * 65_536, "\r\n")
    assert (await line.response()).status == 413


async def test_whoever_expects_a_100_gets_it_and_then_the_answer(line: Wire) -> None:
    line.send(POST, f"expect: 100-continue\r\ncontent-length: {len(NAME)}\r\n\r\n")
    assert (await line.response()).status == 100
    line.send(NAME)
    assert (await line.response()).json() == NAMED


async def test_whoever_expects_a_100_for_too_much_gets_a_413_instead(line: Wire) -> None:
    line.send(POST, "expect: 100-continue\r\ncontent-length: 1048577\r\n\r\n")
    assert (await line.response()).status == 413


async def test_what_is_not_http_is_refused_and_the_connection_closed(line: Wire) -> None:
    line.send("NONSENSE\r\n\r\n")
    assert (await line.response()).status == 400
    assert await line.is_closed()


@pytest.mark.parametrize("head", [POST + "connection: close\r\n", POST.replace("1.1", "1.0")])
async def test_a_connection_that_is_not_to_be_kept_is_closed(line: Wire, head: str) -> None:
    line.send(head, f"content-length: {len(NAME)}\r\n\r\n", NAME)
    answer = await line.response()
    assert (answer.json(), answer.head["connection"]) == (NAMED, "close")
    assert await line.is_closed()


async def test_an_idle_connection_is_closed_after_its_time(serve: Open) -> None:
    async with serve(timeout_keep_alive=0) as address, wire(address) as line:
        line.post()
        assert (await line.response()).status == 200
        assert await line.is_closed()


async def upgraded(line: Wire, request_line: str, headers: str) -> int:
    """The status of the answer to a request to become a socket."""
    line.send(
        f"{request_line}\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n",
        f"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n",
    )
    return (await line.response(of="HEAD")).status


@pytest.mark.parametrize(
    ("request_line", "headers", "status"),
    [
        ("GET /graphql HTTP/1.1", "", 403),  # the toy application has no socket there
        ("GET /graphql?a=b HTTP/1.0", "", 403),
        ("POST /graphql HTTP/1.1", "", 405),
        ("GET /graphql HTTP/1.1", "sec-websocket-key: again\r\n", 400),
        ("GET /graphql HTTP/1.1", "sec-websocket-version: 7\r\n", 400),
        ("GET /graphql/\u00e9 HTTP/1.1", "", 400),
    ],
    ids=["ordinary", "older", "another method", "two keys", "two versions", "letters of others"],
)
async def test_a_websocket_is_not_in_its_way(serve: Open, request_line: str, headers: str, status: int) -> None:
    async with serve() as address, wire(address) as line:
        assert await upgraded(line, request_line, headers) == status


@pytest.mark.parametrize(
    ("request_line", "headers"),
    [
        ("GET /graphql HTTP/1.1", f"x-long: {'x' * 9_000}\r\n"),
        ("GET /graphql HTTP/1.1", "x-many: x\r\n" * 200),
        (f"GET /graphql?{'x' * 9_000} HTTP/1.1", ""),
    ],
    ids=["header", "headers", "path"],
)
async def test_what_is_too_long_for_the_parser_of_sockets_is_refused(request_line: str, headers: str) -> None:
    """uvicorn's own leaves it unanswered, and open."""
    async with serving(build()) as address, wire(address) as line:
        assert await upgraded(line, request_line, headers) == 400


async def test_above_the_limit_of_connections_it_says_503(serve: Open) -> None:
    async with serve(limit_concurrency=2) as address, wire(address) as first:
        first.post()
        assert (await first.response()).status == 200
        async with wire(address) as second:
            second.post()
            assert (await second.response()).status == 503
            assert await second.is_closed()
