"""Caching by browsers and proxies: which answers may be shown again, for how long, and whether one has changed.

Only the answer of a query without errors, asked by GET by nobody in particular, is ever cached. How long comes from what
the graph's types declare (`entity(..., fresh_for=...)`). Its ETag is a hash of the answer; for a query that reads only
registers it is made of the request and the registers' version, and known before anything is run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

import orjson
from graphql import GraphQLSchema

from gateway.execution.documents import Document
from gateway.execution.freshness import freshness
from gateway.http.exchange import Headers, Incoming, Reply
from modules.kernel.fields import Freshness

Versions = Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an operation whatever it is asked with. The digest tells documents and operations apart."""

    fresh: Freshness
    digest: str


@dataclass(frozen=True, slots=True)
class Cached:
    """A request whose answer may be kept for some seconds. `version` and `etag` are those of registers, if it reads
    nothing else."""

    incoming: Incoming
    seconds: int
    version: str | None = None
    etag: str | None = None

    @property
    def is_known(self) -> bool:
        """Whether the client has this answer already."""
        return self.etag is not None and self.etag in (self.incoming.header(b"if-none-match") or "")


class Caching:
    """`version` is that of the registers now, None when it cannot be told; `code` names what computes the answers.

    `cookie` is the name of the one that tells who asks; others make no difference.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        version: Versions = lambda: None,
        *,
        code: str = "",
        cookie: bytes = b"__Host-spilno",
    ) -> None:
        self._schema, self._version, self._code, self._cookie = schema, version, code, cookie
        self._known: WeakKeyDictionary[Document, dict[str | None, Known]] = WeakKeyDictionary()

    def of(
        self, incoming: Incoming, media: str, document: Document, name: str | None, variables: Mapping[str, Any] | None
    ) -> Cached | None:
        """None when the answer to this query must not be kept."""
        head = incoming.headers
        if incoming.method != "GET" or b"authorization" in head or self._cookie in head.get(b"cookie", b""):
            return None
        known = self._operation(document, name)
        if known.fresh.seconds == 0:
            return None
        version = self._version() if known.fresh.in_register else None
        if version is None:
            return Cached(incoming, known.fresh.seconds)
        asked = orjson.dumps([self._code, version, known.digest, media, variables], option=orjson.OPT_SORT_KEYS)
        return Cached(incoming, known.fresh.seconds, version, _tag(asked))

    def kept(self, cached: Cached, reply: Reply) -> Reply:
        """The reply with what caches are to do with it; without a body when the client has it already."""
        if cached.version is not None and cached.version != self._version():
            return reply  # an import came in between: it may have been read half before it and half after
        cached = cached if cached.etag else replace(cached, etag=_tag(_media(reply) + reply.body))
        return (
            unchanged(cached, reply.headers)
            if cached.is_known
            else replace(reply, headers=_for_caches(reply.headers, cached), own=())
        )

    def _operation(self, document: Document, name: str | None) -> Known:
        operations = self._known.setdefault(document, {})
        if name not in operations:
            assert document.ast is not None and document.ast.loc is not None  # it has an operation
            text = f"{name or ''}\n{document.ast.loc.source.body}"
            operations[name] = Known(freshness(self._schema, document, name), sha256(text.encode()).hexdigest())
        return operations[name]


def unchanged(cached: Cached, headers: Headers) -> Reply:
    """304: the client's copy is good for another while."""
    return Reply(304, _for_caches(headers, cached), b"", "query")


def _for_caches(headers: Headers, cached: Cached) -> Headers:
    kept = tuple((name, value) for name, value in headers if name != b"cache-control")
    control = (b"cache-control", b"public, max-age=%d" % cached.seconds)
    return (*kept, control, (b"etag", b"W/" + (cached.etag or "").encode()))


def _tag(content: bytes) -> str:
    """Quoted. It says that two answers mean the same, not that their bytes are equal: proxies compress."""
    return f'"{sha256(content).hexdigest()[:32]}"'


def _media(reply: Reply) -> bytes:
    return next(value for name, value in reply.headers if name == b"content-type")
