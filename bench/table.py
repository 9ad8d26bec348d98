"""What came out: figures of a query, and the table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from bench.client import Load

COLUMNS = ("query", "entities", "KB", "answers", "req/s", "p50 ms", "p99 ms", "CPU ms", "busy")
WIDTHS = (50, 8, 7, 8, 8, 8, 8, 8, 6)


@dataclass(frozen=True)
class Figures:
    """Of one query. `entities` and `kilobytes` are of a middling answer; `cpu_ms` is the server's, for one request.

    `busy` is how much of its core the server used, 0 to 1: clearly below 1, something else held it up.
    """

    name: str
    title: str
    entities: int
    kilobytes: float
    requests: int
    seconds: float
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float | None
    busy: float | None


def figures(name: str, title: str, answers: Sequence[bytes], load: Load) -> Figures:
    count = len(load.latencies)
    percentiles = quantiles(load.latencies, n=100, method="inclusive")
    middling = sorted(answers, key=len)[len(answers) // 2]
    return Figures(
        name=name,
        title=title,
        entities=entities(middling),
        kilobytes=round(len(middling) / 1000, 1),
        requests=count,
        seconds=round(load.seconds, 2),
        per_second=round(count / load.seconds, 1),
        p50_ms=round(percentiles[49] * 1000, 2),
        p99_ms=round(percentiles[98] * 1000, 2),
        cpu_ms=None if load.cpu_seconds is None else round(load.cpu_seconds / count * 1000, 2),
        busy=None if load.cpu_seconds is None else round(load.cpu_seconds / load.seconds, 2),
    )


def entities(answer: bytes) -> int:
    """How many entities an answer has: the queries ask each for its id, under that name."""
    return answer.count(b'"id":')


def printed(found: Sequence[Figures]) -> str:
    """The table."""
    return "\n".join(_line(row) for row in (COLUMNS, *(_cells(each) for each in found)))


def told(facts: Mapping[str, Any]) -> str:
    """`name value, name value`"""
    return ", ".join(
        f"{name} {value:,}" if isinstance(value, int) else f"{name} {value}" for name, value in facts.items()
    )


def _cells(each: Figures) -> tuple[str, ...]:
    return (
        f"{each.name} {each.title}",
        f"{each.entities:,}",
        f"{each.kilobytes:.1f}",
        f"{each.requests:,}",
        f"{each.per_second:,.0f}" if each.per_second >= 100 else f"{each.per_second:.1f}",
        f"{each.p50_ms:.1f}",
        f"{each.p99_ms:.1f}",
        "-" if each.cpu_ms is None else f"{each.cpu_ms:.2f}",
        "-" if each.busy is None else f"{each.busy:.0%}",
    )


def _line(cells: Sequence[str]) -> str:
    first, *rest = (
        cell.ljust(width) if place == 0 else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, WIDTHS, strict=True))
    )
    return "  ".join((first, *rest))
