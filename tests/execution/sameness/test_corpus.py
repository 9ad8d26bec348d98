"""Known documents: what frontends start from, and what is sent to break things."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from graphql import OperationType, parse

from gateway.execution.engine import Engine
from modules.kernel import keys
from modules.kernel.storage import Storage
from tests.execution.sameness import nasty, quarter
from tests.execution.sameness.associations import ORGANISATIONS
from tests.execution.sameness.drawing import Case
from tests.execution.sameness.worlds import World, town
from tests.people import KYIV

FOLDER = Path(__file__).parents[3] / "operations"
VARIABLES: dict[str, dict[str, Any]] = {
    "comment-replies": {"id": nasty.COMMENT},
    "debate-page": {"id": nasty.DEBATE},
    "debates": {"filter": {"municipalityId": nasty.PLACE}, "first": 5},
    "legal-entities": {"search": "спілка", "first": 5},
    "legal-entity": {"edrpou": "00000037"},
    "municipalities": {"search": "село", "first": 3},
    "municipality-page": {"code": KYIV},
    "organisation-page": {"id": keys.encode("Organisation", ORGANISATIONS[2])},
    "organisations": {"search": "спілка", "first": 3},
    "person-page": {"id": nasty.PERSON},
    "persons": {"filter": {"interest": "сквер"}, "search": "сусідки", "first": 3},
    "poll-page": {"id": nasty.POLL},
    "polls": {"first": 5},
    "viewer": {},
}


@pytest.fixture
async def world(engine: Engine, storage: Storage) -> AsyncIterator[World]:
    async with town(engine, storage) as world:
        yield world


def queries() -> dict[str, str]:
    """The text of every operation that is a query, by its name."""
    texts = {path.stem: path.read_text() for path in FOLDER.glob("*.graphql")}
    return {name: text for name, text in texts.items() if parse(text).definitions[0].operation is OperationType.QUERY}  # type: ignore[attr-defined]


def test_every_query_has_variables() -> None:
    assert queries().keys() == VARIABLES.keys()


async def test_operations_are_answered_the_same_and_never_fall_back(world: World) -> None:
    before = world.engine.fallbacks.copy()
    for name, text in queries().items():
        for number in range(len(quarter.VIEWERS)):
            await world.compare_case(Case(name, text, VARIABLES[name]), number)
    assert world.engine.fallbacks == before
    assert world.seen.figures["with data"] == len(VARIABLES) * len(quarter.VIEWERS) - 1  # nobody is no viewer
    assert world.seen.figures["with errors"] == 0


async def test_nasty_documents_are_answered_the_same(world: World) -> None:
    for case in nasty.CASES:
        for number in range(len(quarter.VIEWERS)):
            await world.compare_case(case, number)
    assert world.seen.figures["refused"] == 7 * len(quarter.VIEWERS)
