"""Clients, nginx and two gateways, through everything."""

import asyncio
from pathlib import Path

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.deploy.proxies import nginx
from tests.deploy.town import Town
from tests.deploy.watching import socket, stream, subscribe, update
from tests.processes import running
from tests.servers import free_port

HTTP2 = {"connection": "Upgrade, HTTP2-Settings", "upgrade": "h2c", "http2-settings": "AAMAAABkAARAAAAAAAIAAAAA"}
MEGABYTE = 2**20


def test_queries_are_answered_by_both_gateways(place: Town) -> None:
    before = len(place.proxy.lines)
    for _ in range(20):
        assert place.ask("{ __typename }") == {"__typename": "Query"}
    place.proxy.post("{ __typename }")
    asked = httpx2.get(place.url, params={"query": "{ __typename }"}, timeout=20)
    assert (asked.status_code, asked.json()) == (200, {"data": {"__typename": "Query"}})
    assert {line["gateway"] for line in place.proxy.lines[before:]} == {server.address for server in place.gateways}


def test_the_log_of_nginx_tells_the_request_id_of_the_gateway(place: Town) -> None:
    answer = place.proxy.post("{ __typename }")
    assert answer.headers["x-request-id"] in {line["request_id"] for line in place.proxy.lines}


def test_a_long_answer_is_compressed(place: Town) -> None:
    answer = place.proxy.post("{ __schema { types { name description } } }")
    assert answer.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in answer.headers["vary"].lower()
    assert answer.json()["data"]["__schema"]["types"]


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "//metrics", "/%6detrics", "/graphql/../metrics"])
async def test_metrics_are_not_told(place: Town, path: str) -> None:
    told = await asyncio.to_thread(httpx2.get, f"http://{place.gateways[0].address}/metrics", timeout=20)
    assert "spilno_requests" in told.text, "the gateway tells them to this machine"
    assert await status_of(place, f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n") == 404


async def test_paths_that_are_not_the_graphs_end_at_nginx(place: Town) -> None:
    assert await status_of(place, "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n") == 404
    assert await status_of(place, "GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n") == 200


async def status_of(place: Town, request: str) -> int:
    """Byte for byte: a client would tidy the path."""
    host, port = place.proxy.address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request.encode())
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return int(answer.split()[1])


@pytest.mark.parametrize(("size", "status"), [(MEGABYTE, 200), (MEGABYTE + 1, 413)])
def test_a_body_has_a_megabyte_at_most(place: Town, size: int, status: int) -> None:
    body = b'{"query": "{ __typename }"}'.ljust(size)
    answer = httpx2.post(place.url, content=body, headers={"content-type": "application/json"}, timeout=20)
    assert answer.status_code == status
    assert (answer.headers["server"] == "nginx") and ("x-request-id" in answer.headers) == (status == 200)


def test_a_header_that_is_too_long_is_refused(place: Town) -> None:
    assert place.proxy.post("{ __typename }", {"x-more": "y" * 9_000}).status_code == 400
    assert httpx2.get(place.url, params={"query": "y" * 9_000}, timeout=20).status_code == 414


def test_a_client_that_asks_for_h2c_is_answered(place: Town) -> None:
    """By itself a gateway loses the body of such a request, and waits for it."""
    assert place.proxy.post("{ __typename }", HTTP2).json() == {"data": {"__typename": "Query"}}


async def test_comments_arrive_through_a_socket(place: Town) -> None:
    debate, cursor = await asyncio.to_thread(place.debate)
    async with socket(place.url) as client, asyncio.timeout(20):
        await subscribe(client, debate, cursor)
        await asyncio.to_thread(place.comment, debate, "Добрий день")
        told = await update(client)
    assert told["event"]["comment"]["body"] == "Добрий день"


@pytest.mark.parametrize("accept", ["text/event-stream", 'multipart/mixed;subscriptionSpec="1.0", application/json'])
async def test_comments_arrive_through_a_stream(place: Town, accept: str) -> None:
    """Soon: a stream that nginx holds back shows signs of life after ten seconds, and never a comment."""
    debate, cursor = await asyncio.to_thread(place.debate)
    async with httpx2.AsyncClient() as client, stream(client, place.url, debate, cursor, accept) as answer:
        pieces = answer.aiter_text()
        async with asyncio.timeout(5):
            assert await anext(pieces), "its opening"
            await asyncio.to_thread(place.comment, debate, "Добрий день")
            assert "Добрий день" in await anext(pieces)


async def test_pages_of_the_same_address_may_connect_and_no_others(place: Town) -> None:
    async with socket(place.url, f"http://{place.proxy.address}") as client:
        assert client.subprotocol == "graphql-transport-ws"
    with pytest.raises(InvalidStatus, match="403"):
        await socket(place.url, "http://elsewhere.example").__aenter__()


async def test_gateways_know_their_clients_by_what_nginx_says_of_them(tmp_path: Path) -> None:
    """Not by the address of nginx, and not by what clients say of themselves."""
    settings = {
        "database_url": f"sqlite+aiosqlite:///{tmp_path / 'spilno.db'}",
        "live_connections_per_address": "1",
    }
    with running(free_port(), settings) as gateway, nginx(gateway.address, f"127.0.0.1:{free_port()}") as proxy:

        def come(address: str) -> connect:
            forged = {"x-forwarded-for": f"192.0.2.{len(proxy.lines)}"}
            return socket(f"http://{proxy.address}/graphql", additional_headers=forged, local_addr=(address, 0))

        async with come("127.0.0.2"), come("127.0.0.3"):
            with pytest.raises(InvalidStatus, match="429"):
                await come("127.0.0.2").__aenter__()
