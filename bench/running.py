"""From an empty PostgreSQL to the figures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from bench.client import WrongAnswer, ask, check, fetch, http_request, load
from bench.content import FULL, Size
from bench.machine import Cores
from bench.questions import POINT, Question, questions
from bench.serving import Server, serving
from bench.stage import Stage, staged
from bench.table import Figures, entities, figures


@dataclass(frozen=True)
class Plan:
    """Seconds are for each query. `only` are names of queries; empty for all."""

    seconds: float = 4.0
    warm_up: float = 1.0
    connections: int = 16
    only: tuple[str, ...] = ()
    size: Size = FULL


@dataclass(frozen=True)
class Outcome:
    database_version: str
    counts: dict[str, int]
    figures: list[Figures]


async def run(server_url: str, plan: Plan, cores: Cores, say: Callable[[str], None]) -> Outcome:
    """Raises WrongAnswer when any answer is not what it should be."""
    say("Loading the data ...")
    async with staged(server_url, plan.size) as stage:
        with serving(stage.database_url, cores) as server:
            await guarded(server, stage)
            asked = await questions(partial(ask, server.port, stage.token), stage.content)
            chosen = [each for each in asked if not plan.only or each.name in plan.only]
            found = []
            for each in chosen:
                say(f"{each.name} {each.title} ...")
                found.append(await measured(server, stage.token, each, plan))
    return Outcome(stage.database_version, stage.content.counts(), found)


async def guarded(server: Server, stage: Stage) -> None:
    """What makes an answer slower must be on while measuring: raises WrongAnswer when it is off."""
    wrong_token = http_request(Question("", "", POINT, [{"edrpou": "00000000"}], 0).bodies[0], "nobody's")
    large_page = Question("", "", "{ legalEntities(first: 101) { edges { node { id } } } }", [{}], 0).bodies[0]
    for what, request, expected in (
        ("A token that nobody has is let in", wrong_token, 401),
        ("A page of 101 is answered", http_request(large_page, stage.token), 400),
    ):
        status, body = await fetch(server.port, request)
        if status != expected:
            raise WrongAnswer(f"{what}: HTTP {status}: {body[:200].decode(errors='replace')}")
    viewer = await ask(server.port, stage.token, "{ viewer { person { name } roles { role } } }", {})
    if viewer["viewer"]["person"]["name"] != stage.content.people[0].name or not viewer["viewer"]["roles"]:
        raise WrongAnswer("The token does not say who asks.")


async def measured(server: Server, token: str, question: Question, plan: Plan) -> Figures:
    """Every different request once, its answer looked at; then the load."""
    requests = [http_request(body, token) for body in question.bodies]
    answers = await _rehearsed(server, question, requests)
    came = await load(
        server.port,
        requests,
        connections=plan.connections,
        warm_up=plan.warm_up,
        seconds=plan.seconds,
        cpu_seconds=server.cpu_seconds,
    )
    return figures(question.name, question.title, answers, came)


async def _rehearsed(server: Server, question: Question, requests: Sequence[bytes]) -> list[bytes]:
    answers = []
    for request in requests[:20]:
        status, body = await fetch(server.port, request)
        check(status, body)
        if entities(body) < question.least:
            raise WrongAnswer(f"{question.name} answered {entities(body)} entities, not {question.least} at the least.")
        answers.append(body)
    return answers
