"""Documents by id, over every transport, as the clients of the world ask for them."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from gateway.app import build
from gateway.documents.manifest import BadManifest, hash_of, written
from gateway.settings import Settings
from tests.node_packages import FOLDER, require_node_modules
from tests.serving import serving

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
POLLS = "query Polls($first: Int! = 1) { polls(first: $first) { edges { node { title } } } }"
VIEWER = "query Viewer { viewer { email } }"
SIGN_OUT = "mutation SignOut { signOut { __typename } }"
FOLLOW = 'subscription Follow { pollTally(pollId: "Poll_00000000000000000000000000000000") { total } }'
NONE: dict[str, Any] = {"polls": {"edges": []}}
Open = Callable[..., AbstractAsyncContextManager[httpx2.AsyncClient]]


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "documents.json"
    path.write_bytes(written({hash_of(text): text for text in (POLLS, VIEWER, SIGN_OUT, FOLLOW)}))
    return path


@pytest.fixture
def site(tmp_path: Path) -> Open:
    """Serves the application; `settings` as in the environment."""

    @asynccontextmanager
    async def opened(**settings: Any) -> AsyncIterator[httpx2.AsyncClient]:
        url = f"sqlite+aiosqlite:///{tmp_path / 'site.db'}"
        async with (
            serving(build(Settings(database_url=url, **settings))) as address,
            httpx2.AsyncClient(base_url=f"http://{address}", timeout=20) as client,
        ):
            yield client

    return opened


def apollo(hash: str, **more: Any) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}, **more}


async def get(client: httpx2.AsyncClient, accept: str = JSON, **parameters: Any) -> httpx2.Response:
    texts = {name: each if isinstance(each, str) else json.dumps(each) for name, each in parameters.items()}
    return await client.get("/graphql", params=texts, headers={"accept": accept})


async def post(client: httpx2.AsyncClient, accept: str = JSON, **parameters: Any) -> httpx2.Response:
    return await client.post("/graphql", json=parameters, headers={"accept": accept})


def codes(response: httpx2.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]


@pytest.mark.parametrize("by", [get, post])
@pytest.mark.parametrize("id", [hash_of(POLLS), f"sha256:{hash_of(POLLS)}"])
@pytest.mark.parametrize("only", [False, True])
async def test_a_trusted_document_by_its_id(site: Open, manifest: Path, by: Any, id: str, only: bool) -> None:
    async with site(documents=manifest, documents_only=only) as client:
        for named in ({"documentId": id}, apollo(id)):
            response = await by(client, **named, variables={"first": 2})
            assert (response.status_code, response.json()) == (200, {"data": NONE})


async def test_a_mutation_by_id_runs_by_post_only(site: Open, manifest: Path) -> None:
    async with site(documents=manifest) as client:
        named = {"documentId": hash_of(SIGN_OUT)}
        assert codes(await get(client, **named)) == ["METHOD_NOT_ALLOWED"]
        assert (await post(client, **named)).json() == {"data": {"signOut": {"__typename": "NotSignedIn"}}}


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
async def test_a_hash_is_learned_from_the_text_that_comes_with_it(site: Open, accept: str) -> None:
    async with site() as client:
        missing = await get(client, accept, **apollo(hash_of(POLLS)))
        assert (missing.status_code, missing.headers["cache-control"]) == (200, "no-store")
        (error,) = missing.json()["errors"]
        assert (error["message"], codes(missing)) == ("PersistedQueryNotFound", ["PERSISTED_QUERY_NOT_FOUND"])
        for by, more in ((get, {"query": POLLS}), (get, {}), (post, {})):
            response = await by(client, accept, **apollo(hash_of(POLLS), **more))
            assert (response.status_code, response.json()) == (200, {"data": NONE})
        wrong = await post(client, accept, **apollo(hash_of(POLLS), query=VIEWER))
        assert (wrong.status_code, codes(wrong)) == (400 if accept == GRAPHQL else 200, ["PERSISTED_QUERY_MISMATCH"])


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"extensions": {"persistedQuery": "abc"}}, "BAD_REQUEST"),
        ({"extensions": {"persistedQuery": {"version": 1}}}, "BAD_REQUEST"),
        ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": 1}}}, "BAD_REQUEST"),
        ({"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "a"}}}, "PERSISTED_QUERY_NOT_SUPPORTED"),
        ({"documentId": 1}, "BAD_REQUEST"),
        ({"extensions": {"persistedQuery": None}}, "BAD_REQUEST"),
    ],
)
async def test_what_names_no_document_is_told(site: Open, parameters: dict[str, Any], code: str) -> None:
    async with site() as client:
        assert codes(await post(client, **parameters)) == [code]


@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL, 400)])
async def test_only_trusted_documents_are_run(site: Open, manifest: Path, accept: str, status: int) -> None:
    async with site(documents=manifest, documents_only=True) as client:
        other = "{ polls { totalCount } }"
        for asked, code in (
            ({"query": other}, "QUERY_NOT_IN_SAFELIST"),
            ({"query": "{ __schema { queryType { name } } }"}, "QUERY_NOT_IN_SAFELIST"),
            (apollo(hash_of(other), query=other), "PERSISTED_QUERY_NOT_IN_LIST"),
            (apollo(hash_of(other)), "PERSISTED_QUERY_NOT_IN_LIST"),
        ):
            response = await post(client, accept, **asked)
            assert (response.status_code, codes(response)) == (status, [code])
        assert (await post(client, query=POLLS)).json() == {"data": NONE}


@pytest.mark.parametrize(("only", "status"), [(False, 200), (True, 404)])
async def test_graphiql_is_not_served_with_trusted_documents_only(
    site: Open, manifest: Path, only: bool, status: int
) -> None:
    async with site(documents=manifest, documents_only=only) as client:
        shown = await client.get("/graphql", headers={"accept": "text/html,*/*;q=0.8"})
        assert ("<html" in shown.text) == (not only)
        assert (await client.get("/graphql/assets/fetch.js")).status_code in (404, status)


async def over_socket(client: httpx2.AsyncClient, **payload: Any) -> list[Any]:
    """What comes of an operation: its messages, without the last `complete`."""
    url = str(client.base_url).replace("http", "ws") + "/graphql"
    async with asyncio.timeout(10), connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as ws:
        await ws.send(orjson.dumps({"type": "connection_init"}).decode())
        await ws.recv()
        await ws.send(orjson.dumps({"type": "subscribe", "id": "1", "payload": payload}).decode())
        told = [orjson.loads(await ws.recv())]
        return [told[0]["payload"], *([orjson.loads(await ws.recv())["type"]] if told[0]["type"] == "next" else [])]


@pytest.mark.parametrize("only", [False, True])
async def test_documents_by_id_over_the_socket(site: Open, manifest: Path, only: bool) -> None:
    async with site(documents=manifest, documents_only=only) as client:
        for named in ({"documentId": hash_of(POLLS)}, apollo(hash_of(POLLS)), apollo(hash_of(POLLS), query="")):
            assert await over_socket(client, **named) == [{"data": NONE}, "complete"]
        ((error,),) = await over_socket(client, documentId=hash_of(FOLLOW))
        assert error["extensions"]["code"] == "NOT_FOUND"
        ((refused,),) = await over_socket(client, documentId="none")
        assert refused["extensions"]["code"] == f"PERSISTED_QUERY_NOT_{'IN_LIST' if only else 'FOUND'}"


def test_a_manifest_that_does_not_fit_the_graph_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "documents.json"
    path.write_bytes(written({"here": "{ nothing }"}))
    with pytest.raises(BadManifest, match="here: Cannot query field 'nothing'"):
        build(Settings(documents=path))


async def node(*arguments: str | Path) -> Any:
    running = await asyncio.create_subprocess_exec(
        "node", "persisted.mjs", *map(str, arguments), cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    async with asyncio.timeout(60):
        told, complaint = await running.communicate()
    assert (running.returncode, complaint.decode()) == (0, "")
    return json.loads(told)


async def test_apollo_client_sends_a_text_once(site: Open) -> None:
    require_node_modules()
    async with site() as client:
        told = await node(f"{client.base_url}/graphql")
    assert told["data"][1] == {"polls": {"__typename": "PollConnection", "edges": []}}
    assert told["data"][2:] == [{"viewer": None}, {"signOut": {"__typename": "NotSignedIn"}}]
    assert [each[:3] for each in told["wire"]] == [
        ["GET", False, 200],
        ["POST", True, 200],
        ["GET", False, 200],
        ["GET", False, 200],
        ["POST", True, 200],
        ["POST", False, 200],
        ["POST", True, 200],
    ]


async def test_apollo_client_with_the_ids_of_a_manifest_sends_no_text(site: Open, manifest: Path) -> None:
    require_node_modules()
    async with site(documents=manifest, documents_only=True) as client:
        told = await node(f"{client.base_url}/graphql", manifest)
    assert told["data"] == [NONE, NONE, {"viewer": None}, {"signOut": {"__typename": "NotSignedIn"}}]
    assert [each[:3] for each in told["wire"]] == [["GET", False, 200]] * 3 + [["POST", False, 200]]
