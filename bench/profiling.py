"""`python -m bench.profiling Q3`: where the time of a query goes, sampled within one process, without uvicorn.

A sample is taken for every millisecond of CPU. cProfile would not do: it makes calls dear, and gets lost between greenlets.
"""

import os
import signal
import sysconfig
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import cycle
from pathlib import Path
from time import perf_counter, process_time
from types import CodeType, FrameType
from typing import Annotated, Any

import orjson
import typer
import uvloop
from pydantic import SecretStr
from starlette.types import ASGIApp, Message

from bench.client import check
from bench.content import FULL, TINY
from bench.questions import questions
from bench.stage import Stage, server, staged
from gateway.app import build
from gateway.logs import configure
from gateway.settings import Settings

EVERY = 0.001  # seconds of CPU between two samples
ROOT = Path(__file__).parents[1]
BENEATH = ("bench/profiling.py", "typer", "uvloop")  # the stack that every sample has
LIBRARIES = {Path(sysconfig.get_path("purelib")), Path(sysconfig.get_path("platlib"))}


@dataclass
class Samples:
    """How often something was at the top of the stack, and how often a function was anywhere on it."""

    taken: int = 0
    packages: Counter[str] = field(default_factory=Counter)
    functions: Counter[str] = field(default_factory=Counter)
    within: Counter[str] = field(default_factory=Counter)

    def take(self, _signal: int, frame: FrameType | None) -> None:
        if frame is None:
            return
        self.taken += 1
        self.packages[_place(frame.f_code).package] += 1
        self.functions[_place(frame.f_code).function] += 1
        self.within.update({_place(code).function for code in _stack(frame) if _place(code).package not in BENEATH})


@dataclass(frozen=True)
class Place:
    package: str
    function: str


@cache
def _place(code: CodeType) -> Place:
    """A library's name and a function in it; our own code by its file."""
    file = Path(code.co_filename)
    for folder in LIBRARIES:
        if file.is_relative_to(folder):
            package = file.relative_to(folder).parts[0]
            return Place(package, f"{'/'.join(file.parts[-2:])}:{code.co_qualname}")
    if file.is_relative_to(ROOT):
        own = str(file.relative_to(ROOT))
        return Place(own, f"{own}:{code.co_qualname}")
    return Place("python", f"{file.name}:{code.co_qualname}")


def _stack(frame: FrameType | None) -> Iterator[CodeType]:
    while frame is not None:
        yield frame.f_code
        frame = frame.f_back


@contextmanager
def sampling() -> Iterator[Samples]:
    """What runs in the block, in the main thread."""
    samples = Samples()
    before = signal.signal(signal.SIGPROF, samples.take)
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    try:
        yield samples
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


async def post(app: ASGIApp, token: str, body: bytes) -> bytes:
    """What the application answers. Raises WrongAnswer."""
    headers = [(b"authorization", f"Bearer {token}".encode()), (b"content-type", b"application/json")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": headers,
        "client": None,
    }
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, send)
    answer = b"".join(message.get("body", b"") for message in messages)
    check(messages[0]["status"], answer)
    return answer


async def profiled(stage: Stage, name: str, seconds: float) -> tuple[Samples, float, float]:
    """Samples, and milliseconds (CPU, wall) of a request without being sampled, one request after the other."""
    secret = SecretStr("a-secret-that-only-the-benchmark-knows")
    app = build(Settings(database_url=stage.database_url, secret_key=secret))

    async def ask(query: str, variables: Mapping[str, Any]) -> Any:
        body = orjson.dumps({"query": query, "variables": variables})
        return orjson.loads(await post(app, stage.token, body))["data"]

    async with app.router.lifespan_context(app):
        (question,) = (each for each in await questions(ask, stage.content) if each.name == name)
        again = partial(_repeat, app, stage.token, question.bodies)
        await again(seconds / 4)
        cpu, wall = await again(seconds)
        with sampling() as samples:
            await again(seconds)
    return samples, cpu, wall


async def _repeat(app: ASGIApp, token: str, bodies: Iterable[bytes], seconds: float) -> tuple[float, float]:
    count, cpu, wall = 0, process_time(), perf_counter()
    for body in cycle(bodies):
        await post(app, token, body)
        count += 1
        if perf_counter() - wall > seconds:
            break
    return (process_time() - cpu) / count * 1000, (perf_counter() - wall) / count * 1000


def main(
    name: Annotated[str, typer.Argument(help="Q1 to Q5.")],
    postgres_url: Annotated[str | None, typer.Option(help="A server where a database may be created.")] = None,
    seconds: Annotated[float, typer.Option(help="How long it is sampled.", min=0.1)] = 5.0,
    tiny: Annotated[bool, typer.Option("--tiny", help="Little data.")] = False,
) -> None:
    """Where the time of a query goes."""

    async def run(url: str) -> tuple[Samples, float, float]:
        async with staged(url, TINY if tiny else FULL) as stage:
            return await profiled(stage, name, seconds)

    with server(postgres_url) as url, Path(os.devnull).open("w") as nowhere:
        with redirect_stderr(nowhere):
            configure("json")
        samples, cpu, wall = uvloop.run(run(url))
    typer.echo(f"{name}: {cpu:.2f} ms CPU, {wall:.2f} ms wall a request; {samples.taken:,} samples")
    for title, counted in (
        ("by package", samples.packages),
        ("by function", samples.functions),
        ("within a function and all that it calls", samples.within),
    ):
        typer.echo(f"\n{title}")
        for what, count in counted.most_common(30):
            typer.echo(f"{count / samples.taken:6.1%}  {what}")


if __name__ == "__main__":
    typer.run(main)
