"""GraphQL over HTTP as an ASGI application."""

from collections.abc import Callable
from time import perf_counter

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.http.answering import OFFERED
from gateway.http.exchange import Incoming, Reply, first_of_each
from gateway.http.graph import Graph
from gateway.http.media import HTML, negotiated
from gateway.http.request_ids import request_id


class GraphQLEndpoint:
    """Carries requests to the graph and its replies back. A browser that asks for a page gets `page`."""

    def __init__(self, graph: Graph, *, page: Callable[[Request], Response] | None = None) -> None:
        self._answering, self._tally, self._page = graph.answering, graph.tally, page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, began = Request(scope, receive), perf_counter()
        incoming = _incoming(request)
        if self._page and wants_page(incoming):
            await self._page(request)(scope, receive, send)
            return
        with structlog.contextvars.bound_contextvars(request_id=incoming.request_id):
            try:
                reply = await self._reply(incoming, request)
            except ClientDisconnect:
                return  # nobody is left to answer
        self._tally.note(reply.kind, reply.status, perf_counter() - began)
        headers = [*reply.headers, (b"x-request-id", incoming.request_id.encode())]
        if reply.status != 304:
            headers.append((b"content-length", b"%d" % len(reply.body)))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    async def _reply(self, incoming: Incoming, request: Request) -> Reply:
        """Raises ClientDisconnect when the client leaves before it has sent everything."""
        refusal = self._answering.refusal(incoming)
        if refusal:
            return refusal
        body = bytearray()
        if incoming.method == "POST":
            async for chunk in request.stream():
                body += chunk
                if len(body) > self._answering.most_bytes:
                    return self._answering.too_large(incoming)
        return await self._answering.answer(incoming, bytes(body))


def wants_page(incoming: Incoming) -> bool:
    """Whether this is a browser at an address that somebody typed in or followed."""
    return incoming.method == "GET" and negotiated(incoming.header(b"accept"), (*OFFERED, HTML)) == HTML


def _incoming(request: Request) -> Incoming:
    scope = request.scope
    headers, client = first_of_each(scope["headers"]), scope.get("client")
    return Incoming(scope["method"], scope["query_string"], headers, client[0] if client else "", request_id(request))
