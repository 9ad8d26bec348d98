"""What it ran on."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("strawberry-graphql", "graphql-core", "starlette", "uvicorn", "uvloop", "SQLAlchemy", "asyncpg", "orjson")


@dataclass(frozen=True)
class Cores:
    """The server gets one core for itself; what loads it, PostgreSQL among it, shares the others."""

    server: frozenset[int]
    load: frozenset[int]

    def keep_load_away(self) -> None:
        """Of this process, and of all that it starts from now on."""
        if self.load:
            os.sched_setaffinity(0, self.load)

    @contextmanager
    def for_server(self) -> Iterator[None]:
        """What is started in the block, with all its threads, has the server's core."""
        if not self.server:
            yield
            return
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, self.server)
        try:
            yield
        finally:
            os.sched_setaffinity(0, before)


UNPINNED = Cores(frozenset(), frozenset())


def cores() -> Cores:
    """Unpinned where there is one core only, or a system that pins nothing."""
    if not hasattr(os, "sched_getaffinity"):
        return UNPINNED
    *others, last = sorted(os.sched_getaffinity(0))
    return Cores(frozenset({last}), frozenset(others)) if others else UNPINNED


def machine() -> dict[str, str | int]:
    return {"cpu": _processor(), "cores": os.cpu_count() or 1, "system": f"{platform.system()} {platform.machine()}"}


def versions(database: str) -> dict[str, str]:
    return {
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
        "postgresql": database,
    }


def load_average() -> float:
    """Processes that wanted a core in the last minute: above the number of cores, others took part of them."""
    return round(os.getloadavg()[0], 1)


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text()
    except FileNotFoundError:
        return platform.processor() or "unknown"
    models = [line.partition(":")[2].strip() for line in told.splitlines() if line.startswith("model name")]
    return models[0] if models else "unknown"
