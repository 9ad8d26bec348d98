"""One line a request: method, path, status, milliseconds, request id. Never a query, a variable, a header or a token in a path.

The lines look as all others do, but are written by hand: structlog takes 25 to 35 us for one, and every request has one.
"""

import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from time import perf_counter
from typing import Any, Literal

import orjson
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.request_ids import request_id

EXPORTS = "/exports/"


class AccessLog:
    """Writes to stderr, like every log of the process, as long as its logger `spilno.access` takes the level INFO."""

    def __init__(self, style: Literal["console", "json"]) -> None:
        self._line: Callable[..., str] = _json if style == "json" else _console
        self._logger = logging.getLogger("spilno.access")

    def tell(self, method: str, path: str, status: int, seconds: float, request_id: str) -> None:
        """The status is 0 when nobody was left to answer. Never raises."""
        if not self._logger.isEnabledFor(logging.INFO):
            return
        line = self._line(method=method, path=path, status=status, ms=round(seconds * 1000, 1), request_id=request_id)
        with suppress(OSError, ValueError):  # stderr is gone: no reason to answer nobody
            sys.stderr.write(line)


class Telling:
    """The ASGI middleware that tells an access log of every request that passes through it."""

    def __init__(self, app: ASGIApp, log: AccessLog) -> None:
        self._app, self._log = app, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = perf_counter(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            seconds = perf_counter() - began
            self._log.tell(
                scope["method"], without_secret(scope["path"]), status, seconds, request_id(HTTPConnection(scope))
            )


def without_secret(path: str) -> str:
    """The path without the token that fetches somebody's data."""
    return f"{EXPORTS}..." if path.startswith(EXPORTS) else path


def _json(**told: Any) -> str:
    return orjson.dumps({**told, "event": "request", "level": "info", "timestamp": _now()}).decode() + "\n"


def _console(*, method: str, path: str, status: int, ms: float, request_id: str) -> str:
    return (
        f"{_now()} [info     ] request                        "
        f"method={_plain(method)} ms={ms} path={_plain(path)} request_id={request_id} status={status}\n"
    )


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=256)
def _plain(value: str) -> str:
    """As it is when it can be read as one word, else as Python writes it: a path may hold anything."""
    return value if value.isprintable() and not set(value) & set(" ='\"") else repr(value)
