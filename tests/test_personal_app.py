"""One's own data on the application as a whole: fetched over HTTP once, and erased for every process."""

import asyncio
import logging
from io import StringIO
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.app import build
from gateway.http.protocol import GraphProtocol
from gateway.settings import Settings
from tests.accounts import MIRA, joined_at
from tests.civic.scenes import REFUSAL
from tests.identity.exports import EXPORT, unzipped
from tests.serving import serving
from tests.test_limits_app import Client, ask, codes, http, site

__all__ = ["http"]

ERASE = "mutation($i: EraseMeInput!) { r: eraseMe(input: $i) { __typename ... on Refusal { code } } }"
CREATE = """mutation { r: createApiClient(input: {name: "Газета", scopes: [READ]}) {
  ... on ApiClientCreated { key } } }"""
WHO = "{ viewer { person { name } } }"
NAMES = "{ municipalities { totalCount } }"
PATIENCE = 10.0


async def started(client: Client, token: str) -> str:
    """The path of a new export."""
    answer = (await ask(client, EXPORT + REFUSAL, authorization=f"Bearer {token}")).json()
    return str(answer["data"]["r"]["url"])


async def test_an_export_is_fetched_once(
    http: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Looking at it does not use it up; who has the link needs no session; no log has the link."""
    told = StringIO()
    caplog.set_level(logging.INFO, "spilno.access")
    async with site(tmp_path, http) as client:
        monkeypatch.setattr("sys.stderr", told)
        path = await started(client, await joined_at(f"sqlite+aiosqlite:///{tmp_path / 'site.db'}"))
        looked = await client.head(path)
        posted = await client.post(path)
        fetched, again = await client.get(path), await client.get(path)

    assert (looked.status_code, posted.status_code) == (405, 405)
    assert fetched.status_code == 200
    assert fetched.headers["content-type"] == "application/zip"
    assert fetched.headers["cache-control"] == "no-store"
    assert fetched.headers["referrer-policy"] == "no-referrer"
    assert fetched.headers["content-disposition"].startswith('attachment; filename="spilno-20')
    files = unzipped(fetched.content)
    assert '"mira@example.org"' in files["identity/account.json"]
    assert (again.status_code, again.headers["cache-control"]) == (404, "no-store")
    assert "again" in again.text
    assert told.getvalue().count("/exports/...") == 4
    assert path.removeprefix("/exports/") not in told.getvalue()


async def test_exports_are_limited(tmp_path: Path) -> None:
    async with site(tmp_path, limit_exports="2/hour") as client:
        token = await joined_at(f"sqlite+aiosqlite:///{tmp_path / 'site.db'}")
        answers = [await ask(client, EXPORT + REFUSAL, authorization=f"Bearer {token}") for _ in range(3)]
    assert [codes(answer.json()) for answer in answers] == [[], [], ["RATE_LIMITED"]]


async def test_every_process_forgets_who_was_erased(tmp_path: Path) -> None:
    """Sessions and keys that another process remembers open nothing there, either."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'site.db'}"
    settings = Settings(database_url=url)
    async with (
        serving(build(settings), http=GraphProtocol) as one,
        serving(build(settings), http=GraphProtocol) as two,
        httpx2.AsyncClient(base_url=f"http://{one}", timeout=20) as here,
        httpx2.AsyncClient(base_url=f"http://{two}", timeout=20) as there,
    ):
        token = await joined_at(url)
        own = {"authorization": f"Bearer {token}"}
        key = {"authorization": f"Bearer {(await ask(here, CREATE, **own)).json()['data']['r']['key']}"}
        assert (await ask(there, WHO, **own)).json()["data"]["viewer"]["person"] == {"name": MIRA["name"]}
        assert (await ask(there, NAMES, **key)).status_code == 200

        erased = (await ask(here, ERASE, {"i": {"password": MIRA["password"]}}, **own)).json()
        assert erased["data"]["r"] == {"__typename": "PersonErased"}

        assert codes((await ask(here, WHO, **own)).json()) == ["NOT_SIGNED_IN"]
        async with asyncio.timeout(PATIENCE):
            while (await ask(there, WHO, **own)).status_code == 200:
                pass
            while (await ask(there, NAMES, **key)).status_code == 200:
                pass
