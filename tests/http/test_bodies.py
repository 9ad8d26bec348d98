"""Whatever a client sends, it is never our error."""

import gzip
import json
from collections.abc import AsyncIterator

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.http.app import GRAPHQL, JSON, build, client, codes

AS_JSON = {"content-type": JSON}
NESTED = b"[" * 200_000 + b"]" * 200_000
DIGITS = b"9" * 6_000
WISH = "query ($w: Wish) { said(wish: $w) }"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "The body is empty; it must be JSON."),
        (b"null", "The request must be an object, not null."),
        (b"7", "The request must be an object, not a number."),
        (b"true", "The request must be an object, not a boolean."),
        (b'"{ name }"', "The request must be an object, not a string."),
        (b"[]", "Batches are not taken: send one operation for each request."),
        (b'[{"query": "{ name }"}]', "Batches are not taken: send one operation for each request."),
        (b"{}", "`query` is missing: the text of the GraphQL document."),
        (b'{"query": null}', "`query` is missing: the text of the GraphQL document."),
        (b'{"query": 7}', "`query` must be a string, not a number."),
        (b'{"query": "{ name }", "variables": []}', "`variables` must be an object or null, not a list."),
        (b'{"query": "{ name }", "variables": "{}"}', "`variables` must be an object or null, not a string."),
        (b'{"query": "{ name }", "operationName": {}}', "`operationName` must be a string or null, not an object."),
        (b'{"query": "{ name }", "extensions": 1.5}', "`extensions` must be an object or null, not a number."),
        (b'{"query": "{ name }"', "The body is not JSON in UTF-8 (line 1, column 21)."),
    ],
)
async def test_a_wrong_body_is_named(http: httpx2.AsyncClient, body: bytes, told: str) -> None:
    for accept in (JSON, GRAPHQL):
        response = await http.post("/graphql", content=body, headers={**AS_JSON, "accept": accept})
        assert response.status_code == 400
        assert codes(response) == ["BAD_REQUEST"]
        assert response.json()["errors"][0]["message"] == told


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe\x00",
        b'{"query": "\xc3\x28"}',
        b'{"query": "{ name }", "variables": {"a": NaN}}',
        b'{"query": "{ name }", "variables": {"a": Infinity}}',
        b'{"query": "\\ud800"}',
        b'{"query": "{ name }", "variables": {"a": "\\udc00"}}',
        b'{"query": "{ name }", "variables": ' + NESTED + b"}",
        NESTED,
        "{}".encode("utf-16"),
    ],
)
async def test_what_is_not_json_is_refused(http: httpx2.AsyncClient, body: bytes) -> None:
    response = await http.post("/graphql", content=body, headers=AS_JSON)
    assert response.status_code == 400
    assert codes(response) == ["BAD_REQUEST"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"query": "query ($n: Int) { said(number: $n) }", "variables": {"n": ' + DIGITS + b"}}", "BAD_REQUEST"),
        (b'{"query": "{ said(number: ' + DIGITS + b') }"}', "GRAPHQL_VALIDATION_FAILED"),
        (b'{"query": "{ things(first: ' + DIGITS + b') { name } }"}', "QUERY_TOO_COMPLEX"),
        (b'{"query": "query ($n: Int) { things(first: $n) { name } }", "variables": {"n": 1e400}}', "BAD_REQUEST"),
        (json.dumps({"query": WISH, "variables": {"w": "x"}}).encode(), "BAD_USER_INPUT"),
        (b'{"query": "{ said(text: \\"\\\\uD800\\") }"}', "GRAPHQL_PARSE_FAILED"),
        (b'{"query": ""}', "GRAPHQL_PARSE_FAILED"),
        (b'{"query": "\\u0000"}', "GRAPHQL_PARSE_FAILED"),
        (b'{"query": "' + b"{ thing " * 30_000 + b'"}', "QUERY_TOO_COMPLEX"),
    ],
)
async def test_hostile_values_are_the_clients_errors(http: httpx2.AsyncClient, body: bytes, code: str) -> None:
    response = await http.post("/graphql", content=body, headers={**AS_JSON, "accept": GRAPHQL})
    assert response.status_code == 400
    assert set(codes(response)) == {code}


@pytest.mark.parametrize(("depth", "status"), [(198, 200), (199, 400), (500, 400), (1_100, 400)])
async def test_json_is_taken_200_deep(http: httpx2.AsyncClient, depth: int, status: int) -> None:
    """With the object of the request and that of its variables."""
    body = b'{"query": "query ($v: JSON!) { echo(value: $v) }", "variables": {"v": %s}}'
    response = await http.post("/graphql", content=body % (b"[" * depth + b"]" * depth), headers=AS_JSON)
    assert response.status_code == status


async def test_of_two_keys_the_last_counts(http: httpx2.AsyncClient) -> None:
    body = b'{"query": "{", "query": "{ name }", "variables": null}'
    response = await http.post("/graphql", content=body, headers=AS_JSON)
    assert response.json() == {"data": {"name": "thing"}}


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd", "gzip, identity"])
async def test_an_encoded_body_is_refused(http: httpx2.AsyncClient, encoding: str) -> None:
    body = gzip.compress(b'{"query": "{ name }"}')
    response = await http.post("/graphql", content=body, headers={**AS_JSON, "content-encoding": encoding})
    assert response.status_code == 415
    assert codes(response) == ["UNSUPPORTED_MEDIA_TYPE"]


async def test_a_body_may_have_a_mebibyte_and_no_more(http: httpx2.AsyncClient) -> None:
    just = b'{"query": "{ name }"}'.ljust(1_048_576)
    response = await http.post("/graphql", content=just, headers=AS_JSON)
    assert response.json() == {"data": {"name": "thing"}}
    response = await http.post("/graphql", content=just + b" ", headers=AS_JSON)
    assert response.status_code == 413
    assert codes(response) == ["BODY_TOO_LARGE"]


@pytest.mark.parametrize("announced", ["1048577", "9" * 5_000])
async def test_an_announced_length_is_believed_when_it_is_too_much(announced: str) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    async with client(build()) as http:
        response = await http.post("/graphql", content=never(), headers={**AS_JSON, "content-length": announced})
    assert response.status_code == 413


async def test_a_streamed_body_is_stopped_at_the_limit() -> None:
    app, sent = build(), 0

    async def receive() -> dict[str, object]:
        nonlocal sent
        sent += 1
        return {"type": "http.request", "body": b" " * 65_536, "more_body": True}

    answers: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        answers.append(message)

    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b""}
    await app({**scope, "headers": [(b"content-type", b"application/json")]}, receive, send)  # type: ignore[arg-type] # plain dicts
    assert answers[0]["status"] == 413
    assert sent == 17  # of 64 KiB each


ANY_QUERY = st.one_of(st.text(), st.text(alphabet='{}()[]:$@!."#naméth ...on'), st.just("{ name }"))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
ALMOST = st.fixed_dictionaries(
    {"query": ANY_QUERY | ANY_JSON}, optional={"variables": ANY_JSON, "operationName": ANY_JSON, "extensions": ANY_JSON}
)


async def post(body: bytes, headers: dict[str, str]) -> int:
    async with client(build()) as http:
        with capture_logs() as logs:
            response = await http.post("/graphql", content=body, headers=headers)
    assert logs == []
    assert "errors" in response.json() or "data" in response.json()
    return response.status_code


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    body=st.binary() | ALMOST.map(lambda value: json.dumps(value).encode()),
    accept=st.sampled_from([JSON, GRAPHQL, "*/*"]),
)
async def test_no_bytes_are_our_error(body: bytes, accept: str) -> None:
    assert await post(body, {**AS_JSON, "accept": accept}) < 500


@settings(max_examples=100, deadline=None)
@given(
    accept=st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)),
    content_type=st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)),
)
async def test_no_headers_are_our_error(accept: str, content_type: str) -> None:
    assert await post(b'{"query": "{ name }"}', {"accept": accept, "content-type": content_type}) < 500


@settings(max_examples=100, deadline=None)
@given(parameters=st.dictionaries(st.sampled_from(["query", "variables", "operationName", "extensions"]), st.text()))
async def test_no_address_is_our_error(parameters: dict[str, str]) -> None:
    async with client(build()) as http:
        response = await http.get("/graphql", params=parameters, headers={"accept": JSON})
    assert response.status_code < 500


@pytest.mark.parametrize(
    "query", ["query=%ff%fe", "query=%ED%A0%80", "query={name}&variables=%ED%A0%80", "&&==", "query=" + "%00" * 9]
)
async def test_no_raw_address_is_our_error(http: httpx2.AsyncClient, query: str) -> None:
    response = await http.get(f"/graphql?{query}", headers={"accept": GRAPHQL})
    assert response.status_code == 400
