"""`python -m bench.fanout`: thousands of viewers of one debate; measure, print the tables, keep the figures."""

import asyncio
import gc
import logging
import resource
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from bench.content import TINY
from bench.fanout import measuring, slow
from bench.fanout.contestants import LIMIT, OURS, PEERS, Contestant, desk, ours
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
from tests.servers import RedisServer

RESULTS = Path(__file__).parents[1] / "results"
PEOPLE = 500  # with a session each, who watch and comment in turn
FEW = Plan(viewers=60, rate=10.0, seconds=1.0, singles=3)
FEW_SLOW = SlowPlan(live=3, stalled=4, rate=40.0, seconds=1.0, warm_up=0.2)


class Part(Enum):
    VIEWERS = "viewers"
    SLOW = "slow"


@dataclass(frozen=True)
class Theatre:
    """Where it is measured: the database with a debate in it, people who are signed in, and the cores."""

    stage: Stage
    tokens: list[str]
    placed: Cores

    def viewers(self, one: Contestant, plan: Plan) -> Figures:
        """Raises WrongDelivery or WrongAnswer."""
        with (
            serving(one.program(self.stage.database_url), self.placed, self.stage.postmaster) as served,
            opened(served, served, self.tokens, self._debate) as room,
        ):
            return measuring.measured(room, one, plan)

    def slow(self, plan: SlowPlan) -> Slow:
        """Comments are written by another process. Raises WrongDelivery or WrongAnswer."""
        with (
            RedisServer() as redis,
            serving(ours(self.stage.database_url, redis.url), self.placed, self.stage.postmaster) as served,
            serving(desk(self.stage.database_url, redis.url), UNPINNED, None) as writer,
            opened(served, writer, self.tokens, self._debate) as room,
        ):
            return slow.measured(room, plan)

    @property
    def _debate(self) -> str:
        return keys.encode("Debate", self.stage.content.debates[-1].id)


def main(
    postgres_url: Annotated[str | None, typer.Option(help="A server where a database may be created.")] = None,
    viewers: Annotated[int, typer.Option(help="How many follow the debate.", min=1)] = Plan.viewers,
    rate: Annotated[float, typer.Option(help="Comments a second.", min=0.1)] = Plan.rate,
    seconds: Annotated[float, typer.Option(help="How long the flood is measured.", min=0.1)] = Plan.seconds,
    singles: Annotated[int, typer.Option(help="Comments that come alone, before the flood.", min=1)] = Plan.singles,
    only: Annotated[Part | None, typer.Option(help="Only the many viewers, or only the slow ones.")] = None,
    peers: Annotated[str, typer.Option(help="Which others are measured, with commas between.")] = ",".join(PEERS),
    no_peers: Annotated[bool, typer.Option("--no-peers", help="Measure ours alone.")] = False,
    limit: Annotated[bool, typer.Option("--limit/--no-limit", help="Measure also what raw sockets can take.")] = True,
    pin: Annotated[bool, typer.Option("--pin/--no-pin", help="A core of its own for the server.")] = True,
    tiny: Annotated[bool, typer.Option("--tiny", help="Few viewers: to see that it runs, not to measure.")] = False,
    results: Annotated[Path, typer.Option(help="The folder that keeps the figures.")] = RESULTS,
) -> None:
    """Measure how updates reach thousands of viewers, and what those cost that stop reading.

    Example: python -m bench.fanout --only viewers --viewers 2000 --peers graphql-ws
    """
    configure("console", logging.WARNING)
    chosen = [] if no_peers else _chosen(peers)
    _allow_sockets()
    placed, load_before = cores() if pin else UNPINNED, load_average()
    placed.keep_load_away()
    gc.disable()  # of the client: its pauses would be measured
    plan = FEW if tiny else Plan(viewers, rate, seconds, singles)

    def measure(theatre: Theatre) -> dict[str, Any]:
        kept: dict[str, Any] = {"plan": asdict(plan)}
        if only is not Part.SLOW:
            kept["viewers"] = _viewers(theatre, plan, chosen, [LIMIT] if limit else [])
        if only is not Part.VIEWERS:
            kept["slow"] = _slow(theatre, FEW_SLOW if tiny else SlowPlan())
        return kept

    with server(postgres_url) as url:
        kept = asyncio.run(_on_stage(url, placed, measure))
    loads = [load_before, load_average()]
    typer.echo(f"load average {loads[0]} before, {loads[1]} after")
    typer.echo(f"kept in {_keep(results, {'load_average': loads, 'pinned': placed != UNPINNED, **kept})}")


def _chosen(peers: str) -> list[Contestant]:
    names = list(filter(None, peers.split(",")))
    unknown = set(names) - set(PEERS)
    if unknown:
        raise typer.BadParameter(f"no peer is called {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}")
    return [PEERS[name] for name in names]


def _allow_sockets() -> None:
    """As many as the system lets us have; servers that are started inherit it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _on_stage(url: str, placed: Cores, measure: Callable[[Theatre], dict[str, Any]]) -> dict[str, Any]:
    """What is measured has a loop of its own: this one stands still meanwhile."""
    async with staged(url, replace(TINY, people=PEOPLE)) as stage:
        found = {**versions(stage.database_version), **javascript.live_versions()}
        typer.echo(f"machine: {told(machine())}\nversions: {told(found)}\n")
        return {"versions": found, **measure(Theatre(stage, await signed_in(stage), placed))}


def _viewers(theatre: Theatre, plan: Plan, peers: list[Contestant], limit: list[Contestant]) -> list[dict[str, Any]]:
    found = []
    for one in (OURS, *peers, *limit):
        typer.echo(f"{one.name} ...", err=True)
        found.append(theatre.viewers(one, plan))
    typer.echo(
        f"{plan.viewers:,} viewers, one comment at a time and then {plan.rate:g} a second for {plan.seconds:g} s, "
        f"{found[0].message_bytes} bytes a message\n"
    )
    ours, *others = found
    typer.echo(printed(ours, others[: len(peers)], others[-1] if limit else None) + "\n")
    return [asdict(each) for each in found]


def _slow(theatre: Theatre, plan: SlowPlan) -> dict[str, Any]:
    typer.echo("viewers that stop reading ...", err=True)
    found = theatre.slow(plan)
    typer.echo(told_of_slow(found) + "\n")
    return {"plan": asdict(plan), **asdict(found)}


def _keep(results: Path, kept: dict[str, Any]) -> Path:
    results.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC)
    path = results / f"{at:%Y-%m-%dT%H%M%S}-fanout.json"
    path.write_bytes(orjson.dumps({"at": at, "machine": machine(), **kept}, option=orjson.OPT_INDENT_2))
    return path


if __name__ == "__main__":
    typer.run(main)
