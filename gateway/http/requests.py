"""What a client may ask over HTTP, read out of whatever it sent."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self
from urllib.parse import parse_qsl

import orjson

from gateway.documents.manifest import bare
from gateway.http.exchange import Incoming
from gateway.http.media import JSON

DEEPEST = 200  # objects and lists within each other: what is read must be writable too, and orjson writes 254


@dataclass(frozen=True)
class Asked:
    """The parameters of GraphQL over HTTP, of the right types. `query` is empty when only the document's id was sent."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None
    document_id: str | None = None


class BadRequest(Exception):
    """What was sent is no GraphQL request. Codes: BAD_REQUEST, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE,
    NOT_ACCEPTABLE, METHOD_NOT_ALLOWED, SUBSCRIPTION_NEEDS_WEBSOCKET, PERSISTED_QUERY_NOT_SUPPORTED."""

    def __init__(
        self, message: str, code: str = "BAD_REQUEST", status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message, self.code, self.status, self.headers = message, code, status, headers or {}

    @classmethod
    def too_large(cls, most_bytes: int) -> Self:
        return cls(f"The body is larger than {most_bytes:,} bytes.", "BODY_TOO_LARGE", 413)


def asked(incoming: Incoming, body: bytes) -> Asked:
    """The parameters of a GET or a POST. Raises BadRequest."""
    return checked(_in_address(incoming.query) if incoming.method == "GET" else _json(body, "The body"))


def checked(parameters: Any) -> Asked:
    """The parameters of a decoded request, on any transport. Raises BadRequest that names what is wrong."""
    if isinstance(parameters, list):
        raise BadRequest("Batches are not taken: send one operation for each request.")
    if not isinstance(parameters, dict):
        raise BadRequest(f"The request must be an object, not {_kind(parameters)}.")
    get = parameters.get
    for name, kind, told in PARAMETERS:
        value = get(name)
        if value is not None and not isinstance(value, kind):
            raise BadRequest(f"`{name}` must be {told}, not {_kind(value)}.")
    query, extensions = get("query"), get("extensions")
    document_id = named(get("documentId"), extensions)
    if query is None and document_id is None:
        raise BadRequest("`query` is missing: the text of the GraphQL document.")
    return Asked(query or "", get("variables"), get("operationName"), extensions, document_id)


PARAMETERS: tuple[tuple[str, type, str], ...] = (
    ("query", str, "a string"),
    ("variables", dict, "an object or null"),
    ("operationName", str, "a string or null"),
    ("extensions", dict, "an object or null"),
    ("documentId", str, "a string or null"),
)


def named(document_id: str | None, extensions: Mapping[str, Any] | None) -> str | None:
    """The id of a document in its bare form: `documentId`, or `extensions.persistedQuery` of Apollo's clients.

    Raises BadRequest.
    """
    if document_id is not None:
        return bare(document_id)
    persisted = extensions.get("persistedQuery") if extensions else None
    if persisted is None:
        return None
    if not isinstance(persisted, dict) or not isinstance(persisted.get("sha256Hash"), str):
        raise BadRequest("`extensions.persistedQuery` must be an object with `version` and `sha256Hash`.")
    if persisted.get("version", 1) != 1:  # Apollo's clients know this message and code, and send texts from then on
        raise BadRequest("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED", 200)
    return bare(persisted["sha256Hash"])


def expect_json(incoming: Incoming) -> None:
    """Raises BadRequest (415). A page elsewhere cannot send this type without asking first (CORS): it is what keeps
    forged requests out."""
    if not _is_json(incoming.header(b"content-type") or ""):
        told = "The content type must be `application/json`, in UTF-8."
        raise BadRequest(told, "UNSUPPORTED_MEDIA_TYPE", 415, {"accept-post": JSON})
    if (incoming.header(b"content-encoding") or "identity").strip().lower() != "identity":
        told = "Bodies are taken as they are, without a content encoding."
        raise BadRequest(told, "UNSUPPORTED_MEDIA_TYPE", 415, {"accept-encoding": "identity"})


@lru_cache(maxsize=256)
def _is_json(content_type: str) -> bool:
    media, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charset = next((part[8:].strip('"') for part in parameters if part.startswith("charset=")), "utf-8")
    return media == JSON and charset in ("utf-8", "utf8")


def expect_length(incoming: Incoming, most_bytes: int) -> None:
    """Raises BadRequest (413) for a body that is announced too long. What it does not say is not trusted either."""
    announced = incoming.header(b"content-length") or "0"
    if announced.isdecimal() and (len(announced) > 18 or int(announced) > most_bytes):
        raise BadRequest.too_large(most_bytes)


def _in_address(query: bytes) -> dict[str, Any]:
    found: dict[str, Any] = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    for name in ("variables", "extensions"):
        if name in found:
            found[name] = _json(found[name].encode(errors="surrogatepass"), f"`{name}`")
    return found


def _json(text: bytes, what: str) -> Any:
    if not text:
        raise BadRequest(f"{what} is empty; it must be JSON.")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:  # also for nesting beyond 1,024, lone surrogates and wrong UTF-8
        raise BadRequest(f"{what} is not JSON in UTF-8 (line {error.lineno}, column {error.colno}).") from None
    if too_deep(text, value):
        raise BadRequest(f"{what} is nested more than {DEEPEST} deep.")
    return value


def too_deep(text: bytes, value: Any) -> bool:
    """Whether objects and lists stand more than DEEPEST deep within each other in `value`, read out of `text`."""
    if text.count(b"[") + text.count(b"{") <= DEEPEST:
        return False
    level = [value]
    for _ in range(DEEPEST):
        level = [one for outer in level for one in _inside(outer) if isinstance(one, dict | list)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Collection[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _kind(value: Any) -> str:
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "an object"}
    return names.get(type(value), "null")
