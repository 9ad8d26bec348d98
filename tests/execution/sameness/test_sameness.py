"""Compiled answers are graphql-core's: a share of the proof; all of it runs in `make soak`."""

from collections.abc import AsyncIterator

import pytest

from gateway.execution.engine import Engine
from modules.kernel.storage import Storage
from tests.execution.sameness import unruly
from tests.execution.sameness.drawing import draw
from tests.execution.sameness.reaching import reachable
from tests.execution.sameness.worlds import World, rabble, town

SEED = 20_261_124


@pytest.fixture
async def quarter(engine: Engine, storage: Storage) -> AsyncIterator[World]:
    async with town(engine, storage) as world:
        yield world


@pytest.fixture
async def ruins(engine: Engine, storage: Storage, owner: Storage) -> AsyncIterator[World]:
    async with town(engine, storage, owner=owner) as world:
        yield world


async def test_answers_about_a_town_are_the_same(quarter: World) -> None:
    for number in range(300):
        await quarter.compare(SEED, number)
    assert quarter.seen.figures["with data"] > 110
    assert quarter.seen.figures["with errors"] > 10
    root = quarter.engine.schema.query_type
    assert root is not None
    there = reachable(quarter.engine.schema, root)
    assert len(quarter.reached & there) > 0.8 * len(there), sorted(there - quarter.reached)  # the rest by make soak


async def test_answers_about_ruins_are_the_same(ruins: World) -> None:
    for number in range(90):
        await ruins.compare(SEED, number)
    assert ruins.seen.codes["INTERNAL_SERVER_ERROR"] > 0


async def test_answers_are_the_same_whatever_resolvers_do() -> None:
    async with rabble(Engine(unruly.schema())) as world:
        for number in range(250):
            await world.compare(SEED, number)
        assert {"INTERNAL_SERVER_ERROR", "NOT_ALLOWED", "BAD_USER_INPUT", "RATE_LIMITED"} <= set(world.seen.codes)


async def test_a_seed_and_a_number_draw_one_document(engine: Engine) -> None:
    drawn = [draw(engine.schema, unruly.known(), SEED, number) for number in range(20)]
    assert drawn == [draw(engine.schema, unruly.known(), SEED, number) for number in range(20)]
    assert len({case.text for case in drawn}) > 15
