"""What nginx passes on to a gateway, and to which one: seen by what stands in for the gateways."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.deploy.proxies import Proxy, nginx
from tests.deploy.stand_ins import FULL, OK, Answer, StandIn, hangs_up, says, stand_in
from tests.servers import free_port

SSE = {"accept": "text/event-stream"}
MULTIPART = {"accept": "multipart/mixed;subscriptionSpec=1.0, application/json"}
STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
HTTP2 = {"connection": "Upgrade, HTTP2-Settings", "upgrade": "h2c", "http2-settings": "AAMAAABkAARAAAAAAAIAAAAA"}
SECRET = "nobody-may-read-this"


@asynccontextmanager
async def before(first: Answer, second: Answer) -> AsyncIterator[tuple[Proxy, StandIn, StandIn]]:
    async with stand_in(first) as one, stand_in(second) as other:
        with nginx(one.address, other.address) as proxy:
            yield proxy, one, other


async def ask(proxy: Proxy, headers: dict[str, str] | None = None, method: str = "POST") -> int:
    async with httpx2.AsyncClient() as client:
        url, content = f"http://{proxy.address}/graphql?query={SECRET}", b"{}" if method == "POST" else None
        return (await client.request(method, url, content=content, headers=headers, timeout=20)).status_code


async def test_a_client_cannot_say_where_it_comes_from() -> None:
    async with before(says(OK), says(OK)) as (proxy, one, other):
        assert await ask(proxy, {"x-forwarded-for": "192.0.2.7", "x-forwarded-proto": "https"}) == 200
    (seen,) = one.seen + other.seen
    assert seen.headers["x-forwarded-for"] == "127.0.0.1"
    assert seen.headers["x-forwarded-proto"] == "http"
    assert seen.headers["host"] == proxy.address


async def test_an_upgrade_to_anything_but_a_websocket_is_stripped() -> None:
    async with before(says(OK), says(OK)) as (proxy, one, other):
        assert await ask(proxy, HTTP2) == 200
    (seen,) = one.seen + other.seen
    assert seen.headers.keys().isdisjoint({"upgrade", "connection", "http2-settings"})
    assert seen.body == b"{}"


async def test_connections_to_a_gateway_are_used_again() -> None:
    async with before(says(OK), hangs_up) as (proxy, one, _), httpx2.AsyncClient() as client:
        for _number in range(20):
            await client.get(f"http://{proxy.address}/graphql", timeout=20)
    assert len(one.seen) >= 10
    assert one.connections < len(one.seen)


@pytest.mark.parametrize("accept", [SSE, MULTIPART])
async def test_an_event_is_passed_on_as_it_comes(accept: dict[str, str]) -> None:
    """The stand-in sends one event and no more: a proxy that buffers keeps it."""
    event = b"event: next\ndata: {}\n\n"
    streaming = says(STREAM + b"%x\r\n%s\r\n" % (len(event), event))
    async with (
        before(streaming, streaming) as (proxy, one, other),
        httpx2.AsyncClient() as client,
        asyncio.timeout(5),
        client.stream("POST", f"http://{proxy.address}/graphql", content=b"{1}", headers=accept) as answer,
    ):
        assert await anext(answer.aiter_bytes()) == event
    (seen,) = one.seen + other.seen
    assert (seen.line, seen.body) == ("POST /graphql HTTP/1.1", b"{1}")


async def test_a_gateway_that_refuses_is_passed_over() -> None:
    async with stand_in(says(OK)) as one:
        with nginx(one.address, f"127.0.0.1:{free_port()}") as proxy:
            assert [await ask(proxy) for _ in range(10)] == [200] * 10
    assert len(one.seen) == 10


async def test_a_post_that_was_sent_is_not_sent_twice() -> None:
    """It may be a mutation, done before the gateway broke off. A GET is a query."""
    async with before(hangs_up, hangs_up) as (proxy, one, other):
        assert await ask(proxy) == 502
        assert len(one.seen + other.seen) == 1
    async with before(hangs_up, hangs_up) as (proxy, one, other):
        assert await ask(proxy, method="GET") == 502
        assert len(one.seen) == len(other.seen) == 1


async def test_a_socket_finds_the_gateway_that_has_room() -> None:
    async with before(says(FULL), says(OK)) as (proxy, one, other):
        for _ in range(4):
            with pytest.raises(InvalidStatus) as refused:
                await connect(f"ws://{proxy.address}/graphql", proxy=None).__aenter__()
            assert refused.value.response.status_code == 200, "the answer of the stand-in that has room"
        assert len(other.seen) == 4
        assert one.seen, "the one without room was asked"
        assert other.seen[0].headers["upgrade"] == "websocket"
        assert other.seen[0].headers["connection"] == "upgrade"


async def test_a_gateway_that_comes_back_takes_live_clients_at_once() -> None:
    """nginx would take it for recovered when a request to it is over: those of live clients are not over for hours."""
    port, streaming = free_port(), says(STREAM)
    async with AsyncExitStack() as stack:
        other = await stack.enter_async_context(stand_in(streaming))
        proxy = stack.enter_context(nginx(f"127.0.0.1:{port}", other.address))
        client = await stack.enter_async_context(httpx2.AsyncClient(timeout=20))

        async def come() -> None:
            await stack.enter_async_context(client.stream("GET", f"http://{proxy.address}/graphql", headers=SSE))

        for _ in range(6):
            await come()
        assert len(other.seen) == 6
        one = await stack.enter_async_context(stand_in(streaming, port))
        for _ in range(4):
            await come()
        assert len(one.seen) == 4, "it has the fewest"


async def test_one_address_has_so_many_connections() -> None:
    waiting = asyncio.Event()

    async def waits(writer: asyncio.StreamWriter) -> None:
        await waiting.wait()
        writer.write(OK)

    async with stand_in(waits) as one, stand_in(waits) as other:
        with nginx(one.address, other.address, more={"limit_conn addresses 1000": "limit_conn addresses 3"}) as proxy:
            asked = [asyncio.create_task(ask(proxy, headers)) for headers in ({}, SSE, {}, SSE, {})]
            done, held = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            while len(done) < 2:
                more, held = await asyncio.wait(held, return_when=asyncio.FIRST_COMPLETED)
                done |= more
            assert [each.result() for each in done] == [429, 429]
            waiting.set()
            assert [await each for each in held] == [200] * 3


async def test_logs_hold_no_address_line() -> None:
    """Neither of what went well, nor of what went wrong: error.log would quote the whole line."""
    telling = {"referer": f"http://page/?token={SECRET}", "user-agent": SECRET}
    async with stand_in(says(OK)) as one:
        with nginx(one.address, f"127.0.0.1:{free_port()}") as proxy:
            statuses = [await ask(proxy, telling) for _ in range(3)] + [await ask(proxy, {"x": "y" * 10_000})]
            assert statuses == [200, 200, 200, 400], "one of them was refused at first by the gateway that is not there"
            assert SECRET not in proxy.logs
    with nginx(f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}") as refusing:
        assert await ask(refusing, telling) == 502
        for _ in range(1_000):
            if refusing.lines:  # written after the answer was sent
                break
            await asyncio.sleep(0.01)
        assert [(line["path"], line["status"]) for line in refusing.lines] == [("/graphql", "502")]
        assert SECRET not in refusing.logs
