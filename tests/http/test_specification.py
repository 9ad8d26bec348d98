"""The audits of GraphQL over HTTP, by the names that the npm package `graphql-http` gives them."""

from typing import Any, NamedTuple

import httpx2
import pytest

from tests.http.app import GRAPHQL, JSON

OBJECT, LIST = {"obj": "ect"}, ["array"]
TYPE_BY_NAME = "query Type($name: String!) { __type(name: $name) { name } }"
COERCION = {"query": "query CoerceFailure($id: ID!) { __typename }", "variables": {"id": None}}
UNKNOWN_FIELD = {"query": "{ 8f31403dfe404bccbb0e835f2629c6a7 }"}
RUN = {"query": "{ __typename }"}
NO_ERRORS = "no errors"


class Audit(NamedTuple):
    name: str
    sentence: str
    send: dict[str, Any] | str | None  # a POST of JSON, or of this text; None for no body at all
    status: int | range
    accept: str | None = None
    media: str | None = None
    without: str | None = None  # an entry that the answer must not have
    content_type: str | None = JSON


CLIENT_ERROR, ANY_ERROR = range(400, 500), range(400, 600)


def wrong(prefix: str, name: str, values: list[Any]) -> list[Audit]:
    return [
        Audit(f"{prefix}{n}", f"MAY use 400 status code on {value!r} {{{name}}} parameter", {**RUN, name: value}, 400)
        for n, value in enumerate(values)
    ]


AUDITS = [
    Audit("22EB", "SHOULD accept the GraphQL media type and match the content-type", RUN, 200, GRAPHQL, GRAPHQL),
    Audit("4655", "MUST accept application/json and match the content-type", RUN, 200, JSON, JSON),
    Audit("47DE", "SHOULD accept */* and use application/json for the content-type", RUN, 200, "*/*", JSON),
    Audit("80D8", "SHOULD assume application/json content-type when accept is missing", RUN, 200, None, JSON),
    Audit("82A3", "MUST use utf-8 encoding when responding", {"query": '{ said(text: "Київ") }'}, 200),
    Audit(
        "BF61",
        "MUST accept utf-8 encoded request",
        {"query": '{ __type(name: "Run🏃Swim🏊") { name } }'},
        200,
        content_type=f"{JSON}; charset=utf-8",
    ),
    Audit("78D5", "MUST assume utf-8 in request if encoding is unspecified", RUN, 200),
    Audit("2C94", "MUST accept POST requests", RUN, 200),
    Audit("9ABE", "SHOULD respond with 4xx if content-type is not supplied on POST", RUN, CLIENT_ERROR, content_type=None),
    Audit("03D4", "MUST accept application/json POST requests", RUN, 200),
    Audit("A5BF", "MAY use 400 status code when request body is missing on POST", None, 400),
    Audit("423L", "MAY use 400 status code on missing {query} parameter", {"notquery": "{ __typename }"}, 400, GRAPHQL),
    *wrong("LKJ", "query", [OBJECT, 0, False, LIST]),
    Audit("34A2", "SHOULD allow string {query} parameter, GraphQL media type", RUN, 200, GRAPHQL),
    Audit("13EE", "MUST allow string {query} parameter, application/json", RUN, 200, JSON, without="errors"),
    *wrong("6C0", "operationName", [OBJECT, 0, False, LIST]),
    *(
        Audit(
            name,
            f"allow string {{operationName}} parameter when accepting {accept}",
            {"query": "query Query { __typename }", "operationName": "Query"},
            200,
            accept,
            without="errors",
        )
        for name, accept in (("8161", GRAPHQL), ("B8B3", JSON))
    ),
    *(
        Audit(f"{prefix}{n}", f"allow null {{{name}}}, {accept}", {**RUN, name: None}, 200, accept, without="errors")
        for n, name in enumerate(("variables", "operationName", "extensions"))
        for prefix, accept in (("94B", GRAPHQL), ("022", JSON))
    ),
    *wrong("476", "variables", ["string", 0, False, LIST]),
    *(
        Audit(
            name,
            f"allow map {{variables}} parameter when accepting {accept}",
            {"query": TYPE_BY_NAME, "variables": {"name": "sometype"}},
            200,
            accept,
            without="errors",
        )
        for name, accept in (("2EA1", GRAPHQL), ("28B9", JSON))
    ),
    *wrong("58B", "extensions", ["string", 0, False, LIST]),
    *(
        Audit(name, f"allow map {{extensions}}, {accept}", {**RUN, "extensions": {"a": 1}}, 200, accept, without="errors")
        for name, accept in (("428F", GRAPHQL), ("1B7A", JSON))
    ),
    Audit("BCF8", "SHOULD use 400 status code on JSON parsing failure, application/json", '{ "not a JSON', 400, JSON),
    Audit("B7N8", "SHOULD use 400 status code on JSON parsing failure, GraphQL media type", '{ "not a JSON', 400, GRAPHQL),
    Audit("8764", "MAY use 4xx or 5xx status codes if parameters are invalid", {"qeury": "{ __typename }"}, ANY_ERROR),
    Audit("3E3A", "MAY use 400 status code if parameters are invalid", {"qeury": "{ __typename }"}, 400),
    Audit("572B", "SHOULD use 200 on document parsing failure, application/json", {"query": "{"}, 200, JSON),
    Audit("FDE2", "SHOULD use 200 on document validation failure, application/json", UNKNOWN_FIELD, 200, JSON),
    Audit("7B9B", "SHOULD use 200 on variable coercion failure, application/json", COERCION, 200, JSON),
    Audit("865D", "SHOULD use 4xx or 5xx on document parsing failure, GraphQL media type", {"query": "{"}, ANY_ERROR, GRAPHQL),
    Audit("556A", "SHOULD use 400 on document parsing failure, GraphQL media type", {"query": "{"}, 400, GRAPHQL),
    Audit("D586", "SHOULD not contain data on document parsing failure", {"query": "{"}, 400, GRAPHQL, without="data"),
    Audit("51FE", "SHOULD use 4xx or 5xx on document validation failure", UNKNOWN_FIELD, ANY_ERROR, GRAPHQL),
    Audit("74FF", "SHOULD use 400 on document validation failure, GraphQL media type", UNKNOWN_FIELD, 400, GRAPHQL),
    Audit("5E5B", "SHOULD not contain data on document validation failure", UNKNOWN_FIELD, 400, GRAPHQL, without="data"),
    Audit("86EE", "SHOULD use 400 on variable coercion failure, GraphQL media type", COERCION, 400, GRAPHQL, without="data"),
]  # fmt: skip


@pytest.mark.parametrize("audit", AUDITS, ids=lambda audit: audit.name)
async def test_post(http: httpx2.AsyncClient, audit: Audit) -> None:
    headers = {"accept": audit.accept, "content-type": audit.content_type}
    sent = {name: value for name, value in headers.items() if value}
    body = audit.send if isinstance(audit.send, str) else httpx2.Request("POST", "/", json=audit.send).content
    response = await http.post("/graphql", content=b"" if audit.send is None else body, headers=sent)
    expected = audit.status if isinstance(audit.status, range) else [audit.status]
    assert response.status_code in expected, response.text
    assert response.headers["content-type"] == f"{audit.media or audit.accept or JSON}; charset=utf-8".replace(
        "*/*", JSON
    )
    assert audit.without is None or audit.without not in response.json()
    response.content.decode("utf-8")


@pytest.mark.parametrize(
    ("name", "parameters", "accept", "status"),
    [
        ("5A70", RUN, "*/*", 200),
        ("9C48", {"query": "mutation { __typename }"}, GRAPHQL, 405),
        ("D6D5", {"query": TYPE_BY_NAME, "variables": '{"name": "sometype"}'}, GRAPHQL, 200),
        ("6A70", {"query": TYPE_BY_NAME, "variables": '{"name": "sometype"}'}, JSON, 200),
    ],
)
async def test_get(http: httpx2.AsyncClient, name: str, parameters: dict[str, str], accept: str, status: int) -> None:
    response = await http.get("/graphql", params=parameters, headers={"accept": accept})
    assert response.status_code == status
    assert ("errors" in response.json()) == (status != 200)


async def test_data_with_errors_is_2xx_as_the_specification_says(http: httpx2.AsyncClient) -> None:
    for query, data in (("{ name broken }", {"name": "thing", "broken": None}), ("{ brokenStrictly }", None)):
        response = await http.post("/graphql", json={"query": query}, headers={"accept": GRAPHQL})
        assert response.status_code == 200
        assert response.json()["data"] == data
        assert "hunter2" not in response.text
