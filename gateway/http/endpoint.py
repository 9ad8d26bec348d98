"""GraphQL over HTTP, by the specification of that name."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
import structlog
from graphql import GraphQLError, OperationType
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.execution.documents import Document
from gateway.execution.engine import QUERIES, QUERIES_AND_MUTATIONS, Carried, Engine, refused
from gateway.execution.errors import internal_error
from gateway.http.media import GRAPHQL_RESPONSE, HTML, JSON, negotiated
from gateway.http.request_ids import request_id
from gateway.http.requests import Asked, BadRequest, asked
from modules.kernel.refusals import NotSignedIn, Refusal

METHODS = ("GET", "POST")
HEADERS = {"cache-control": "no-store", "vary": "accept, authorization", "x-content-type-options": "nosniff"}
NO_SUBSCRIPTIONS = "A subscription runs over a WebSocket (graphql-transport-ws), at this same address."


class GraphQLEndpoint:
    """An ASGI application: POST runs queries and mutations, GET runs queries.

    A client that names `application/graphql-response+json` gets 400 for a request that cannot be run; one that takes
    `application/json` gets 200 for it, as older clients expect. A browser that asks for a page gets `page`.
    A Refusal raised by `make_context` is answered 401 (NotSignedIn) or 403.
    """

    def __init__(
        self,
        engine: Engine,
        make_context: Callable[[HTTPConnection], Awaitable[Carried]],
        *,
        page: Callable[[Request], Response] | None = None,
    ) -> None:
        self.engine, self.make_context, self.page = engine, make_context, page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        with structlog.contextvars.bound_contextvars(request_id=request_id(request)):
            try:
                response = await self.respond(request)
            except ClientDisconnect:
                return  # nobody is left to answer
            await response(scope, receive, send)

    async def respond(self, request: Request) -> Response:
        """The response to any request at all. Raises ClientDisconnect when the client left before it was sent."""
        offered = (GRAPHQL_RESPONSE, JSON, HTML) if self.page and request.method == "GET" else (GRAPHQL_RESPONSE, JSON)
        media = negotiated(request.headers.get("accept"), offered)
        if media == HTML and self.page:
            return self.page(request)
        try:
            if request.method not in METHODS:
                raise not_allowed("Use GET or POST.", METHODS)
            if media is None:
                raise BadRequest(f"The answer can be {GRAPHQL_RESPONSE} or {JSON}.", "NOT_ACCEPTABLE", 406)
            return await self.answer(request, await asked(request, self.engine.limits.body), media)
        except BadRequest as error:
            told = GraphQLError(error.message, extensions={"code": error.code})
            return written(refused([told], request_id(request)), media or JSON, request, error.status, error.headers)
        except Refusal as refusal:
            told = GraphQLError(refusal.message, original_error=refusal)
            status, headers = (401, {"www-authenticate": "Bearer"}) if isinstance(refusal, NotSignedIn) else (403, {})
            return written(refused([told], request_id(request)), media or JSON, request, status, headers)
        except ClientDisconnect:
            raise
        except Exception as error:  # a bug of ours: logged here, masked for the client
            return written({"errors": [internal_error(error, request_id(request))]}, media or JSON, request, 500)

    async def answer(self, request: Request, parameters: Asked, media: str) -> Response:
        """Run the operation. Raises BadRequest when this method may not run it."""
        document = self.engine.prepare(parameters.query)
        refuse_by_method(request.method, document, parameters.operation_name)
        answer = await self.engine.execute(
            document,
            context=await self.make_context(request),
            variables=parameters.variables,
            operation_name=parameters.operation_name,
            allow=QUERIES if request.method == "GET" else QUERIES_AND_MUTATIONS,
        )
        return written(answer, media, request, 400 if "data" not in answer and media == GRAPHQL_RESPONSE else 200)


def refuse_by_method(method: str, document: Document, operation_name: str | None) -> None:
    """Raises BadRequest for a mutation by GET, and for a subscription."""
    try:
        kind = document.operation(operation_name).operation
    except GraphQLError:
        return  # which operation is meant cannot be told: executing says so
    if kind is OperationType.SUBSCRIPTION:
        raise BadRequest(NO_SUBSCRIPTIONS, "SUBSCRIPTION_NEEDS_WEBSOCKET")
    if kind is OperationType.MUTATION and method == "GET":
        raise not_allowed("A mutation must be sent by POST.", ("POST",))


def not_allowed(message: str, methods: tuple[str, ...]) -> BadRequest:
    return BadRequest(message, "METHOD_NOT_ALLOWED", 405, {"allow": ", ".join(methods)})


def written(
    answer: Mapping[str, Any],
    media: str,
    request: Request,
    status: int,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer as bytes, written at once. Raises TypeError when a scalar let through what JSON cannot hold."""
    known = {**HEADERS, "x-request-id": request_id(request), "content-type": f"{media}; charset=utf-8"}
    return Response(orjson.dumps(answer), status, {**known, **(headers or {})})
