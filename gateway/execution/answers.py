"""Answers as bytes."""

from typing import Any

import orjson


def encoded(answer: Any) -> bytes:
    """An answer of the engine as JSON. Times, which are aware, are written in UTC: `2026-05-01T09:00:00Z`.

    Raises TypeError when a scalar let through what JSON cannot hold.
    """
    return orjson.dumps(answer, option=orjson.OPT_UTC_Z)
