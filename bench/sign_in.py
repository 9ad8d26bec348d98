"""`python -m bench.sign_in`: a crowd signs in at once; how long do other queries wait meanwhile?"""

import asyncio
import gc
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated

import orjson
import typer
import uvloop

from bench.client import WrongAnswer, ask, check, fetch, http_request, load
from bench.content import FULL, TINY
from bench.fanout.checking import percentiles
from bench.machine import UNPINNED, Cores, cores, load_average, machine, versions
from bench.questions import DEBATE, POINT
from bench.serving import Server, serving, spilno
from bench.stage import Stage, server, staged
from bench.table import aligned, told
from gateway.logs import configure
from gateway.wiring import identity_actions
from modules.kernel import keys
from modules.kernel.storage import Storage

RESULTS = Path(__file__).parent / "results"
SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }"
PASSWORD = "the password of the crowd"
WARM_UP = 2.0
GOAL_MS = 100.0


@dataclass(frozen=True)
class Plan:
    """`crowd` people sign in, each again as soon as they are in; `rate` other queries a second are due meanwhile."""

    crowd: int = 100
    rate: float = 100.0
    seconds: float = 15.0


@dataclass(frozen=True)
class Figures:
    """Milliseconds that other queries took, alone and beside the crowd; signing in itself."""

    queries: int
    alone_p50_ms: float
    alone_p99_ms: float
    beside_p50_ms: float
    beside_p99_ms: float
    sign_ins_per_second: float
    sign_in_p50_ms: float


async def other_queries(measured: Server, stage: Stage, plan: Plan) -> list[float]:
    """Milliseconds from when each was due to its answer, each on a connection of its own.

    Every second one reads a legal entity, the others a debate with 100 comments. Raises WrongAnswer.
    """
    codes = [{"edrpou": entity.edrpou} for entity in stage.content.legal_entities]
    debates = [{"id": keys.encode("Debate", debate)} for debate in stage.content.busy]
    latencies: list[float] = []
    began = perf_counter()

    async def one(at: int) -> None:
        query, variables = (POINT, codes) if at % 2 else (DEBATE, debates)
        body = orjson.dumps({"query": query, "variables": variables[at % len(variables)]})
        due = began + at / plan.rate
        await asyncio.sleep(due - perf_counter())
        check(*await fetch(measured.port, http_request(body, stage.token)))
        latencies.append((perf_counter() - due) * 1000)

    async with asyncio.TaskGroup() as all_of_them:
        for at in range(round(plan.rate * plan.seconds)):
            all_of_them.create_task(one(at))
    return latencies


async def measure(measured: Server, stage: Stage, plan: Plan, say: Callable[[str], None]) -> Figures:
    """Raises WrongAnswer."""
    say("Giving the crowd accounts ...")
    requests = await _with_accounts(stage, plan.crowd)
    tried = await ask(measured.port, None, SIGN_IN, {"input": _credentials(0)})
    if tried["signIn"]["__typename"] != "SignedIn":
        raise WrongAnswer(f"Nobody is let in: {tried}")
    say(f"{plan.rate:g} queries a second, alone ...")
    alone = await other_queries(measured, stage, plan)
    say(f"{plan.rate:g} queries a second, beside {plan.crowd} who sign in ...")
    signing_in = asyncio.create_task(
        load(
            measured.port,
            requests,
            connections=plan.crowd,
            warm_up=WARM_UP,
            seconds=plan.seconds,
            spent=measured.spent,
        )
    )
    await asyncio.sleep(WARM_UP)
    beside = await other_queries(measured, stage, plan)
    crowd = await signing_in
    (alone_p50, alone_p99), (beside_p50, beside_p99) = percentiles(alone), percentiles(beside)
    per_second = len(crowd.latencies) / crowd.seconds
    return Figures(
        len(beside), alone_p50, alone_p99, beside_p50, beside_p99, per_second, median(crowd.latencies) * 1000
    )


def _credentials(at: int) -> dict[str, str]:
    return {"email": f"citizen{at}@example.org", "password": PASSWORD}


async def _with_accounts(stage: Stage, crowd: int) -> Sequence[bytes]:
    """How each signs in."""
    storage = Storage(stage.database_url)
    try:
        password_hash = await identity_actions.new_hash(PASSWORD)
        async with storage.writing() as work:
            for at, person in enumerate(stage.content.people[:crowd]):
                await identity_actions.open_account(work, person.id, _credentials(at)["email"], password_hash)
    finally:
        await storage.close()
    bodies = [orjson.dumps({"query": SIGN_IN, "variables": {"input": _credentials(at)}}) for at in range(crowd)]
    return [http_request(body, None) for body in bodies]


def main(
    postgres_url: Annotated[str | None, typer.Option(help="A server on which a database may be created.")] = None,
    crowd: Annotated[int, typer.Option(help="How many sign in at once.", min=1, max=1000)] = Plan.crowd,
    rate: Annotated[float, typer.Option(help="Other queries that are due each second.", min=1)] = Plan.rate,
    seconds: Annotated[float, typer.Option(help="How long it is measured.", min=0.1)] = Plan.seconds,
    pin: Annotated[
        bool, typer.Option("--pin/--no-pin", help="A core of its own for the server, or the cores shared by all.")
    ] = True,
    tiny: Annotated[bool, typer.Option("--tiny", help="Little data: to see that it runs.")] = False,
    results: Annotated[Path, typer.Option(help="The folder that keeps the figures.")] = RESULTS,
) -> None:
    """Measure what queries wait while a crowd signs in: hashing a password takes tens of milliseconds of a core.

    Example: python -m bench.sign_in --crowd 200 --seconds 30
    """
    configure("console", logging.WARNING)
    placed, load_before = cores() if pin else UNPINNED, load_average()
    placed.keep_load_away()
    gc.disable()  # of the client: its pauses would be measured
    plan = Plan(crowd, rate, seconds)

    async def run(server_url: str, placed: Cores) -> tuple[Figures, str]:
        async with staged(server_url, TINY if tiny else FULL) as stage:
            with serving(spilno(stage.database_url), placed, stage.postmaster) as measured:
                say = lambda line: typer.echo(line, err=True)  # noqa: E731
                return await measure(measured, stage, plan, say), stage.database_version

    with server(postgres_url) as url:
        found, database = uvloop.run(run(url, placed))
    typer.echo(_printed(found, plan))
    kept = {
        "at": (at := datetime.now(UTC)),
        "machine": machine(),
        "versions": versions(database),
        "load_average": [load_before, load_average()],
        "plan": asdict(plan),
        "figures": asdict(found),
    }
    typer.echo(told({**machine(), "load average": load_before}))
    results.mkdir(parents=True, exist_ok=True)
    path = results / f"{at:%Y-%m-%dT%H%M%S}-sign-in.json"
    path.write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2))
    typer.echo(f"kept in {path}")
    if found.beside_p99_ms >= GOAL_MS:
        typer.echo(f"The goal is missed: p99 under {GOAL_MS:g} ms.", err=True)


def _printed(found: Figures, plan: Plan) -> str:
    alone = ("alone", f"{found.alone_p50_ms:.1f}", f"{found.alone_p99_ms:.1f}", "")
    beside = (
        f"while {plan.crowd} sign in",
        f"{found.beside_p50_ms:.1f}",
        f"{found.beside_p99_ms:.1f}",
        f"{GOAL_MS:g}",
    )
    signing = f"signing in: {found.sign_ins_per_second:.1f} a second, p50 {found.sign_in_p50_ms:,.0f} ms"
    return f"{aligned([('other queries', 'p50 ms', 'p99 ms', 'p99 under'), alone, beside])}\n{signing}"


if __name__ == "__main__":
    typer.run(main)
