"""Each invariant's test notices what it is there to notice: under a mutant of the product it fails, and soon."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.live.hall_graph import place_of
from tests.live.invariants.mutants import MUTANTS, Mutant
from tests.live.invariants.nodes import PATIENCE, Ground
from tests.servers import RedisServer

NOTICED = (AssertionError, TimeoutError, pytest.fail.Exception)


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
async def test_each_mutant_is_noticed(
    mutant: Mutant, embedded: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PATIENCE, "seconds", mutant.patience)
    mutant.apply(monkeypatch)
    known = {"embedded": embedded, "ground": embedded, "tmp_path": tmp_path, "monkeypatch": monkeypatch}
    async with arguments(mutant.scenario, known, mutant.given) as given:
        assert await is_noticed(mutant.scenario(**given))


@pytest.mark.soak
@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
async def test_nothing_is_noticed_where_nothing_is_wrong(
    mutant: Mutant, embedded: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the same patience: it is the mutant that was noticed, not the haste."""
    monkeypatch.setattr(PATIENCE, "seconds", mutant.patience)
    known = {"embedded": embedded, "ground": embedded, "tmp_path": tmp_path, "monkeypatch": monkeypatch}
    async with arguments(mutant.scenario, known, mutant.given) as given:
        assert not await is_noticed(mutant.scenario(**given))


@asynccontextmanager
async def arguments(
    scenario: Callable[..., Awaitable[None]], known: Mapping[str, Any], values: tuple[Any, ...]
) -> AsyncIterator[dict[str, Any]]:
    """What a test takes: servers that are started for it, what is `known`, and for all else the values in their order."""
    names, left = list(inspect.signature(scenario).parameters), iter(values)
    if "own_redis" in names:
        with RedisServer() as redis:
            known = {**known, "own_redis": redis}
            yield {name: known[name] if name in known else next(left) for name in names}
    elif "place" in names:
        async with place_of(known["tmp_path"]) as place:
            yield {"place": place}
    else:
        yield {name: known[name] if name in known else next(left) for name in names}


async def is_noticed(running: Awaitable[None]) -> bool:
    """Whether it fails as tests fail; anything else that it raises is a fault of the mutant."""
    noticed = False
    try:
        async with asyncio.timeout(8):
            await running
    except* NOTICED:
        noticed = True
    return noticed
