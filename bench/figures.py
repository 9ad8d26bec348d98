"""What came out of a query on one server, in figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

from bench.client import Load
from bench.questions import Question


@dataclass(frozen=True)
class Figures:
    """`entities` and `kilobytes` are of a middling answer.

    `cpu_ms` is the server's for one request, `database_ms` that of all PostgreSQL's processes.
    `busy` is how much of its core the server used, 0 to 1: clearly below 1, something else held it up.
    """

    name: str
    title: str
    server: str
    entities: int
    kilobytes: float
    requests: int
    seconds: float
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float | None
    database_ms: float | None
    busy: float | None


def figures(server: str, question: Question, answers: Sequence[bytes], load: Load) -> Figures:
    count = len(load.latencies)
    percentiles = quantiles(load.latencies, n=100, method="inclusive")
    middling = sorted(answers, key=len)[len(answers) // 2]
    return Figures(
        name=question.name,
        title=question.title,
        server=server,
        entities=entities(middling),
        kilobytes=round(len(middling) / 1000, 1),
        requests=count,
        seconds=round(load.seconds, 2),
        per_second=round(count / load.seconds, 1),
        p50_ms=round(percentiles[49] * 1000, 2),
        p99_ms=round(percentiles[98] * 1000, 2),
        cpu_ms=_each(count, load.spent.server),
        database_ms=_each(count, load.spent.database),
        busy=None if load.spent.server is None else round(load.spent.server / load.seconds, 2),
    )


def entities(answer: bytes) -> int:
    """How many entities an answer has: the queries ask each for its id, under that name."""
    return answer.count(b'"id":')


def _each(count: int, seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / count * 1000, 3)
