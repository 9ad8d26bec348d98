"""Logs: one event a line, JSON in production, each with the id of its request."""

import logging
import sys
import traceback
from typing import Literal

import structlog
from structlog.typing import ExcInfo, Processor

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
