"""From an empty PostgreSQL to the figures."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from bench.client import Load, WrongAnswer, ask, check, fetch, http_request, load
from bench.comparing import difference
from bench.content import FULL, Size
from bench.figures import Figures, entities, figures
from bench.machine import Cores
from bench.peers.roster import PEERS, Peer
from bench.questions import POINT, Question
from bench.serving import Server, serving, spilno
from bench.stage import Stage, staged

OURS = Peer("spilno", spilno)
SAMPLE = 20  # different requests of a question whose answers are looked at


@dataclass(frozen=True)
class Plan:
    """Seconds are for each query and server. `only` are names of queries; empty for all."""

    seconds: float = 4.0
    warm_up: float = 1.0
    connections: int = 16
    only: tuple[str, ...] = ()
    peers: tuple[str, ...] = tuple(PEERS)
    size: Size = FULL
    pinned: bool = True


@dataclass(frozen=True)
class Outcome:
    database_version: str
    counts: dict[str, int]
    figures: list[Figures]


@dataclass(frozen=True)
class Entrant:
    """A server that is measured, and what it is asked."""

    peer: Peer
    server: Server
    token: str | None
    questions: Mapping[str, Question]

    def requests(self, name: str) -> list[bytes]:
        return [http_request(body, self.token) for body in self.questions[name].bodies]


async def run(server_url: str, plan: Plan, cores: Cores, say: Callable[[str], None]) -> Outcome:
    """Raises WrongAnswer when an answer is not what it should be, or a peer's not the same as ours."""
    say("Loading the data ...")
    async with staged(server_url, plan.size) as stage:
        with ExitStack() as servers:
            entrants = []
            for peer in (OURS, *(PEERS[name] for name in plan.peers)):
                say(f"Starting {peer.name} ...")
                program = peer.program(stage.database_url)
                server = servers.enter_context(serving(program, cores, stage.postmaster))
                entrants.append(await _entered(peer, server, stage))
            found: list[Figures] = []
            for name, question in entrants[0].questions.items():
                if not plan.only or name in plan.only:
                    say(f"{name} {question.title} ...")
                    found += await measured(entrants, name, plan)
    return Outcome(stage.database_version, stage.content.counts(), found)


async def _entered(peer: Peer, server: Server, stage: Stage) -> Entrant:
    token = stage.token if peer is OURS else None
    if token:
        await guarded(server, stage)
    asked = await peer.questions(partial(ask, server.port, token), stage.content)
    return Entrant(peer, server, token, {each.name: each for each in asked})


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


async def measured(entrants: Sequence[Entrant], name: str, plan: Plan) -> list[Figures]:
    """Answers of all looked at; then the load in two stretches, there and back: the machine's moods meet all alike."""
    answers = [await _rehearsed(each, name) for each in entrants]
    for theirs, entrant in zip(answers[1:], entrants[1:], strict=True):
        _expect_same(answers[0], theirs, entrant, name)
    there = [await _loaded(each, name, plan) for each in entrants]
    back = [await _loaded(each, name, plan) for each in reversed(entrants)]
    return [
        figures(each.peer.name, each.questions[name], told, Load.together(first, second))
        for each, told, first, second in zip(entrants, answers, there, reversed(back), strict=True)
    ]


async def _rehearsed(entrant: Entrant, name: str) -> list[bytes]:
    """Answers to the first different requests. Raises WrongAnswer."""
    answers = []
    for request in entrant.requests(name)[:SAMPLE]:
        status, body = await fetch(entrant.server.port, request)
        check(status, body)
        if entities(body) < entrant.questions[name].least:
            raise WrongAnswer(
                f"{entrant.peer.name} answered {entities(body)} entities to {name}, not {entrant.questions[name].least} at the least."
            )
        answers.append(body)
    return answers


def _expect_same(ours: Sequence[bytes], theirs: Sequence[bytes], entrant: Entrant, name: str) -> None:
    """Raises WrongAnswer."""
    for own, other in zip(ours, theirs, strict=True):
        found = difference(_data(own), entrant.peer.as_ours(_data(other)))
        if found:
            raise WrongAnswer(f"{entrant.peer.name} answers {name} otherwise than we do: {found}")


def _data(body: bytes) -> Any:
    return orjson.loads(body)["data"]


async def _loaded(entrant: Entrant, name: str, plan: Plan) -> Load:
    return await load(
        entrant.server.port,
        entrant.requests(name),
        connections=plan.connections,
        warm_up=plan.warm_up,
        seconds=plan.seconds / 2,
        spent=entrant.server.spent,
    )
