"""Who asks, on any transport: the token of a request or a socket, looked up once and remembered.

A token that is sent as one counts before that in a cookie, and the cookie for pages alone that may use it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import HTTPConnection

from gateway.http.cookies import STRANGE, Cookies, Head, Jar
from gateway.http.exchange import Incoming, first_of_each
from gateway.http.request_ids import request_id
from gateway.http.viewers import bearer, connection_token
from gateway.live.subscribers import Admission
from gateway.services import Services
from gateway.sessions import NOT_KNOWN
from modules.kernel.context import Client, Context, SessionCookie
from modules.kernel.refusals import NotAllowed, NotSignedIn

SAID = "spilno.said"  # under this name a scope keeps what a socket has told of itself


@dataclass(frozen=True)
class Door:
    """Each way in raises NotSignedIn for a token that opens nothing; without a token it is nobody who asks.

    NotAllowed is for the cookie of a session that a strange page makes a browser send. That is not taken for nobody's
    request: the page would be shown something else than its author meant, and never told why.
    """

    held: Services
    cookies: Cookies

    async def request(self, incoming: Incoming) -> Admission:
        client = Client(incoming.client, incoming.header(b"user-agent") or "")
        token, is_by_cookie = bearer(incoming.header(b"authorization")), False
        if token is None:
            token = self._in_cookie(incoming.headers, is_harmless=incoming.method == "GET")
            is_by_cookie = token is not None
        jar = Jar(self.cookies, incoming, is_by_cookie)
        try:
            return await self._admitted(token, incoming.request_id, client, jar)
        except NotSignedIn:
            jar.forget()  # no script can: without this the browser would send it for weeks
            raise

    async def context(self, incoming: Incoming) -> Context:
        return (await self.request(incoming)).context

    async def socket(self, connection: HTTPConnection, parameters: Mapping[str, Any] | None) -> Admission:
        """`parameters` are the payload of `connection_init`: the same whenever this is asked of a connection."""
        said = connection.scope.get(SAID)
        if said is None:
            given = connection.headers
            client = Client(connection.client.host if connection.client else "", given.get("user-agent", ""))
            token = connection_token(parameters) or bearer(given.get("authorization"))
            if token is None:
                token = self._in_cookie(first_of_each(connection.scope["headers"]), is_harmless=False)
            said = connection.scope[SAID] = token, request_id(connection), client
        return await self._admitted(*said)

    def _in_cookie(self, head: Head, *, is_harmless: bool) -> str | None:
        token = self.cookies.token(head)
        if token is not None and not self.cookies.are_home(head, is_harmless=is_harmless):
            raise NotAllowed(code="ORIGIN_NOT_ALLOWED", message=STRANGE)
        return token

    async def _admitted(
        self, token: str | None, request_id: str, client: Client, cookie: SessionCookie | None = None
    ) -> Admission:
        known = NOT_KNOWN if token is None else await self.held.sessions.known(token)
        if token is not None and known is NOT_KNOWN:
            raise NotSignedIn(message="This session has ended: sign in again.")
        context = self.held.context(known.viewer, request_id=request_id, client=client, cookie=cookie)
        return Admission(context, known.until)
