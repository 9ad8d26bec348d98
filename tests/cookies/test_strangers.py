"""For which pages the cookie of a session counts, over every transport, and what the others are told."""

from itertools import product
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from gateway.app import build
from gateway.http.cookies import STRANGE
from gateway.http.protocol import GraphProtocol
from gateway.settings import Settings
from modules.kernel.storage import Storage
from tests.accounts import joined
from tests.cookies.site import ENDS, EVIL, MIRAS, PAGE, WHO, Site
from tests.serving import serving

STRANGERS = (
    {"origin": EVIL},
    {"origin": EVIL, "sec-fetch-site": "cross-site"},
    {"origin": "http://127.0.0.1:1", "sec-fetch-site": "same-site"},
    {"origin": "null"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
)


async def test_a_strange_page_is_refused_and_not_taken_for_nobody(site: Site) -> None:
    await site.sign_in()
    for head, accept in product(STRANGERS, ("application/json", "text/event-stream")):
        given: dict[str, Any] = {"origin": None, **head, "accept": accept}
        for asked in (site.ask(ENDS["signOut"], **given), site.ask(WHO, **given), site.get(WHO, **given)):
            refused = await asked
            error = refused.json()["errors"][0]
            assert (refused.status_code, error["extensions"]["code"]) == (403, "ORIGIN_NOT_ALLOWED"), head
            assert error["message"] == STRANGE
            assert "data" not in refused.json()
            assert not {"access-control-allow-credentials", "set-cookie"} & set(refused.headers)
    assert (await site.ask(WHO)).json() == MIRAS


async def test_a_subscription_by_a_strange_page_is_refused(site: Site) -> None:
    await site.sign_in()
    refused = await site.get(
        'subscription { presence(debateId: "Debate_0") { viewerCount } }', origin=EVIL, accept="text/event-stream"
    )
    assert (refused.status_code, refused.json()["errors"][0]["message"]) == (403, STRANGE)


async def test_who_says_nothing_of_a_page_may_ask_and_change_nothing(site: Site) -> None:
    await site.sign_in()
    assert (await site.get(WHO)).json() == MIRAS
    assert (await site.ask(ENDS["signOut"], origin=None)).status_code == 403
    with pytest.raises(ConnectionClosed):
        async with site.socket(origin=None) as talk:
            await talk.recv()
    assert (await site.get(ENDS["signOut"])).status_code == 405
    assert (await site.ask(WHO)).json() == MIRAS


async def test_a_simple_form_changes_nothing(site: Site) -> None:
    await site.sign_in()
    body = orjson.dumps({"query": ENDS["signOut"]})
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        sent = {"content-type": kind, "origin": site.origin, "cookie": f"spilno={site.jar['spilno']}"}
        assert (await site.client.post("/graphql", content=body, headers=sent)).status_code == 415
    assert (await site.ask(WHO)).json() == MIRAS


async def test_an_allowed_page_may_use_it_and_read_the_answer(site: Site) -> None:
    assert (await site.sign_in(origin=PAGE)).json()["data"]["signIn"]["__typename"] == "SignedIn"
    seen = await site.ask(WHO, origin=PAGE)
    assert seen.json() == MIRAS
    assert (seen.headers["access-control-allow-origin"], seen.headers["access-control-allow-credentials"]) == (
        PAGE,
        "true",
    )
    async with site.socket(origin=PAGE) as talk:
        assert await site.who(talk) == MIRAS


async def test_cookies_cross_from_allowed_pages_alone(site: Site) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    for origin, allows in (PAGE, ["true"]), (EVIL, []):
        preflight = await site.client.options("/graphql", headers={"origin": origin, **asked})
        answer = await site.client.post("/graphql", json={"query": WHO}, headers={"origin": origin})
        for response in (preflight, answer):
            assert response.headers.get_list("access-control-allow-credentials") == allows


async def test_what_everybody_may_read_is_read_in_nobodys_name(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite+aiosqlite:///{tmp_path / 'site.db'}", allowed_origins=("*",))
    async with (
        serving(build(settings), http=GraphProtocol) as address,
        httpx2.AsyncClient(base_url=f"http://{address}", timeout=20) as client,
    ):
        for cookie, status in ("theme=dark", 200), ("spilno=x", 403):
            answer = await client.post("/graphql", json={"query": WHO}, headers={"origin": EVIL, "cookie": cookie})
            assert answer.status_code == status
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "access-control-allow-credentials" not in answer.headers


async def test_a_strange_page_opens_no_socket(site: Site) -> None:
    await site.sign_in()
    with pytest.raises(InvalidStatus) as refused:
        async with site.socket(origin=EVIL):
            raise AssertionError("it is open")
    assert refused.value.response.status_code == 403


async def test_where_every_page_may_connect_none_does_by_cookie(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'site.db'}"
    settings = Settings(database_url=url, allowed_origins=("*",), live_drain=0)
    async with (
        serving(build(settings), http=GraphProtocol) as address,
        httpx2.AsyncClient(base_url=f"http://{address}", timeout=20) as client,
    ):
        storage = Storage(url)
        site = Site(client, storage, await joined(storage))
        await site.sign_in()
        async with site.socket() as talk:
            assert await site.who(talk) == MIRAS
        async with site.socket({"token": site.token}, EVIL) as talk:
            assert await site.who(talk) == MIRAS
        async with site.socket(None, EVIL) as talk:
            with pytest.raises(ConnectionClosed):
                await talk.recv()
        assert (talk.close_code, STRANGE.startswith((talk.close_reason or "-")[:90])) == (4403, True)
        await storage.close()
