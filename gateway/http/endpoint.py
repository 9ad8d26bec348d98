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
from gateway.http.streaming import Streaming, wants_stream


class GraphQLEndpoint:
    """Carries requests to the graph and its replies back. A browser that asks for a page gets `page`, who takes a stream is
    answered by `streaming`."""

    def __init__(
        self, graph: Graph, *, streaming: Streaming | None = None, page: Callable[[Request], Response] | None = None
    ) -> None:
        self._answering, self._tally, self._streaming, self._page = graph.answering, graph.tally, streaming, page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, began = Request(scope, receive), perf_counter()
        incoming = _incoming(request)
        if self._page and wants_page(incoming):
            await self._page(request)(scope, receive, send)
            return
        with structlog.contextvars.bound_contextvars(request_id=incoming.request_id):
            try:
                reply = await self._reply(incoming, request, send)
            except ClientDisconnect:
                return  # nobody is left to answer
        if reply is None:
            return  # it was a stream
        self._tally.note(reply.kind, reply.status, perf_counter() - began)
        headers = [*reply.headers, *reply.own, (b"x-request-id", incoming.request_id.encode())]
        if reply.status != 304:
            headers.append((b"content-length", b"%d" % len(reply.body)))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    async def _reply(self, incoming: Incoming, request: Request, send: Send) -> Reply | None:
        """None after a stream. Raises ClientDisconnect when the client leaves before it has sent everything."""
        streaming = self._streaming if wants_stream(incoming) else None
        refusal = self._answering.refusal(incoming, streamed=streaming is not None)
        if refusal:
            return refusal
        body = bytearray()
        if incoming.method == "POST":
            async for chunk in request.stream():
                body += chunk
                if len(body) > self._answering.most_bytes:
                    return self._answering.too_large(incoming)
        if streaming is not None:
            return await streaming.answer(incoming, bytes(body), request.scope, request.receive, send)
        return await self._answering.answer(incoming, bytes(body))


def wants_page(incoming: Incoming) -> bool:
    """Whether this is a browser at an address that somebody typed in or followed."""
    return incoming.method == "GET" and negotiated(incoming.header(b"accept"), (*OFFERED, HTML)) == HTML


def _incoming(request: Request) -> Incoming:
    scope = request.scope
    headers, client = first_of_each(scope["headers"]), scope.get("client")
    return Incoming(scope["method"], scope["query_string"], headers, client[0] if client else "", request_id(request))
