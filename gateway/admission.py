"""Who asks, on any transport: the token of a request or a socket, looked up once and remembered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import HTTPConnection

from gateway.http.exchange import Incoming
from gateway.http.request_ids import request_id
from gateway.http.viewers import bearer, connection_token
from gateway.live.subscribers import Admission
from gateway.services import Services
from gateway.sessions import NOT_KNOWN
from modules.kernel.context import Client, Context
from modules.kernel.refusals import NotSignedIn

SAID = "spilno.said"  # under this name a scope keeps what a socket has told of itself


@dataclass(frozen=True)
class Door:
    """Each way in raises NotSignedIn for a token that opens nothing; without a token it is nobody who asks."""

    held: Services

    async def request(self, incoming: Incoming) -> Admission:
        client = Client(incoming.client, incoming.header(b"user-agent") or "")
        return await self._admitted(bearer(incoming.header(b"authorization")), incoming.request_id, client)

    async def context(self, incoming: Incoming) -> Context:
        return (await self.request(incoming)).context

    async def socket(self, connection: HTTPConnection, parameters: Mapping[str, Any] | None) -> Admission:
        """`parameters` are the payload of `connection_init`: the same whenever this is asked of a connection."""
        said = connection.scope.get(SAID)
        if said is None:
            given = connection.headers
            client = Client(connection.client.host if connection.client else "", given.get("user-agent", ""))
            token = connection_token(parameters) or bearer(given.get("authorization"))
            said = connection.scope[SAID] = token, request_id(connection), client
        return await self._admitted(*said)

    async def _admitted(self, token: str | None, request_id: str, client: Client) -> Admission:
        known = NOT_KNOWN if token is None else await self.held.sessions.known(token)
        if token is not None and known is NOT_KNOWN:
            raise NotSignedIn(message="This session has ended: sign in again.")
        return Admission(self.held.context(known.viewer, request_id=request_id, client=client), known.until)
