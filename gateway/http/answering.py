"""GraphQL over HTTP, by the specification of that name: what is answered to which request, on any transport."""

from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any

from graphql import GraphQLError, OperationType

from gateway.documents.store import Store, is_not_found
from gateway.execution.answers import encoded
from gateway.execution.documents import Document
from gateway.execution.engine import QUERIES, QUERIES_AND_MUTATIONS, Carried, Engine, refused
from gateway.execution.errors import internal_error
from gateway.http.caching import Caching, unchanged
from gateway.http.exchange import Headers, Incoming, Reply
from gateway.http.media import GRAPHQL_RESPONSE, JSON, negotiated
from gateway.http.requests import Asked, BadRequest, asked, expect_json, expect_length
from gateway.limiting.gate import Barred, extensions, headers
from gateway.limiting.ledger import Spent
from modules.kernel.refusals import NotSignedIn, Refusal

# Lets an operation of a context pass, or raises Barred; what it cost, None where that is not limited.
Passing = Callable[[Any, Document, str | None, Mapping[str, Any] | None], Spent | None]
METHODS = ("GET", "POST")
OFFERED = (GRAPHQL_RESPONSE, JSON)
NO_SUBSCRIPTIONS = (
    "A subscription runs over a WebSocket (graphql-transport-ws) at this same address, or as a stream of events: send "
    "`Accept: text/event-stream`."
)


class Answering:
    """POST runs queries and mutations, GET runs queries.

    A client that names `application/graphql-response+json` gets 400 for a request that cannot be run; one that takes
    `application/json` gets 200 for it, as older clients expect.
    A Refusal raised by `make_context` is answered 401 (NotSignedIn) or 403. Each operation has to get past `passing`.

    A transport asks `refusal` as soon as it has the head of a request. Without one it reads the body, at most
    `most_bytes` of it, and asks `answer`; for a larger one `too_large`. None of them raises.
    """

    def __init__(
        self,
        engine: Engine,
        make_context: Callable[[Incoming], Awaitable[Carried]],
        *,
        documents: Store | None = None,
        caching: Caching | None = None,
        passing: Passing | None = None,
    ) -> None:
        self.engine, self.make_context, self.documents = engine, make_context, documents or Store(engine)
        self.caching = caching or Caching(engine.schema)
        self.passing, self.most_bytes = passing, engine.limits.body

    def refusal(self, incoming: Incoming, *, streamed: bool = False) -> Reply | None:
        """The reply to a request that can be told from its head to be none. `streamed`: the answer may be a stream."""
        try:
            if incoming.method not in METHODS:
                raise not_allowed("Use GET or POST.", METHODS)
            if media(incoming) is None and not streamed:
                raise BadRequest(f"The answer can be {GRAPHQL_RESPONSE} or {JSON}.", "NOT_ACCEPTABLE", 406)
            if incoming.method == "POST":
                expect_json(incoming)
                expect_length(incoming, self.most_bytes)
        except BadRequest as error:
            return told(incoming, error)
        return None

    def too_large(self, incoming: Incoming) -> Reply:
        return told(incoming, BadRequest.too_large(self.most_bytes))

    async def answer(self, incoming: Incoming, body: bytes) -> Reply:
        try:
            return await self._answer(incoming, asked(incoming, body))
        except Exception as error:
            return told(incoming, error)

    async def _answer(self, incoming: Incoming, parameters: Asked) -> Reply:
        """Raises BadRequest when this method may not run the operation."""
        document = self.documents.find(parameters.query, parameters.document_id)
        kind = kind_allowed(incoming.method, document, parameters.operation_name)
        if incoming.method == "POST" or kind != "query":
            return (await self._run(incoming, parameters, document, kind))[0]
        written_as, name = media(incoming) or JSON, parameters.operation_name
        cached = self.caching.of(incoming, written_as, document, name, parameters.variables)
        if cached is not None and cached.is_known:
            return unchanged(cached, _usual(written_as))
        reply, is_right = await self._run(incoming, parameters, document, kind)
        return self.caching.kept(cached, reply) if cached is not None and is_right else reply

    async def _run(self, incoming: Incoming, parameters: Asked, document: Document, kind: str) -> tuple[Reply, bool]:
        """The reply, and whether it tells of no error."""
        context, name = await self.make_context(incoming), parameters.operation_name
        spent = self.passing(context, document, name, parameters.variables) if self.passing else None
        answer = await self.engine.execute(
            document,
            context=context,
            variables=parameters.variables,
            operation_name=name,
            allow=QUERIES if incoming.method == "GET" else QUERIES_AND_MUTATIONS,
        )
        not_run = "data" not in answer and media(incoming) == GRAPHQL_RESPONSE and not is_not_found(document)
        if spent is not None and spent.is_told:
            answer["extensions"] = extensions(spent)
        own = () if spent is None else headers(spent)
        return written(incoming, answer, 400 if not_run else 200, kind=kind, own=own), "errors" not in answer


def told(incoming: Incoming, error: Exception) -> Reply:
    """What the client is told of an error; one that is ours is logged here, and masked."""
    match error:
        case Barred():
            return written(incoming, refused([error], incoming.request_id), error.status, own=error.headers)
        case BadRequest():
            said = GraphQLError(error.message, extensions={"code": error.code})
            return written(incoming, refused([said], incoming.request_id), error.status, error.headers)
        case Refusal():
            said = GraphQLError(error.message, original_error=error)
            status, more = (401, {"www-authenticate": "Bearer"}) if isinstance(error, NotSignedIn) else (403, {})
            return written(incoming, refused([said], incoming.request_id), status, more)
    return written(incoming, {"errors": [internal_error(error, incoming.request_id)]}, 500)


def kind_allowed(method: str, document: Document, operation_name: str | None) -> str:
    """The kind of the operation; "none" when it cannot be told which one is meant. Raises BadRequest for a mutation by
    GET, and for a subscription."""
    try:
        kind = document.operation(operation_name).operation
    except GraphQLError:
        return "none"  # executing says why
    if kind is OperationType.SUBSCRIPTION:
        raise BadRequest(NO_SUBSCRIPTIONS, "SUBSCRIPTION_NEEDS_WEBSOCKET")
    if kind is OperationType.MUTATION and method == "GET":
        raise not_allowed("A mutation must be sent by POST.", ("POST",))
    return str(kind.value)


def not_allowed(message: str, methods: tuple[str, ...]) -> BadRequest:
    return BadRequest(message, "METHOD_NOT_ALLOWED", 405, {"allow": ", ".join(methods)})


def written(
    incoming: Incoming,
    answer: Mapping[str, Any],
    status: int,
    more: Mapping[str, str] | None = None,
    kind: str = "none",
    own: Headers = (),
) -> Reply:
    """The reply that is this answer. Raises TypeError when a scalar let through what JSON cannot hold."""
    usual = _usual(media(incoming) or JSON)
    if more:
        usual += tuple((name.encode(), value.encode()) for name, value in more.items())
    if incoming.set_cookie is not None:
        own = (*own, (b"set-cookie", incoming.set_cookie))
    return Reply(status, usual, encoded(answer), kind, own)


def media(incoming: Incoming) -> str | None:
    """The type of a whole answer; None when the client takes none that there is."""
    return negotiated(incoming.header(b"accept"), OFFERED)


@lru_cache
def _usual(media: str) -> Headers:
    return (
        (b"content-type", f"{media}; charset=utf-8".encode()),
        (b"cache-control", b"no-store"),
        (b"vary", b"accept, authorization, cookie"),
        (b"x-content-type-options", b"nosniff"),
    )
