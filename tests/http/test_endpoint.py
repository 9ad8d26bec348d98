"""What the endpoint answers, and what it refuses."""

import asyncio
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.types import Message
from structlog.testing import capture_logs

from tests.http.app import GRAPHQL, JSON, build, client, codes


async def test_a_query_by_post_and_by_get(http: httpx2.AsyncClient) -> None:
    query, variables = "query Q($n: Int!) { said(number: $n) }", {"n": 7}
    by_post = await http.post("/graphql", json={"query": query, "variables": variables, "operationName": "Q"})
    parameters = {"query": query, "variables": '{"n": 7}', "operationName": "Q", "extensions": "{}"}
    by_get = await http.get("/graphql", params=parameters)
    assert by_post.json() == by_get.json() == {"data": {"said": "7"}}


async def test_letters_are_written_as_they_are(http: httpx2.AsyncClient) -> None:
    response = await http.post("/graphql", json={"query": '{ said(text: "Немішаєве") }'})
    assert response.content == '{"data":{"said":"Немішаєве1"}}'.encode()


async def test_the_headers_of_an_answer(http: httpx2.AsyncClient) -> None:
    response = await http.post("/graphql", json={"query": "{ name }"})
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["vary"] == "accept, authorization, cookie, Origin"
    assert len(response.headers["x-request-id"]) == 32


@pytest.mark.parametrize("given", ["abcd-1234", "A" * 64, "a.b_c-d0"])
async def test_a_sane_request_id_is_kept(http: httpx2.AsyncClient, given: str) -> None:
    response = await http.post("/graphql", json={"query": "{ broken }"}, headers={"x-request-id": given})
    assert response.headers["x-request-id"] == given
    assert response.json()["errors"][0]["extensions"]["requestId"] == given


@pytest.mark.parametrize("given", ["short", "A" * 65, "with space", "a;b'c\"d--", "новий-ключ"])
async def test_any_other_request_id_is_replaced(http: httpx2.AsyncClient, given: str) -> None:
    response = await http.post("/graphql", json={"query": "{"}, headers={b"x-request-id": given.encode()})
    assert len(response.headers["x-request-id"]) == 32
    assert response.json()["errors"][0]["extensions"]["requestId"] == response.headers["x-request-id"]


@pytest.mark.parametrize("accept", [GRAPHQL, JSON, "*/*"])
async def test_a_mutation_runs_by_post_only(http: httpx2.AsyncClient, toy_app: Starlette, accept: str) -> None:
    refused = await http.get("/graphql", params={"query": "mutation { stir }"}, headers={"accept": accept})
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert codes(refused) == ["METHOD_NOT_ALLOWED"]
    assert toy_app.state.seen.stirred == []
    run = await http.post("/graphql", json={"query": "mutation { stir }"}, headers={"accept": accept})
    assert run.json() == {"data": {"stir": "tea"}}
    assert toy_app.state.seen.stirred == ["tea"]


async def test_a_mutation_hidden_behind_a_query_is_refused_by_get(http: httpx2.AsyncClient, toy_app: Starlette) -> None:
    query = "query A { name } mutation B { stir }"
    assert (await http.get("/graphql", params={"query": query, "operationName": "B"})).status_code == 405
    assert (await http.get("/graphql", params={"query": query, "operationName": "A"})).status_code == 200
    assert toy_app.state.seen.stirred == []


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
async def test_a_subscription_is_sent_to_the_websocket(http: httpx2.AsyncClient, accept: str) -> None:
    query = {"query": "subscription { plain }"}
    for sent in (http.post("/graphql", json=query, headers={"accept": accept}), http.get("/graphql", params=query)):
        response = await sent
        assert response.status_code == 400
        assert codes(response) == ["SUBSCRIPTION_NEEDS_WEBSOCKET"]
        assert "WebSocket" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "PROPFIND"])
async def test_other_methods_are_refused(http: httpx2.AsyncClient, method: str) -> None:
    response = await http.request(method, "/graphql", json={"query": "{ name }"})
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("accept", ["image/png", "text/html", "application/xml, application/json;q=0"])
async def test_an_answer_that_nobody_can_read_is_not_made(http: httpx2.AsyncClient, accept: str) -> None:
    response = await http.post("/graphql", json={"query": "{ name }"}, headers={"accept": accept})
    assert response.status_code == 406
    assert codes(response) == ["NOT_ACCEPTABLE"]


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=utf-16",
        "application/jsonp",
        ";",
    ],
)
async def test_only_json_in_utf_8_is_taken(http: httpx2.AsyncClient, toy_app: Starlette, content_type: str) -> None:
    response = await http.post(
        "/graphql", content='{"query": "mutation { stir }"}', headers={"content-type": content_type}
    )
    assert response.status_code == 415
    assert codes(response) == ["UNSUPPORTED_MEDIA_TYPE"]
    assert toy_app.state.seen.stirred == []


@pytest.mark.parametrize(
    "content_type", ["APPLICATION/JSON", 'application/json;charset="UTF-8"', "application/json ; x=y"]
)
async def test_json_may_be_spelled_otherwise(http: httpx2.AsyncClient, content_type: str) -> None:
    response = await http.post("/graphql", content='{"query": "{ name }"}', headers={"content-type": content_type})
    assert response.json() == {"data": {"name": "thing"}}


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [("nobody", 401, "NOT_SIGNED_IN"), ("banned", 403, "NOT_ALLOWED"), ("bug", 500, "INTERNAL_SERVER_ERROR")],
)
async def test_whoever_may_not_ask_is_told(http: httpx2.AsyncClient, who: str, status: int, code: str) -> None:
    with capture_logs() as logs:
        response = await http.post("/graphql", json={"query": "{ name }"}, headers={"authorization": who})
    assert response.status_code == status
    assert codes(response) == [code]
    assert "hunter2" not in response.text
    assert ("www-authenticate" in response.headers) == (status == 401)
    assert len(logs) == (status == 500)


async def test_what_json_cannot_hold_is_our_error(http: httpx2.AsyncClient) -> None:
    with capture_logs() as logs:
        response = await http.post("/graphql", json={"query": "{ unserialisable }"})
    assert response.status_code == 500
    assert codes(response) == ["INTERNAL_SERVER_ERROR"]
    assert [logged["event"] for logged in logs] == ["request_failed"]


async def call(app: Starlette, *messages: Message) -> list[Message]:
    """The application, spoken to by hand: it receives these messages, then waits for ever."""
    queue, sent = list(messages), list[Message]()
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }

    async def receive() -> Message:
        if queue:
            return queue.pop(0)
        return await asyncio.Future[Message]()

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


async def test_a_client_that_leaves_while_sending_is_no_error(toy_app: Starlette) -> None:
    part: Message = {"type": "http.request", "body": b'{"query": "mutation', "more_body": True}
    with capture_logs() as logs:
        assert await call(toy_app, part, {"type": "http.disconnect"}) == []
    assert logs == []
    assert toy_app.state.seen.stirred == []


async def test_a_client_that_leaves_while_we_work_is_no_error(toy_app: Starlette) -> None:
    whole: Message = {"type": "http.request", "body": b'{"query": "{ slow }"}', "more_body": False}
    with capture_logs() as logs:
        sent = await call(toy_app, whole, {"type": "http.disconnect"})
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]  # one write
    assert logs == []


async def test_without_a_page_a_browser_gets_json() -> None:
    async with client(build(with_page=False)) as http:
        accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        response = await http.get("/graphql", params={"query": "{ name }"}, headers={"accept": accept})
        assert response.json() == {"data": {"name": "thing"}}
