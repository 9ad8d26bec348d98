"""Budgets, limits and keys on the application as a whole: over HTTP by both protocol classes, and over sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from gateway.app import build
from gateway.http.protocol import GraphProtocol
from gateway.settings import Settings
from tests.accounts import joined_at
from tests.serving import serving

Client = httpx2.AsyncClient
CREATE = """mutation { createApiClient(input: {name: "Газета", scopes: [READ]}) {
  ... on ApiClientCreated { key apiClient { id } } } }"""
REVOKE = "mutation($i: RevokeApiClientInput!) { revokeApiClient(input: $i) { __typename } }"
SIGN_IN = 'mutation { signIn(input: {email: "a@b.c", password: ""}) { __typename } }'
QUERY, COST = "{ debates(first: 2) { edges { node { title } } } }", 7
EXPOSED = "x-request-id, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, retry-after"
PROTOCOL = Subprotocol("graphql-transport-ws")


@pytest.fixture(params=[GraphProtocol, HttpToolsProtocol], ids=["own", "stock"])
def http(request: pytest.FixtureRequest) -> Any:
    return request.param


@asynccontextmanager
async def site(folder: Path, http: Any = GraphProtocol, **settings: Any) -> AsyncIterator[Client]:
    url = f"sqlite+aiosqlite:///{folder / 'site.db'}"
    async with (
        serving(build(Settings(database_url=url, **settings)), http=http) as address,
        Client(base_url=f"http://{address}", timeout=20) as client,
    ):
        yield client


async def ask(client: Client, query: str, variables: Any = None, **headers: str) -> httpx2.Response:
    return await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)


def told(answer: httpx2.Response) -> list[str | None]:
    names = ("x-ratelimit-limit", "x-ratelimit-remaining")
    return [str(answer.status_code), *(answer.headers.get(name) for name in names)]


def codes(answer: Any) -> list[str]:
    return [error["extensions"]["code"] for error in answer.get("errors", ())]


async def key_of(client: Client, folder: Path) -> tuple[str, str, str]:
    """The token of somebody who signed up, the key of a client of theirs, and its id."""
    token = await joined_at(f"sqlite+aiosqlite:///{folder / 'site.db'}")
    made = (await ask(client, CREATE, authorization=f"Bearer {token}")).json()["data"]["createApiClient"]
    return token, made["key"], made["apiClient"]["id"]


async def test_a_budget_is_told_in_headers_and_ends_with_429(tmp_path: Path, http: Any) -> None:
    async with site(tmp_path, http, limit_address="20/day", allowed_origins="https://a.example") as client:
        first = await ask(client, QUERY, origin="https://a.example")
        assert (first.json(), told(first)) == ({"data": {"debates": {"edges": []}}}, ["200", "20", str(20 - COST)])
        assert 0 < int(first.headers["x-ratelimit-reset"]) <= 86_400
        assert first.headers["access-control-expose-headers"] == EXPOSED
        await ask(client, QUERY)
        over = await ask(client, QUERY)
        assert (told(over), codes(over.json())) == (["429", "20", "6"], ["RATE_LIMITED"])
        [error] = over.json()["errors"]
        assert (
            over.headers["retry-after"] == over.headers["x-ratelimit-reset"] == str(error["extensions"]["retryAfter"])
        )
        assert error["message"] == "This costs 7, and 6 of 20 are left: ask for less, or later."
        assert over.headers["x-request-id"] == error["extensions"]["requestId"]


async def test_what_caches_may_keep_tells_of_nobodys_budget(tmp_path: Path, http: Any) -> None:
    async with site(tmp_path, http) as client:
        query = '{ municipality(code: "UA1") { name } }'
        kept = await client.get("/graphql", params={"query": query})
        asked = await ask(client, query)
        assert "public" in kept.headers["cache-control"]
        assert (told(kept)[1], told(asked)[1]) == (None, "6000000")


async def test_too_many_attempts_to_sign_in_are_barred_before_a_password_is_looked_at(
    tmp_path: Path, http: Any
) -> None:
    async with site(tmp_path, http, limit_sign_in="1/day") as client:
        asked = [await ask(client, SIGN_IN) for _ in range(2)]
        assert [answer.status_code for answer in asked] == [200, 429]
        assert codes(asked[1].json()) == ["RATE_LIMITED"]
        assert (await ask(client, QUERY)).status_code == 200


async def test_a_key_reads_within_its_budget_and_changes_nothing(tmp_path: Path, http: Any) -> None:
    async with site(tmp_path, http) as client:
        _, key, _ = await key_of(client, tmp_path)
        read = await ask(client, QUERY, authorization=f"Bearer {key}")
        budget = {"cost": COST, "limit": 1_000_000, "remaining": 1_000_000 - COST}
        limit = read.json()["extensions"]["rateLimit"]
        assert (told(read), limit) == (
            ["200", "1000000", str(1_000_000 - COST)],
            {**budget, "reset": int(read.headers["x-ratelimit-reset"])},
        )
        for change in (SIGN_IN, "mutation { signOut { __typename } }"):
            barred = await ask(client, change, authorization=f"Bearer {key}")
            assert (barred.status_code, codes(barred.json())) == (403, ["NOT_ALLOWED"])


def socket(client: Client) -> connect:
    return connect(f"ws://{client.base_url.host}:{client.base_url.port}/graphql", subprotocols=[PROTOCOL], proxy=None)


async def say(talk: Any, **message: Any) -> Any:
    await talk.send(orjson.dumps(message).decode())
    return orjson.loads(await talk.recv())


async def test_operations_of_a_socket_count_and_the_socket_goes_on(tmp_path: Path) -> None:
    async with site(tmp_path, limit_address="10/day") as client, socket(client) as talk:
        await say(talk, type="connection_init")
        first = await say(talk, type="subscribe", id="1", payload={"query": QUERY})
        assert first["payload"] == {"data": {"debates": {"edges": []}}}
        assert orjson.loads(await talk.recv()) == {"type": "complete", "id": "1"}
        live = 'subscription { debateEvents(debateId: "Debate_1") { cursor event { __typename } resync } }'
        for query in (QUERY, live):
            barred = await say(talk, type="subscribe", id="2", payload={"query": query})
            assert barred["type"] == "error"
            assert codes({"errors": barred["payload"]}) == ["RATE_LIMITED"]
        assert (await say(talk, type="ping")) == {"type": "pong"}
        stream = await ask(client, live, accept="text/event-stream")
        assert "RATE_LIMITED" in stream.text


async def test_a_key_that_is_revoked_opens_nothing_in_another_process_and_ends_its_socket(tmp_path: Path) -> None:
    """Two applications on one database, with no bus between them: what they know of each other is the log."""
    async with site(tmp_path) as one, site(tmp_path) as other, socket(other) as talk:
        token, key, client_id = await key_of(one, tmp_path)
        assert (await ask(other, QUERY, authorization=f"Bearer {key}")).status_code == 200
        await say(talk, type="connection_init", payload={"authorization": f"Bearer {key}"})
        answered = await say(talk, type="subscribe", id="1", payload={"query": QUERY})
        assert answered["payload"]["extensions"]["rateLimit"]["remaining"] == 1_000_000 - 2 * COST
        await talk.recv()

        await ask(one, REVOKE, {"i": {"apiClientId": client_id}}, authorization=f"Bearer {token}")

        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(talk.recv(), 10)
        assert talk.close_code == 4403
        for client in (one, other):
            refused = await ask(client, QUERY, authorization=f"Bearer {key}")
            assert (refused.status_code, codes(refused.json())) == (401, ["NOT_SIGNED_IN"])
            assert key not in refused.text
