"""`python -m tests.execution.sameness --documents 20000`: so many documents, asked both ways in every world."""

import argparse
import asyncio
import gc
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from time import perf_counter

from gateway.execution.engine import Engine
from gateway.modules import MODULES, migrated
from gateway.stitching import Stitched
from modules.kernel.migrating import upgrade
from modules.kernel.storage import Storage
from tests.execution.sameness import unruly
from tests.execution.sameness.comparing import Different, FellBack
from tests.execution.sameness.reaching import reachable
from tests.execution.sameness.worlds import World, rabble, town
from tests.servers import create_database, postgres_url

WORLDS = ("quarter", "ruins", "unruly")
EVERY = 500  # documents between two lines of progress
COLLECTED = 50  # documents between two collections, which happen nowhere else: see tests/execution/sameness/conftest.py
DEALT = 6  # documents to one database before the next has its turn


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextmanager
def servers(kinds: list[str]) -> Iterator[dict[str, str]]:
    """The URL of a server, or the folder of files, for each kind of database."""
    with tempfile.TemporaryDirectory() as folder:
        if "postgresql" not in kinds:
            yield {"sqlite": folder}
            return
        with postgres_url() as url:
            yield {"sqlite": folder, "postgresql": url}


@asynccontextmanager
async def database(kind: str, place: str, name: str) -> AsyncIterator[Storage]:
    """A fresh migrated database."""

    @asynccontextmanager
    async def opened(url: str) -> AsyncIterator[Storage]:
        storage = Storage(url)
        await upgrade(storage, migrated())
        try:
            yield storage
        finally:
            await storage.close()

    if kind == "sqlite":
        async with opened(f"sqlite+aiosqlite:///{Path(place) / name}.db") as storage:
            yield storage
        return
    async with create_database(place) as url, opened(url) as storage:
        yield storage


@asynccontextmanager
async def world(name: str, kind: str, places: dict[str, str], engine: Engine) -> AsyncIterator[World]:
    if name == "unruly":
        async with rabble(engine) as found:
            yield found
        return
    async with (
        database(kind, places[kind], name) as storage,
        town(engine, storage, owner=storage if name == "ruins" else None) as found,
    ):
        yield found


async def ask(worlds: list[World], options: argparse.Namespace) -> int:
    """How many documents differ; they are dealt to these worlds in turn."""
    mine, of = map(int, options.share.split("/"))
    numbers = range(options.start + mine, options.start + options.documents, of)
    began, different = perf_counter(), 0
    for done, number in enumerate(numbers if options.only is None else [options.only], start=1):
        try:
            await worlds[number // DEALT % len(worlds)].compare(options.seed, number)
        except (Different, FellBack) as told:
            different += 1
            say(str(told))
            if not options.go_on:
                break
        if done % COLLECTED == 0:
            gc.collect()
        if done % EVERY == 0 or done == len(numbers):
            rate = done / (perf_counter() - began)
            say(f"{worlds[0].name}: {done:,} of {len(numbers):,}, {rate:.0f} a second, {different} different")
    report(worlds)
    return different


def report(worlds: list[World]) -> None:
    schema = worlds[0].engine.schema
    assert schema.query_type is not None
    there, met = reachable(schema, schema.query_type), set().union(*(world.reached for world in worlds))
    for title, counts in (
        ("answers", sum((world.seen.figures for world in worlds), Counter())),
        ("error codes", sum((world.seen.codes for world in worlds), Counter())),
        ("fallbacks", worlds[0].engine.fallbacks),
    ):
        say(f"  {title}: " + (", ".join(f"{name} {count:,}" for name, count in counts.most_common()) or "none"))
    say(f"  fields reached: {len(met & there)} of {len(there)}; not: {', '.join(sorted(there - met)) or 'none'}")


async def main(options: argparse.Namespace) -> int:
    # A loader's future whose waiter was cancelled by a failing sibling is nobody's any more: asyncio would tell of each.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
    gc.disable()
    kinds, different = options.database.split(","), 0
    with servers(kinds) as places:
        for name in options.worlds.split(","):
            async with AsyncExitStack() as stack:
                engine = Engine(unruly.schema() if name == "unruly" else Stitched(MODULES))
                opened = [
                    world(name, kind, places, engine) for kind in (kinds if name != "unruly" else ["no database"])
                ]
                different += await ask([await stack.enter_async_context(each) for each in opened], options)
    return different


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.execution.sameness", description=__doc__)
    parser.add_argument("--documents", type=int, default=20_000, help="in each world, dealt to its databases in turn")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=int, default=0, help="the number of the first document")
    parser.add_argument("--share", default="0/1", help="1/2: every second document, for the second of two processes")
    parser.add_argument("--only", type=int, help="ask one document: the number that a difference told")
    parser.add_argument("--worlds", default=",".join(WORLDS), help="of " + ", ".join(WORLDS))
    parser.add_argument("--database", default="sqlite,postgresql")
    parser.add_argument("--go-on", action="store_true", help="do not stop a world at its first difference")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main(parsed())) else 0)
