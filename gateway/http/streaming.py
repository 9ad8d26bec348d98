"""Requests whose answer is a stream: GraphQL over SSE (distinct connections), and Apollo's multipart subscriptions."""

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache, partial
from typing import Any

from starlette.types import Receive, Scope, Send

from gateway.execution.documents import Document
from gateway.http.answering import Answering, media, told, written
from gateway.http.exchange import Headers, Incoming, Reply
from gateway.http.media import GRAPHQL_RESPONSE
from gateway.http.requests import Asked, BadRequest, asked
from gateway.live.live import RESTART, Live
from gateway.live.places import NoPlace
from gateway.live.rendered import Rendered
from gateway.live.streams import MULTIPART, SSE, Framing, Stream
from gateway.live.subscribers import Admission, Subscriber, failure

Admit = Callable[[Incoming], Awaitable[Admission]]
AGAIN = {"retry-after": "10"}


@lru_cache(maxsize=256)
def framing(accept: str | None) -> Framing | None:
    """How the client takes a subscription; None when it names no stream. Who names both kinds and not Apollo's protocol, as
    urql does, means events."""
    ranges = [each.lower().replace(" ", "").replace('"', "") for each in (accept or "").split(",")]
    if any(each.startswith("multipart/mixed") and "subscriptionspec=1.0" in each for each in ranges):
        return MULTIPART
    return SSE if any(each.split(";")[0] == "text/event-stream" for each in ranges) else None


def wants_stream(incoming: Incoming) -> bool:
    return framing(incoming.header(b"accept")) is not None


class Streaming:
    """Answers requests that name a stream in `Accept`. `admit` tells who asks; a Refusal that it raises is 401 or 403."""

    def __init__(self, answering: Answering, live: Live, admit: Admit) -> None:
        self._answering, self._live, self._admit = answering, live, admit

    async def answer(self, incoming: Incoming, body: bytes, scope: Scope, receive: Receive, send: Send) -> Reply | None:
        """A reply; None where a stream has begun, and ended. `body` is whole."""
        chosen = framing(incoming.header(b"accept"))
        assert chosen is not None
        try:
            parameters = asked(incoming, body)
            document = self._answering.documents.find(parameters.query, parameters.document_id)
            if not document.is_subscription(parameters.operation_name):
                return _as_events(incoming, chosen, await self._answering.answer(incoming, body))
            with self._live.places.taken(incoming.client):
                stream = Stream(chosen, self._live.hub.counts, scope, receive, send)
                return await self._stream(incoming, parameters, document, stream)
        except NoPlace as full:
            self._live.hub.counts.refused += 1
            return told(incoming, BadRequest(full.message, "NO_PLACE", full.status, AGAIN))
        except Exception as error:
            return told(incoming, error)

    async def _stream(self, incoming: Incoming, parameters: Asked, document: Document, stream: Stream) -> Reply | None:
        if self._live.is_draining:
            raise BadRequest(RESTART.reason, "RESTARTING", 503, AGAIN)
        admission = await self._admit(incoming)
        if self._answering.passing is not None:
            name = parameters.operation_name
            self._answering.passing(admission.context, document, name, parameters.variables)
        subscription = self._live.hub.engine.subscription(
            document,
            request_id=incoming.request_id,
            variables=parameters.variables,
            operation_name=parameters.operation_name,
        )
        if isinstance(subscription, dict):
            return _refused(incoming, stream.framing, subscription["errors"])
        subscriber = Subscriber(self._live.hub, self._live.people, partial(self._admit, incoming), stream)
        try:
            with self._live.here(stream, stream.framing.name):
                try:
                    resume = incoming.header(b"last-event-id") or None
                    cursor = await subscriber.follow("", subscription, resume)
                except Exception as error:  # a refusal, or a bug of ours
                    return _refused(incoming, stream.framing, failure(error, incoming.request_id))
                await stream.run(cursor, subscriber, _headers(incoming, stream.framing))
        finally:
            subscriber.close()
        return None


def _headers(incoming: Incoming, chosen: Framing) -> Headers:
    return (
        (b"content-type", chosen.media.encode()),
        (b"cache-control", b"no-store"),
        (b"vary", b"accept, authorization, cookie"),
        (b"x-accel-buffering", b"no"),  # nginx passes on what it is sent, when it is sent
        (b"x-content-type-options", b"nosniff"),
        (b"x-request-id", incoming.request_id.encode()),
    )


def _as_events(incoming: Incoming, chosen: Framing, reply: Reply) -> Reply:
    """A whole answer; as the only event of a stream for who takes nothing else."""
    if chosen is not SSE or media(incoming) is not None or reply.status != 200:
        return reply
    events = Rendered(0, reply.body).event + SSE.closing
    headers = ((b"content-type", SSE.media.encode()), *(each for each in reply.headers if each[0] != b"content-type"))
    return Reply(200, headers, events, reply.kind, reply.own)


def _refused(incoming: Incoming, chosen: Framing, errors: Sequence[dict[str, Any]]) -> Reply:
    """Readers of events learn nothing from a status; others read errors as they read those of a query."""
    if chosen is SSE:
        usual = tuple(each for each in _headers(incoming, SSE) if each[0] != b"x-request-id")
        return Reply(200, usual, SSE.failure(errors) + SSE.closing)
    status = 400 if media(incoming) == GRAPHQL_RESPONSE else 200
    return written(incoming, {"errors": errors}, status)
