"""What browsers and proxies may keep, and what they are told when nothing has changed."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from gateway.app import build
from gateway.execution.documents import Document
from gateway.execution.engine import Engine
from gateway.http.caching import Caching
from gateway.http.exchange import Incoming, Reply
from gateway.http.protocol import GraphProtocol
from gateway.services import Services
from gateway.settings import Settings
from modules.kernel.storage import Storage
from modules.kernel.walls import Office
from modules.registry.imports import Entity, put_legal_entities
from modules.registry.rules import LegalEntityKind
from tests.accounts import joined
from tests.serving import serving
from tests.test_sessions import until

EDRPOU = "00032112"
ENTITY = "query($edrpou: String!) { legalEntity(edrpou: $edrpou) { name updatedAt } }"
POLLS = "{ polls { totalCount } }"
GRAPHQL = "application/graphql-response+json"


@dataclass(frozen=True)
class Site:
    client: httpx2.AsyncClient
    held: Services
    statements: list[str]

    async def get(self, query: str, variables: Any = None, etag: str | None = None, **headers: str) -> httpx2.Response:
        asked = {"query": query, "variables": orjson.dumps(variables or {}).decode()}
        known = {"if-none-match": etag} if etag else {}
        return await self.client.get("/graphql", params=asked, headers={**known, **headers})

    async def entity(self, etag: str | None = None, **headers: str) -> httpx2.Response:
        return await self.get(ENTITY, {"edrpou": EDRPOU}, etag, **headers)

    async def version(self) -> str | None:
        """Of the registers, as soon as it can be told."""
        await until(lambda: self.held.registers.version is not None)
        return self.held.registers.version

    @property
    def asked_of_modules(self) -> list[str]:
        """The statements but those of following the log."""
        return [each for each in self.statements if "live_" not in each]


async def bring_in(storage: Storage, name: str) -> None:
    async with storage.writing() as work:
        await put_legal_entities(work, [Entity(EDRPOU, name, LegalEntityKind.COMPANY)])


@pytest.fixture(params=["auto", GraphProtocol], ids=["endpoint", "protocol"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    """Serves the application with one legal entity, over each of our transports."""
    opened: list[Services] = []
    statements: list[str] = []

    @asynccontextmanager
    async def beside(held: Services, _engine: Engine) -> AsyncIterator[None]:
        opened.append(held)
        fetch = held.storage.lane.fetch

        async def noted(text: str, arguments: Sequence[Any], office: Office | None = None) -> Any:
            statements.append(text)
            return await fetch(text, arguments, office)

        held.storage.lane.fetch = noted  # type: ignore[method-assign]
        await bring_in(held.storage, "First")
        yield

    settings = Settings(database_url=f"sqlite+aiosqlite:///{tmp_path / 'site.db'}")
    async with (
        serving(build(settings, beside=beside), http=request.param) as address,
        httpx2.AsyncClient(base_url=f"http://{address}", timeout=20) as client,
    ):
        yield Site(client, opened[0], statements)


async def test_a_registers_answer_that_is_known_touches_no_module(site: Site) -> None:
    await site.version()
    first = await site.entity()
    assert first.json()["data"]["legalEntity"]["name"] == "First"
    assert first.headers["cache-control"] == "public, max-age=60"
    assert {"accept", "authorization", "origin"} <= set(first.headers["vary"].lower().split(", "))
    assert len(site.asked_of_modules) == 1

    site.statements.clear()
    again = await site.entity(first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert site.asked_of_modules == []
    for name in ("etag", "cache-control", "vary"):
        assert again.headers[name] == first.headers[name]


async def test_an_import_makes_a_new_version(site: Site) -> None:
    await site.version()
    before = (await site.entity()).headers["etag"]
    await bring_in(site.held.storage, "Second")
    after = await site.entity(before)  # at once: what this process commits it knows
    assert (after.status_code, after.json()["data"]["legalEntity"]["name"]) == (200, "Second")
    await site.version()
    after = await site.entity(before)
    assert after.status_code == 200
    assert (await site.entity(after.headers["etag"])).status_code == 304


async def test_an_import_of_another_process_is_heard_of(site: Site) -> None:
    version, before = await site.version(), (await site.entity()).headers["etag"]
    elsewhere = Storage(site.held.settings.database_url)
    await bring_in(elsewhere, "Second")
    await elsewhere.close()
    await until(lambda: site.held.registers.version not in (version, None))
    assert (await site.entity(before)).json()["data"]["legalEntity"]["name"] == "Second"


async def test_each_request_of_a_register_has_a_tag_of_its_own(site: Site) -> None:
    two = "query($edrpou: String!, $no: Boolean = true) { legalEntity(edrpou: $edrpou) { name @skip(if: $no) } }"
    await site.version()
    tags = [
        (await site.entity()).headers["etag"],
        (await site.entity(accept=GRAPHQL)).headers["etag"],
        (await site.get(ENTITY, {"edrpou": "00000000"})).headers["etag"],
        (await site.get(two, {"edrpou": EDRPOU})).headers["etag"],
        (await site.get(two, {"edrpou": EDRPOU, "no": False})).headers["etag"],
    ]
    assert len(set(tags)) == len(tags)
    reordered = await site.get(two, {"no": False, "edrpou": EDRPOU})
    assert reordered.headers["etag"] == tags[-1]


async def test_what_is_live_is_kept_for_seconds_and_compared_by_its_content(site: Site) -> None:
    first = await site.get(POLLS)
    assert (first.headers["cache-control"], first.status_code) == ("public, max-age=5", 200)
    same = await site.get(POLLS, etag=f'"another", {first.headers["etag"]}')
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
    other = await site.get("{ polls { totalCount edges { cursor } } }", etag=first.headers["etag"])
    assert (other.status_code, other.headers["etag"] == first.headers["etag"]) == (200, False)


NEVER: dict[str, Callable[[Site], Any]] = {
    "post": lambda site: site.client.post("/graphql", json={"query": ENTITY, "variables": {"edrpou": EDRPOU}}),
    "mutation": lambda site: site.client.post("/graphql", json={"query": "mutation { signOut { __typename } }"}),
    "mutation by get": lambda site: site.get("mutation { signOut { __typename } }"),
    "viewer": lambda site: site.get("{ viewer { email } }"),
    "viewer besides": lambda site: site.get("{ viewer { email } polls { totalCount } }"),
    "viewerHasVoted": lambda site: site.get("{ polls { edges { node { viewerHasVoted } } } }"),
    "introspection": lambda site: site.get("{ __schema { queryType { name } } }"),
    "an invalid document": lambda site: site.get("{ legalEntities { nothing } }"),
    "an invalid variable": lambda site: site.get(ENTITY, {"edrpou": 1}),
    "an error besides data": lambda site: site.get("{ node(id: 1) { id } legalEntities(after: 1) { totalCount } }"),
    "an unknown operation": lambda site: site.client.get("/graphql", params={"query": POLLS, "operationName": "X"}),
    "an unknown hash": lambda site: site.client.get("/graphql", params={"documentId": "none"}),
    "no session": lambda site: site.entity(authorization="Bearer none"),
    "another scheme": lambda site: site.entity(authorization="Basic none"),
    "an empty authorization": lambda site: site.entity(authorization=""),
}


@pytest.mark.parametrize("case", NEVER)
async def test_nothing_else_is_kept(site: Site, case: str) -> None:
    response = await NEVER[case](site)
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


async def test_whoever_is_signed_in_gets_an_answer_of_their_own(site: Site) -> None:
    await site.version()
    tag = (await site.entity()).headers["etag"]
    token = await joined(site.held.storage)
    mine = await site.entity(tag, authorization=f"Bearer {token}")
    assert (mine.status_code, mine.json()["data"]["legalEntity"]["name"]) == (200, "First")
    assert (mine.headers["cache-control"], "etag" in mine.headers) == ("no-store", False)


def request(**headers: str) -> Incoming:
    return Incoming(
        "GET", b"", {name.replace("_", "-").encode(): each.encode() for name, each in headers.items()}, "", ""
    )


REPLY = Reply(200, ((b"content-type", b"application/json"), (b"cache-control", b"no-store")), b'{"data":{}}', "query")


def tag(reply: Reply) -> str | None:
    return dict(reply.headers).get(b"etag", b"").decode() or None


def asked(engine: Engine) -> tuple[str, Document, None, dict[str, str]]:
    return "application/json", engine.prepare(ENTITY), None, {"edrpou": EDRPOU}


def test_without_a_version_the_content_is_compared(engine: Engine) -> None:
    caching = Caching(engine.schema)
    cached = caching.of(request(), *asked(engine))
    assert cached is not None
    assert not cached.is_known
    reply = caching.kept(cached, REPLY)
    known = caching.of(request(if_none_match=str(tag(reply))), *asked(engine))
    assert known is not None
    assert not known.is_known  # before it is run
    assert caching.kept(known, REPLY).status == 304


def test_an_answer_that_an_import_came_in_between_is_not_kept(engine: Engine) -> None:
    versions = iter(["1", "2"])
    caching = Caching(engine.schema, lambda: next(versions))
    cached = caching.of(request(), *asked(engine))
    assert cached is not None
    assert caching.kept(cached, REPLY) is REPLY


def test_another_version_and_another_code_make_another_tag(engine: Engine) -> None:
    found = set()
    for version, code in (("1", ""), ("2", ""), ("1", "changed")):
        cached = Caching(engine.schema, lambda version=version: version, code=code).of(request(), *asked(engine))  # type: ignore[misc]
        assert cached is not None
        found.add(cached.etag)
    assert len(found) == 3
