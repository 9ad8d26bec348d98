"""Who signs in by a cookie is known by it everywhere, until it ends, and holds no token."""

from pathlib import Path

import httpx2
import orjson
import pytest
from websockets.exceptions import ConnectionClosed

from gateway.app import build
from gateway.http.protocol import GraphProtocol
from gateway.settings import Settings
from modules.identity.actions import SESSION_LASTS
from modules.kernel.storage import Storage
from tests.accounts import MIRA, joined
from tests.cookies.site import ENDS, EVIL, MIRAS, SIGN_IN, WHO, Site
from tests.serving import serving


async def test_who_signs_in_by_cookie_holds_no_token_and_is_known_by_it_everywhere(site: Site) -> None:
    signed_in = await site.sign_in()
    told = signed_in.json()["data"]["signIn"]
    assert (told["__typename"], told["token"], told["viewer"]) == ("SignedIn", None, {"email": MIRA["email"]})
    assert signed_in.headers["cache-control"] == "no-store"
    [cookie] = signed_in.headers.get_list("set-cookie")
    name, *rules = cookie.split("; ")
    assert name.startswith("spilno=") and len(name) > 40
    assert sorted(rules[1:]) == ["HttpOnly", "Path=/", "SameSite=Lax"]
    assert 0 <= SESSION_LASTS.total_seconds() - int(rules[0].removeprefix("Max-Age=")) < 60
    assert name.partition("=")[2] not in signed_in.text
    seen = await site.ask(WHO)
    assert (seen.json(), seen.headers["cache-control"]) == (MIRAS, "no-store")
    assert "set-cookie" not in seen.headers
    assert (await site.get(WHO)).json() == MIRAS
    assert (await site.get(WHO, **{"sec-fetch-site": "same-origin"})).json() == MIRAS
    async with site.socket() as talk:
        assert await site.who(talk) == MIRAS


async def test_who_takes_a_token_gets_no_cookie(site: Site) -> None:
    signed_in = await site.sign_in("TOKEN")
    assert "set-cookie" not in signed_in.headers
    token = signed_in.json()["data"]["signIn"]["token"]
    assert (await site.ask(WHO, authorization=f"Bearer {token}")).json() == MIRAS
    assert (await site.ask(WHO)).json() == {"data": {"viewer": None}}


async def test_a_wrong_password_sets_nothing(site: Site) -> None:
    refused = await site.ask(SIGN_IN, {"password": "wrong password"})
    assert refused.json()["data"]["signIn"]["code"] == "WRONG_CREDENTIALS"
    assert "set-cookie" not in refused.headers


async def test_a_page_that_could_not_use_it_gets_none(site: Site) -> None:
    before = await site.sessions()
    for origin in (EVIL, "null", None):
        refused = await site.sign_in(origin=origin)
        told = refused.json()["data"]["signIn"]
        assert told == {"__typename": "InvalidInput", "code": "BAD_USER_INPUT", "field": "transport"}
        assert "set-cookie" not in refused.headers
        assert await site.sessions() == before


async def test_over_a_socket_none_can_be_set(site: Site) -> None:
    before = await site.sessions()
    async with site.socket() as talk:
        asked = {"query": SIGN_IN, "variables": {"password": MIRA["password"]}}
        await talk.send(orjson.dumps({"type": "subscribe", "id": "1", "payload": asked}).decode())
        told = [orjson.loads(await talk.recv()) for _ in range(2)]
    assert told[1]["payload"]["data"]["signIn"]["field"] == "transport"
    assert await site.sessions() == before


async def test_a_token_that_is_sent_counts_before_the_cookie(site: Site) -> None:
    await site.sign_in()
    assert (await site.ask(WHO, authorization="Bearer nonsense")).status_code == 401
    signed = await site.ask(WHO, authorization=f"Bearer {site.token}", origin=EVIL)
    assert signed.json() == MIRAS, "no cookie is needed: whoever has the token may ask from anywhere"
    ended = await site.ask("mutation { signOut { at: __typename } }", authorization=f"Bearer {site.token}")
    assert "set-cookie" not in ended.headers, "it was the other session that ended"
    assert (await site.ask(WHO)).json() == MIRAS
    async with site.socket({"token": "nonsense"}) as talk:
        with pytest.raises(ConnectionClosed):
            await talk.recv()
    assert talk.close_code == 4403


@pytest.mark.parametrize("mutation", ENDS)
async def test_signing_out_takes_it_away_and_ends_its_sockets(site: Site, mutation: str) -> None:
    await site.sign_in()
    async with site.socket() as talk:
        assert await site.who(talk) == MIRAS
        kept = dict(site.jar)
        ended = await site.ask(ENDS[mutation])
        assert ended.headers["set-cookie"] == "spilno=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"
        assert site.jar == {}
        asked = {"type": "subscribe", "id": "1", "payload": {"query": WHO}}
        await talk.send(orjson.dumps(asked).decode())
        with pytest.raises(ConnectionClosed):
            await talk.recv()
    assert talk.close_code == 4403
    assert (await site.ask(WHO)).json() == {"data": {"viewer": None}}
    site.jar = kept
    assert (await site.ask(WHO)).status_code == 401


async def test_ending_the_own_session_takes_it_away_and_another_leaves_it(site: Site) -> None:
    await site.sign_in()
    listed = (await site.ask("{ viewer { sessions { id createdAt } } }")).json()["data"]["viewer"]["sessions"]
    own, other = [each["id"] for each in listed]  # newest first
    end = "mutation($id: ID!) { endSession(input: {sessionId: $id}) { __typename } }"
    ended = await site.ask(end, {"id": other})
    assert (ended.json()["data"]["endSession"]["__typename"], "set-cookie" in ended.headers) == ("SessionEnded", False)
    ended = await site.ask(end, {"id": own})
    assert (ended.json()["data"]["endSession"]["__typename"], site.jar) == ("SessionEnded", {})


async def test_a_cookie_that_opens_nothing_is_taken_away_with_the_refusal(site: Site) -> None:
    """No script can: without it the browser could not even sign in anew."""
    site.jar = {"spilno": "nonsense"}
    refused = await site.sign_in()
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (401, "NOT_SIGNED_IN")
    assert site.jar == {}
    assert (await site.sign_in()).json()["data"]["signIn"]["__typename"] == "SignedIn"
    site.jar = {"spilno": "nonsense"}
    assert (await site.ask(WHO, accept="text/event-stream")).status_code == 401
    assert site.jar == {}
    site.jar = {"spilno": "nonsense"}
    assert (await site.ask(WHO, origin=EVIL)).status_code == 403
    assert site.jar == {"spilno": "nonsense"}, "a strange page changes nothing of it"


async def test_signing_in_again_ends_the_session_that_the_browser_had(site: Site) -> None:
    await site.sign_in()
    before, kept = await site.sessions(), dict(site.jar)
    await site.sign_in()
    assert site.jar != kept
    assert await site.sessions() == before
    assert (await site.ask(WHO)).json() == MIRAS
    await site.sign_in("TOKEN")
    assert await site.sessions() == before + 1, "that one takes nobody's place"
    site.jar = kept
    assert (await site.ask(WHO)).status_code == 401


async def test_the_last_word_of_an_operation_counts(site: Site) -> None:
    await site.sign_in()
    both = SIGN_IN.replace("signIn(", "signOut { __typename } signIn(")
    await site.ask(both, {"password": MIRA["password"]})
    assert (await site.ask(WHO)).json() == MIRAS


async def test_an_answer_to_somebody_is_kept_by_no_cache_and_other_cookies_make_no_difference(site: Site) -> None:
    polls = "{ polls { totalCount } }"
    nobodys = await site.get(polls)
    assert nobodys.headers["cache-control"].startswith("public")
    assert "cookie" in nobodys.headers["vary"]
    await site.sign_in()
    own = await site.get(polls, **{"if-none-match": nobodys.headers["etag"]})
    assert (own.status_code, own.headers["cache-control"], "etag" in own.headers) == (200, "no-store", False)


async def test_an_installation_with_https_names_it_for_this_host_alone(tmp_path: Path) -> None:
    """Behind a proxy that ends TLS and passes the host on."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'site.db'}"
    settings = Settings(database_url=url, public_url="https://spilno.example")
    async with (
        serving(build(settings), http=GraphProtocol) as address,
        httpx2.AsyncClient(base_url=f"http://{address}", timeout=20) as client,
    ):
        storage = Storage(url)
        await joined(storage)
        await storage.close()
        proxied = {"host": "spilno.example", "origin": "https://spilno.example"}
        body = {"query": SIGN_IN, "variables": {"password": MIRA["password"]}}
        cookie = (await client.post("/graphql", json=body, headers=proxied)).headers["set-cookie"]
        client.cookies.clear()
        assert cookie.startswith("__Host-spilno=") and "; Secure" in cookie and "Domain" not in cookie
        held = {"cookie": cookie.partition(";")[0]}
        for origin, status in {"https://spilno.example": 200, "http://spilno.example": 403}.items():
            asked = await client.post("/graphql", json={"query": WHO}, headers={**proxied, **held, "origin": origin})
            assert asked.status_code == status
        assert asked.headers.get("set-cookie") is None
        seen = await client.post("/graphql", json={"query": WHO}, headers=proxied | held)
        assert seen.json() == MIRAS
        unprefixed = {"cookie": held["cookie"].removeprefix("__Host-")}
        nobody = await client.post("/graphql", json={"query": WHO}, headers=proxied | unprefixed)
        assert nobody.json() == {"data": {"viewer": None}}
