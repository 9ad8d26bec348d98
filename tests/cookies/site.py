"""The application with somebody who signs in, and a browser that keeps what it is told to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

import httpx2
import orjson
import sqlalchemy as sa
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from modules.identity.tables import SessionRow
from modules.kernel.storage import Storage
from tests.accounts import MIRA

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
