"""What a client may ask over HTTP, read out of whatever it sent."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request

from gateway.http.media import JSON

DEEPEST = 200  # objects and lists within each other: what is read must be writable too, and orjson writes 254


@dataclass(frozen=True)
class Asked:
    """The parameters of GraphQL over HTTP, of the right types."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None


class BadRequest(Exception):
    """What was sent is no GraphQL request. Codes: BAD_REQUEST, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE,
    NOT_ACCEPTABLE, METHOD_NOT_ALLOWED, SUBSCRIPTION_NEEDS_WEBSOCKET."""

    def __init__(
        self, message: str, code: str = "BAD_REQUEST", status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message, self.code, self.status, self.headers = message, code, status, headers or {}


async def asked(request: Request, most_bytes: int) -> Asked:
    """The parameters of a GET or a POST. Raises BadRequest."""
    if request.method == "GET":
        return checked(_in_address(request))
    _expect_json(request)
    return checked(_json(await _body(request, most_bytes), "The body"))


def checked(parameters: Any) -> Asked:
    """The parameters of a decoded request, on any transport. Raises BadRequest that names what is wrong."""
    if isinstance(parameters, list):
        raise BadRequest("Batches are not taken: send one operation for each request.")
    if not isinstance(parameters, dict):
        raise BadRequest(f"The request must be an object, not {_kind(parameters)}.")
    if parameters.get("query") is None:
        raise BadRequest("`query` is missing: the text of the GraphQL document.")
    for name, kind, told in PARAMETERS:
        value = parameters.get(name)
        if value is not None and not isinstance(value, kind):
            raise BadRequest(f"`{name}` must be {told}, not {_kind(value)}.")
    return Asked(*(parameters.get(name) for name, _, _ in PARAMETERS))  # type: ignore[arg-type] # checked above


PARAMETERS: tuple[tuple[str, type, str], ...] = (
    ("query", str, "a string"),
    ("variables", dict, "an object or null"),
    ("operationName", str, "a string or null"),
    ("extensions", dict, "an object or null"),
)


def _in_address(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in found:
            found[name] = _json(found[name].encode(errors="surrogatepass"), f"`{name}`")
    return found


def _expect_json(request: Request) -> None:
    """A page elsewhere cannot send this type without asking first (CORS): it is what keeps forged requests out."""
    media, *parameters = (part.strip().lower() for part in request.headers.get("content-type", "").split(";"))
    charset = next((part[8:].strip('"') for part in parameters if part.startswith("charset=")), "utf-8")
    if media != JSON or charset not in ("utf-8", "utf8"):
        told = "The content type must be `application/json`, in UTF-8."
        raise BadRequest(told, "UNSUPPORTED_MEDIA_TYPE", 415, {"accept-post": JSON})
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        told = "Bodies are taken as they are, without a content encoding."
        raise BadRequest(told, "UNSUPPORTED_MEDIA_TYPE", 415, {"accept-encoding": "identity"})


async def _body(request: Request, most_bytes: int) -> bytes:
    """The whole body, never holding more than the limit: the announced length is not trusted."""
    told = BadRequest(f"The body is larger than {most_bytes:,} bytes.", "BODY_TOO_LARGE", 413)
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and (len(announced) > 18 or int(announced) > most_bytes):
        raise told
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise told
    return bytes(body)


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
