"""Logs: one event a line, JSON in production, each with the id of its request."""

import logging
import sys
import traceback
from time import perf_counter
from typing import Literal

import structlog
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import ExcInfo, Processor

from gateway.http.request_ids import request_id

MOST_FRAMES = 20  # the innermost: a resolver stands under dozens that are the executor's
LONGEST_TRACEBACK = 8_000  # characters

_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def short_traceback(exc_info: ExcInfo) -> str:
    """Where it happened, as Python tells it; the innermost frames, and the end of it when it is long.

    Never the values of variables, as structlog's own renderers would: among them are passwords, and they are slow.
    """
    told = "".join(traceback.format_exception(exc_info[1], limit=-MOST_FRAMES)).rstrip()
    return told if len(told) <= LONGEST_TRACEBACK else "..." + told[-LONGEST_TRACEBACK:]


def configure(style: Literal["console", "json"], level: int = logging.INFO) -> None:
    """Send structlog's and the standard library's logs to stderr, in one form."""
    last: list[Processor] = (
        [structlog.processors.JSONRenderer(ensure_ascii=False)]
        if style == "json"
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    told = structlog.processors.ExceptionRenderer(short_traceback)
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    formatter = structlog.stdlib.ProcessorFormatter(processors=[strip, told, *last], foreign_pre_chain=_SHARED)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


class AccessLog:
    """One line a request: method, path, status, milliseconds, request id. Never a query, a variable or a header."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._log = app, structlog.get_logger("spilno.access")

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
            self._log.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                ms=round((perf_counter() - began) * 1000, 1),
                request_id=request_id(HTTPConnection(scope)),
            )
