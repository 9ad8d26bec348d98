"""The application as a whole: who a token is, what strangers may call, what a module alone serves."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from pydantic import ValidationError
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from gateway.app import build
from gateway.settings import Settings
from tests.accounts import joined_at
from tests.serving import serving

Client = httpx2.AsyncClient
Open = Callable[..., AbstractAsyncContextManager[Client]]
AGENT = "A test"


def database(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'made' / 'site.db'}"


@pytest.fixture
def site(tmp_path: Path) -> Open:
    """Serves the application on a database of its own; `settings` as in the environment."""

    @asynccontextmanager
    async def opened(**settings: Any) -> AsyncIterator[Client]:
        async with (
            serving(build(Settings(database_url=database(tmp_path), **settings))) as address,
            Client(base_url=f"http://{address}", timeout=20) as client,
        ):
            yield client

    return opened


async def ask(client: Client, query: str, variables: Any = None, **headers: str) -> httpx2.Response:
    return await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)


async def test_a_token_makes_the_viewer_until_it_is_signed_out(site: Open, tmp_path: Path) -> None:
    async with site() as client:
        token = await joined_at(database(tmp_path), agent=AGENT)
        seen = await ask(client, "{ viewer { email sessions { device } } }", authorization=f"Bearer {token}")
        assert seen.json()["data"]["viewer"] == {"email": "mira@example.org", "sessions": [{"device": AGENT}]}
        await ask(client, "mutation { signOut { __typename } }", authorization=f"Bearer {token}")
        ended = await ask(client, "{ viewer { email } }", authorization=f"Bearer {token}")
        assert (ended.status_code, ended.json()["errors"][0]["extensions"]["code"]) == (401, "NOT_SIGNED_IN")


PROTOCOL = Subprotocol("graphql-transport-ws")
WHO = {"type": "subscribe", "id": "1", "payload": {"query": "{ viewer { email } }"}}


def socket(client: Client) -> connect:
    return connect(f"ws://{client.base_url.host}:{client.base_url.port}/graphql", subprotocols=[PROTOCOL], proxy=None)


async def test_a_socket_ends_with_the_session_of_its_token(site: Open, tmp_path: Path) -> None:
    async with site() as client, socket(client) as talk:
        token = await joined_at(database(tmp_path))
        for message in ({"type": "connection_init", "payload": {"token": token}}, WHO):
            await talk.send(orjson.dumps(message).decode())
        told = [orjson.loads(await talk.recv()) for _ in range(3)]
        assert told[1]["payload"] == {"data": {"viewer": {"email": "mira@example.org"}}}
        await ask(client, "mutation { signOut { __typename } }", authorization=f"Bearer {token}")
        await talk.send(orjson.dumps(WHO).decode())
        with pytest.raises(ConnectionClosed):
            await talk.recv()
        assert (talk.close_code, talk.close_reason) == (4403, "This session has ended: sign in again.")


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        *((given, 4403) for given in ({"authorization": 5}, {"token": 7}, {"token": ["x"]}, {"Authorization": False})),
        *((given, 4403) for given in ({"token": ""}, {"authorization": ""}, {"token": "nonsense"})),
        *((given, None) for given in ({}, None, {"token": None}, {"else": 7})),
    ],
)
async def test_a_socket_whose_token_is_none_is_refused(site: Open, payload: Any, code: int | None) -> None:
    async with site() as client, socket(client) as talk:
        await talk.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
        with suppress(ConnectionClosed):
            assert orjson.loads(await talk.recv()) == {"type": "connection_ack"}
        assert talk.close_code == code


@pytest.mark.parametrize("given", ["Bearer nonsense", "Basic bWlyYTptaXJh", "Bearer", ""])
async def test_a_token_that_is_none_is_refused_and_not_taken_for_nobody(site: Open, given: str) -> None:
    async with site() as client:
        refused = await ask(client, "{ viewer { email } }", authorization=given)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"
        assert "nonsense" not in refused.text


async def test_it_is_ready_when_its_database_bus_and_migrations_are(site: Open) -> None:
    async with site() as client:
        ready = (await client.get("/readyz")).json()
        assert ready["ready"] is True
        assert {name for name, check in ready["checks"].items() if check["ok"]} == {"database", "bus", "migrations"}
        assert (await client.get("/healthz")).json() == {"alive": True}


async def test_pages_of_the_list_may_call_and_others_may_not(site: Open) -> None:
    async with site(allowed_origins="https://spilno.example, https://other.example/") as client:
        for origin, allowed in (
            ("https://spilno.example", True),
            ("https://other.example", True),
            ("https://evil.example", False),
        ):
            asked = {
                "origin": origin,
                "access-control-request-method": "POST",
                "access-control-request-headers": "authorization,content-type",
            }
            answer = await client.options("/graphql", headers=asked)
            assert (answer.headers.get("access-control-allow-origin") == origin) is allowed


async def test_a_browser_gets_graphiql(site: Open) -> None:
    async with site() as client:
        page = await client.get("/graphql", headers={"accept": "text/html"})
        assert page.headers["content-type"].startswith("text/html")
        assert "GraphiQL" in page.text


async def test_a_module_alone_is_a_federation_2_9_subgraph(site: Open) -> None:
    async with site(module="civic") as client:
        told = (await ask(client, "{ _service { sdl } }")).json()["data"]["_service"]["sdl"]
        assert "federation/v2.9" in told
        assert "type Debate implements Node @key" in told
        refused = await ask(client, "{ legalEntities { totalCount } }")
        assert refused.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


def test_settings_that_cannot_be_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value, told in (
        ("SPILNO_DATABASE_URL", "mysql://db/spilno", "postgresql\\+asyncpg"),
        ("SPILNO_DATABASE_URL", "nonsense", "not a database URL"),
        ("SPILNO_DATABASE_URL", "sqlite+aiosqlite://", "names no database"),
        ("SPILNO_BUS_URL", "foo", "memory://"),
        ("SPILNO_SECRET_KEY", "short", "at least 32"),
        ("SPILNO_LOG_FORMAT", "xml", "console"),
    ):
        with monkeypatch.context() as patched, pytest.raises(ValidationError, match=told):
            patched.setenv(name, value)
            Settings()


def test_postgresql_is_not_served_without_a_secret() -> None:
    with pytest.raises(RuntimeError, match="SPILNO_SECRET_KEY"):
        Settings(database_url="postgresql+asyncpg://db/spilno").require_secret()
    Settings().require_secret()


def test_a_secret_is_never_shown() -> None:
    secret = "s" * 40
    settings = Settings(database_url="postgresql+asyncpg://db/spilno", secret_key=secret)
    assert secret not in repr(settings)
