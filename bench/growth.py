"""`python -m bench.growth`: how cost grows with the page, the depth, the data and the connections; four plots in one file."""

import gc
import logging
import math
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import asyncpg
import orjson
import typer
import uvloop
from sqlalchemy.engine import make_url

from bench.client import ask, check, fetch, http_request, load
from bench.content import BEGAN, FULL, KINDS, TINY, Size
from bench.curves import LEVELS, Curve, Point, plot
from bench.machine import Cores, cores, load_average, machine, versions
from bench.questions import PAGE, POINT
from bench.serving import Server, serving, spilno
from bench.stage import Stage, server, staged
from gateway.logs import configure
from modules.kernel import keys
from modules.kernel.search import searchable

RESULTS = Path(__file__).parent / "results"
PAGES = (10, 30, 100, 300, 1_000)
DEPTHS = (1, 2, 3, 4, 5, 6)
SIZES = (10_000, 100_000, 1_000_000)
CONNECTIONS = (1, 2, 4, 8, 16, 32, 64)
LARGEST_PAGE = 100
COLUMNS = (
    *("id", "edrpou", "name", "short_name", "kind", "region", "municipality_id", "parent_id", "is_verified"),
    *("search_text", "updated_at"),
)
NEXT = "query ($after: Cursor) { legalEntities(first: 100, after: $after) { pageInfo { endCursor } } }"
COUNT = "query ($kind: LegalEntityKind!) { legalEntities(filter: {kind: $kind}, first: 0) { totalCount } }"


@dataclass(frozen=True)
class Gauge:
    """Asks one server, each request for so many seconds."""

    server: Server
    token: str
    seconds: float
    say: Callable[[str], None]

    async def point(self, x: int, query: str, variables: Sequence[Mapping[str, Any]], connections: int = 1) -> Point:
        """Raises WrongAnswer."""
        bodies = [orjson.dumps({"query": query, "variables": each}) for each in variables]
        requests = [http_request(body, self.token) for body in bodies]
        check(*await fetch(self.server.port, requests[0]))
        told = await load(
            self.server.port,
            requests,
            connections=connections,
            warm_up=self.seconds / 4,
            seconds=self.seconds,
            spent=self.server.spent,
        )
        cpu = None if told.spent.server is None else round(told.spent.server / len(told.latencies) * 1000, 3)
        found = Point(x, round(median(told.latencies) * 1000, 3), cpu)
        self.say(f"  {x:>9,}: p50 {found.p50_ms:.2f} ms, CPU {cpu} ms")
        return found

    async def ask(self, query: str, variables: Mapping[str, Any]) -> Any:
        return await ask(self.server.port, self.token, query, variables)


async def by_page(gauge: Gauge) -> list[Curve]:
    """A page has 100 rows at the most: more are several pages by alias."""
    gauge.say("rows of a list")
    cursors: list[str | None] = [None]
    while len(cursors) < max(PAGES) // LARGEST_PAGE:
        found = await gauge.ask(NEXT, {"after": cursors[-1]})
        cursors.append(found["legalEntities"]["pageInfo"]["endCursor"])
    points = [await gauge.point(rows, *_rows(rows, cursors)) for rows in PAGES]
    return [Curve("rows of a list", "legal entities, 8 fields", 1, points)]


def _rows(rows: int, cursors: Sequence[str | None]) -> tuple[str, list[dict[str, Any]]]:
    pages = range(math.ceil(rows / LARGEST_PAGE))
    declared = ", ".join(f"$after{at}: Cursor" for at in pages)
    asked = " ".join(
        f"page{at}: legalEntities(first: {min(rows, LARGEST_PAGE)}, after: $after{at}) {{ ...Rows }}" for at in pages
    )
    fields = "id edrpou name shortName kind region isVerified updatedAt"
    rows_of = f"fragment Rows on LegalEntityConnection {{ edges {{ node {{ {fields} }} }} }}"
    return f"query ({declared}) {{ {asked} }} {rows_of}", [{f"after{at}": cursors[at] for at in pages}]


async def by_depth(gauge: Gauge) -> list[Curve]:
    """Lists within lists, ten rows on each level: one statement more for each."""
    gauge.say(LEVELS)
    points = [await gauge.point(depth, _levels(depth), [{}]) for depth in DEPTHS]
    return [Curve(LEVELS, "10 debates, their polls, the polls' debates, ...", 1, points)]


def _levels(depth: int) -> str:
    inner = ""
    for _ in range(depth - 1):
        inner = f"polls(first: 1) {{ id title debate {{ id title {inner} }} }}"
    return f"{{ debates(first: 10) {{ edges {{ node {{ id title {inner} }} }} }} }}"


async def by_connections(gauge: Gauge) -> list[Curve]:
    gauge.say("connections that ask without pause")
    kinds = [{"kind": kind.name} for kind in KINDS]
    points = [await gauge.point(count, PAGE, kinds, count) for count in CONNECTIONS]
    return [Curve("connections", "page of 50 of a kind", 1, points)]


async def by_data(gauge: Gauge, stage: Stage, sizes: Sequence[int]) -> list[Curve]:
    """More legal entities each time, copied beside those that are there."""
    kinds, there = [{"kind": kind.name} for kind in KINDS], len(stage.content.legal_entities)
    codes = [{"edrpou": entity.edrpou} for entity in stage.content.legal_entities[:1_000]]
    asked = {
        "one by code": (POINT, codes, 0),
        "page of 50 of a kind": (PAGE, kinds, 0),
        "how many of a kind (totalCount)": (COUNT, kinds, 1),
    }
    found: dict[str, list[Point]] = {name: [] for name in asked}
    for size in sizes:
        await _copy(stage, there, size)
        there = size
        for name, (query, variables, _) in asked.items():
            gauge.say(f"{size:,} legal entities: {name}")
            found[name].append(await gauge.point(size, query, variables))
    return [Curve("legal entities there are", name, asked[name][2], points) for name, points in found.items()]


@asynccontextmanager
async def _connected(stage: Stage) -> AsyncIterator[Any]:
    url = make_url(stage.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def _copy(stage: Stage, there: int, wanted: int) -> None:
    async with _connected(stage) as connection:
        rows = _legal_entities(stage, there, wanted)
        await connection.copy_records_to_table("registry_legal_entity", records=rows, columns=COLUMNS)
        await connection.execute("vacuum analyze registry_legal_entity")


def _legal_entities(stage: Stage, start: int, stop: int) -> Iterator[tuple[Any, ...]]:
    places = [unit.code for unit in stage.content.municipalities]
    for at in range(start, stop):
        name = f"Спілка {at * 7919 % 1_000_003} мешканців"  # not in the order of the codes
        where = ("Перша область", places[at % len(places)], None, False)
        kind = KINDS[at % len(KINDS)].value
        yield keys.derived("growth", str(at)), f"{90_000_000 + at}", name, "", kind, *where, searchable(name), BEGAN


async def run(
    server_url: str, size: Size, sizes: Sequence[int], seconds: float, placed: Cores, say: Callable[[str], None]
) -> tuple[list[Curve], str]:
    """The curves, and PostgreSQL's version. Raises WrongAnswer."""
    async with staged(server_url, replace(size, legal_entities=min(sizes))) as stage:
        with serving(spilno(stage.database_url), placed, stage.postmaster) as measured:
            gauge = Gauge(measured, stage.token, seconds, say)
            curves = [*await by_page(gauge), *await by_depth(gauge), *await by_connections(gauge)]
            return curves + await by_data(gauge, stage, sizes), stage.database_version


def main(
    postgres_url: Annotated[str | None, typer.Option(help="A server on which a database may be created.")] = None,
    seconds: Annotated[float, typer.Option(help="How long each point is measured.", min=0.01)] = 2.0,
    sizes: Annotated[str, typer.Option(help="How many legal entities there are, in turn.")] = ",".join(map(str, SIZES)),
    tiny: Annotated[bool, typer.Option("--tiny", help="Little of all else: to see that it runs.")] = False,
    results: Annotated[Path, typer.Option(help="The folder that keeps the figures and the plots.")] = RESULTS,
) -> None:
    """Measure and plot how the cost of a request grows, on our server alone."""
    configure("console", logging.WARNING)
    placed, load_before = cores(), load_average()
    placed.keep_load_away()
    gc.disable()  # of the client: its pauses would be measured
    asked = [int(size) for size in sizes.split(",")]
    with server(postgres_url) as url:
        size = TINY if tiny else FULL
        curves, database = uvloop.run(run(url, size, asked, seconds, placed, lambda line: typer.echo(line, err=True)))
    for curve in curves:
        told = f"p50 {curve.points[0].p50_ms:.2f} to {curve.points[-1].p50_ms:.2f} ms"
        typer.echo(
            f"{curve.panel}, {curve.label}: {told}, as x^{curve.exponent:.2f} (at the most x^{curve.expected:g})"
        )
    results.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC)
    path = results / f"{at:%Y-%m-%dT%H%M%S}-growth.svg"
    plot(curves, path)
    kept = {
        "at": at,
        "machine": machine(),
        "versions": versions(database),
        "load_average": [load_before, load_average()],
        "curves": [asdict(curve) for curve in curves],
    }
    path.with_suffix(".json").write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2))
    typer.echo(f"kept in {path}")


if __name__ == "__main__":
    typer.run(main)
