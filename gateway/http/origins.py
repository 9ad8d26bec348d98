"""Which pages elsewhere may call us (CORS): in a middleware's words, and in headers for who answers without one."""

from functools import lru_cache

from starlette.datastructures import Headers as RequestHeaders
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from gateway.http.exchange import Headers

EXPOSED = ["x-request-id", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"]
ASKED = [
    *("authorization", "content-type", "x-request-id", "last-event-id"),
    *("apollographql-client-name", "apollographql-client-version", "apollo-require-preflight"),
]


class Origins:
    """`allowed` as browsers write them: "https://example.org"; "*" for all, who may not send cookies."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        self._allowed = frozenset(origin.encode() for origin in allowed)
        self.middleware = Middleware(
            _Crossing,
            allow_origins=allowed,
            allow_methods=["GET", "POST"],
            allow_headers=ASKED,
            expose_headers=EXPOSED,
            max_age=600,
        )

    def known(self, origin: bytes | None) -> bytes | None:
        """The origin if it makes a difference which one it is: any other is as good as an empty one."""
        if origin is None:
            return None
        return b"*" if b"*" in self._allowed else origin if origin in self._allowed else b""


class _Crossing(CORSMiddleware):
    """Cookies may cross from the pages that are named, and nobody else is told of cookies at all."""

    @staticmethod
    def allow_explicit_origin(headers: MutableHeaders, origin: str) -> None:
        CORSMiddleware.allow_explicit_origin(headers, origin)
        headers["Access-Control-Allow-Credentials"] = "true"

    def preflight_response(self, request_headers: RequestHeaders) -> Response:
        response = super().preflight_response(request_headers)
        if not self.allow_all_origins and self.is_allowed_origin(request_headers["origin"]):
            response.headers["Access-Control-Allow-Credentials"] = "true"
        return response


@lru_cache(maxsize=1024)
def crossing(headers: Headers, origin: bytes | None) -> Headers:
    """The headers of an answer to a page of this (known) origin, as the middleware leaves them."""
    varies = [value for name, value in headers if name == b"vary"]
    rest = [(name, value) for name, value in headers if name != b"vary"]
    if origin is not None:
        rest.append((b"access-control-expose-headers", ", ".join(EXPOSED).encode()))
    if origin:
        rest.append((b"access-control-allow-origin", origin))
    if origin and origin != b"*":
        rest.append((b"access-control-allow-credentials", b"true"))
    return (*rest, (b"vary", b", ".join([*varies, b"Origin"])))
