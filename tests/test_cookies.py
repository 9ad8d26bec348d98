"""Sessions in cookies, from the application as a whole: who is signed in by one, which pages are, and until when."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from itertools import product
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
import sqlalchemy as sa
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from gateway.app import build
from gateway.http.cookies import STRANGE
from gateway.http.protocol import GraphProtocol
from gateway.settings import Settings
from modules.identity.actions import SESSION_LASTS
from modules.identity.tables import SessionRow
from modules.kernel.storage import Storage
from tests.accounts import MIRA, joined
from tests.people import settle
from tests.serving import serving

PAGE, EVIL = "https://page.example", "https://evil.example"
WHO = "{ viewer { email } }"
MIRAS = {"data": {"viewer": {"email": MIRA["email"]}}}
SIGN_IN = """mutation($password: String!, $transport: SessionTransport! = COOKIE) {
  signIn(input: {email: "mira@example.org", password: $password, transport: $transport}) { __typename
    ... on SignedIn { token expiresAt viewer { email } } ... on Refusal { code } ... on InvalidInput { field } } }"""
ENDS = {
    "signOut": "mutation { signOut { __typename } }",
    "signOutEverywhere": "mutation { signOutEverywhere { __typename } }",
}
PROTOCOL = Subprotocol("graphql-transport-ws")


@dataclass
class Site:
    """The application, on a database in which Mira has an account and one session by token, and a browser."""

    client: httpx2.AsyncClient
    storage: Storage
    token: str
    jar: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return str(self.client.base_url).rstrip("/")

    async def ask(self, query: str, variables: Any = None, *, origin: str | None = "", **more: str) -> httpx2.Response:
        """By POST, as a page of this origin does, or of the own one; None for who names none."""
        body = {"query": query, "variables": variables}
        return self._kept(await self.client.post("/graphql", json=body, headers=self._head(origin) | more))

    async def get(self, query: str, *, origin: str | None = None, **more: str) -> httpx2.Response:
        return self._kept(await self.client.get("/graphql", params={"query": query}, headers=self._head(origin) | more))

    async def sign_in(self, transport: str = "COOKIE", **more: Any) -> httpx2.Response:
        variables = {"password": MIRA["password"], "transport": transport}
        return await self.ask(SIGN_IN, variables, **more)

    @asynccontextmanager
    async def socket(self, payload: Any = None, origin: str | None = "") -> AsyncIterator[ClientConnection]:
        named = self._head(origin)
        head = {"cookie": named["cookie"]} if "cookie" in named else {}
        async with connect(
            f"{self.origin.replace('http', 'ws')}/graphql",
            subprotocols=[PROTOCOL],
            origin=Origin(named["origin"]) if "origin" in named else None,
            additional_headers=head,
            proxy=None,
        ) as talk:
            await talk.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
            yield talk

    async def who(self, talk: ClientConnection) -> Any:
        asked = {"type": "subscribe", "id": "1", "payload": {"query": WHO}}
        await talk.send(orjson.dumps(asked).decode())
        told = [orjson.loads(await talk.recv()) for _ in range(3)]
        assert [each["type"] for each in told] == ["connection_ack", "next", "complete"]
        return told[1]["payload"]

    async def sessions(self) -> int:
        async with self.storage.reading() as read:
            return int(await read.value(sa.select(sa.func.count()).select_from(SessionRow)))

    def _head(self, origin: str | None) -> dict[str, str]:
        cookie = "; ".join(["theme=dark", *(f"{name}={value}" for name, value in self.jar.items())])
        return {"cookie": cookie} | ({} if origin is None else {"origin": origin or self.origin})

    def _kept(self, response: httpx2.Response) -> httpx2.Response:
        """What a browser does with `Set-Cookie`."""
        for told in response.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(told).items():
                if morsel["max-age"] == "0":
                    self.jar.pop(name, None)
                else:
                    self.jar[name] = morsel.value
        self.client.cookies.clear()  # ours is the jar
        return response


@pytest.fixture(autouse=True)
def quick(quick_hashes: None) -> None:
    """Everybody signs in by password here."""


@pytest.fixture(params=["auto", GraphProtocol], ids=["endpoint", "protocol"])
async def site(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> AsyncIterator[Site]:
    shutil.copy(sqlite_template, tmp_path / "site.db")
    url = f"sqlite+aiosqlite:///{tmp_path / 'site.db'}"
    settings = Settings(database_url=url, allowed_origins=(PAGE,), live_drain=0)
    async with (
        serving(build(settings), http=request.param) as address,
        httpx2.AsyncClient(base_url=f"http://{address}", timeout=20) as client,
    ):
        storage = Storage(url)
        await settle(storage)
        yield Site(client, storage, await joined(storage))
        await storage.close()


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
