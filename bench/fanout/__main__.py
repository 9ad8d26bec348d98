"""`python -m bench.fanout`: thousands of viewers of one debate; measure, print the tables, keep the figures."""

import asyncio
import gc
import logging
import resource
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from bench.content import TINY
from bench.fanout import measuring, slow
from bench.fanout.contestants import LIMIT, OURS, PEERS, Contestant
from bench.fanout.figures import Figures, Slow
from bench.fanout.measuring import Plan
from bench.fanout.people import signed_in
from bench.fanout.room import opened
from bench.fanout.slow import SlowPlan
from bench.fanout.table import printed, told_of_slow
from bench.machine import UNPINNED, Cores, cores, load_average, machine, versions
from bench.peers import javascript
from bench.serving import serving
from bench.stage import Stage, server, staged
from bench.table import told
from gateway.logs import configure
from modules.kernel import keys

RESULTS = Path(__file__).parents[1] / "results"
FEW = Plan(viewers=60, rate=10.0, seconds=1.0, singles=3)
FEW_SLOW = SlowPlan(live=3, stalled=5, rate=40.0, seconds=1.0)


def main(
    postgres_url: Annotated[str | None, typer.Option(help="A server where a database may be created.")] = None,
    viewers: Annotated[int, typer.Option(help="How many follow the debate.", min=1)] = Plan.viewers,
    rate: Annotated[float, typer.Option(help="Comments a second.", min=0.1)] = Plan.rate,
    seconds: Annotated[float, typer.Option(help="How long the flood is measured.", min=0.1)] = Plan.seconds,
    peers: Annotated[str, typer.Option(help="Which others are measured, with commas between.")] = ",".join(PEERS),
    only: Annotated[str, typer.Option(help="fanout or slow; both when left out.")] = "",
    limit: Annotated[bool, typer.Option("--limit/--no-limit", help="Measure also what raw sockets can take.")] = True,
    pin: Annotated[bool, typer.Option("--pin/--no-pin", help="A core of its own for the server.")] = True,
    tiny: Annotated[bool, typer.Option("--tiny", help="Few viewers: to see that it runs, not to measure.")] = False,
    results: Annotated[Path, typer.Option(help="The folder that keeps the figures.")] = RESULTS,
) -> None:
    """Measure how updates reach thousands of viewers, and what those cost that stop reading.

    Example: python -m bench.fanout --viewers 2000 --peers graphql-ws
    """
    configure("console", logging.WARNING)
    _allow_sockets()
    placed, load_before = cores() if pin else UNPINNED, load_average()
    placed.keep_load_away()
    gc.disable()  # of the client: its pauses would be measured
    plan = FEW if tiny else Plan(viewers, rate, seconds)
    chosen = [OURS, *(PEERS[name] for name in peers.split(",") if name), *([LIMIT] if limit else [])]
    typer.echo(f"machine: {told(machine())}; load average {load_before} before")
    with server(postgres_url) as url:
        kept = asyncio.run(_run(url, plan, FEW_SLOW if tiny else SlowPlan(), chosen, placed, only))
    path = results / f"fanout-{datetime.now(UTC):%Y-%m-%dT%H%M%S}.json"
    results.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps({"machine": machine(), "plan": asdict(plan), **kept}, option=orjson.OPT_INDENT_2))
    typer.echo(f"kept in {path}")


async def _run(
    url: str, plan: Plan, slow_plan: SlowPlan, chosen: Sequence[Contestant], placed: Cores, only: str
) -> dict[str, Any]:
    async with staged(url, TINY) as stage:
        found = {**versions(stage.database_version), **javascript.live_versions()}
        typer.echo(f"versions: {told(found)}")
        tokens = await signed_in(stage)
        kept: dict[str, Any] = {"versions": found}
        if only in ("", "fanout"):
            figures = [_fanout(stage, tokens, each, plan, placed) for each in chosen]
            kept["fanout"] = [asdict(each) for each in figures]
            typer.echo(
                f"\n{plan.viewers:,} viewers, {plan.rate:g} events/s, {figures[0].message_bytes} bytes a message\n"
            )
            typer.echo(printed(figures) + "\n")
        if only in ("", "slow"):
            stalled = _slow(stage, tokens, slow_plan, placed)
            kept["slow"] = asdict(stalled)
            typer.echo(told_of_slow(stalled) + "\n")
        return kept


def _fanout(stage: Stage, tokens: Sequence[str], one: Contestant, plan: Plan, placed: Cores) -> Figures:
    typer.echo(f"{one.name} ...", err=True)
    with (
        serving(one.program(stage.database_url), placed, stage.postmaster) as served,
        opened(served, tokens, _debate(stage)) as room,
    ):
        return measuring.measured(room, one, plan)


def _slow(stage: Stage, tokens: Sequence[str], plan: SlowPlan, placed: Cores) -> Slow:
    typer.echo("slow viewers ...", err=True)
    with (
        serving(OURS.program(stage.database_url), placed, stage.postmaster) as served,
        opened(served, tokens, _debate(stage)) as room,
    ):
        return slow.measured(room, plan)


def _debate(stage: Stage) -> str:
    """An open one."""
    return keys.encode("Debate", stage.content.debates[-1].id)


def _allow_sockets() -> None:
    """As many as the system lets us have; servers that are started inherit it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    typer.run(main)
