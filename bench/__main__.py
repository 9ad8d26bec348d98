"""`python -m bench`: measure, print the table, keep the figures."""

import gc
import logging
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
import uvloop

from bench.content import FULL, TINY
from bench.machine import UNPINNED, cores, load_average, machine, versions
from bench.peers import javascript
from bench.peers.roster import PEERS
from bench.running import Outcome, Plan, run
from bench.stage import server
from bench.table import printed, told
from gateway.logs import configure

RESULTS = Path(__file__).parent / "results"


def main(
    postgres_url: Annotated[
        str | None,
        typer.Option(
            help="A server where a database may be created (postgresql+asyncpg://...), instead of one of our own."
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(help="How long each query is measured.", min=0.1)] = Plan.seconds,
    warm_up: Annotated[float, typer.Option(help="How long each query runs before that.", min=0)] = Plan.warm_up,
    connections: Annotated[int, typer.Option(help="Keep-alive connections.", min=1, max=1000)] = Plan.connections,
    only: Annotated[list[str] | None, typer.Option(help="Only this query (Q1 to Q5); may be given again.")] = None,
    peers: Annotated[
        str, typer.Option(help="Which other servers are measured beside ours, with commas between.")
    ] = ",".join(PEERS),
    no_peers: Annotated[bool, typer.Option("--no-peers", help="Measure ours alone.")] = False,
    pin: Annotated[
        bool, typer.Option("--pin/--no-pin", help="A core of its own for the server, or the cores shared by all.")
    ] = True,
    tiny: Annotated[bool, typer.Option("--tiny", help="Little data: to see that it runs, not to measure.")] = False,
    results: Annotated[Path, typer.Option(help="The folder that keeps the figures.")] = RESULTS,
) -> None:
    """Measure five queries, on our server and its peers: requests per second, latency, CPU for one request.

    Example: python -m bench --only Q3 --seconds 10 --peers mercurius,yoga
    """
    configure("console", logging.WARNING)
    placed, load_before = cores() if pin else UNPINNED, load_average()
    placed.keep_load_away()
    gc.disable()  # of the client: its pauses would be measured
    chosen = () if no_peers else _chosen(peers)
    plan = Plan(seconds, warm_up, connections, tuple(only or ()), chosen, TINY if tiny else FULL, placed != UNPINNED)
    with server(postgres_url) as url:
        outcome = uvloop.run(run(url, plan, placed, lambda line: typer.echo(line, err=True)))
    _tell(outcome, plan, f"{load_before} before, {load_average()} after")
    typer.echo(f"kept in {_keep(results, outcome, plan)}")


def _chosen(peers: str) -> tuple[str, ...]:
    names = tuple(filter(None, peers.split(",")))
    unknown = set(names) - set(PEERS)
    if unknown:
        raise typer.BadParameter(f"no peer is called {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}")
    return names


def _tell(outcome: Outcome, plan: Plan, load: str) -> None:
    typer.echo(f"machine: {told(machine())}; load average {load}")
    typer.echo(f"versions: {told(_versions(outcome, plan))}")
    typer.echo(f"data: {told(outcome.counts)}")
    typer.echo(
        f"each server one process{' with a core of its own' if plan.pinned else ''}, {plan.connections} connections, "
        f"{plan.seconds:g} s a query in two stretches, {plan.warm_up:g} s warm-up before each\n"
    )
    typer.echo(printed(outcome.figures))


def _versions(outcome: Outcome, plan: Plan) -> dict[str, str]:
    return {**versions(outcome.database_version), **(javascript.versions() if set(plan.peers) - {"strawberry"} else {})}


def _keep(results: Path, outcome: Outcome, plan: Plan) -> Path:
    results.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC)
    kept = {
        "at": at,
        "machine": machine(),
        "versions": _versions(outcome, plan),
        "data": outcome.counts,
        "plan": asdict(plan),
        "figures": [asdict(each) for each in outcome.figures],
    }
    path = results / f"{at:%Y-%m-%dT%H%M%S}.json"
    path.write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2))
    return path


if __name__ == "__main__":
    typer.run(main)
