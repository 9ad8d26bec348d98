from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import strawberry

from gateway.execution.engine import Engine
from gateway.execution.limits import Limits
from gateway.stitching import Stitched
from modules.kernel.context import Context
from tests.stitching.village import houses, neighbours, post
from tests.stitching.village.records import LOOKED

VILLAGE = (houses.module, post.module, neighbours.module)
NOTHING: Any = None  # these modules have no storage and no log
Asking = Callable[..., Awaitable[dict[str, Any]]]


def context() -> Context:
    return Context(storage=NOTHING, log=NOTHING, ports={}, request_id="test")


def asking(schema: strawberry.Schema, limits: Limits | None = None) -> Asking:
    """Asks a schema: `await ask("{ houses { street } }")` is the whole answer."""
    engine = Engine(schema, limits=limits)

    async def ask(query: str, **variables: Any) -> dict[str, Any]:
        document = engine.prepare(query)
        return await engine.execute(document, context=context(), variables=variables)

    return ask


@pytest.fixture(scope="package")
def stitched() -> Stitched:
    return Stitched(VILLAGE)


@pytest.fixture
def ask(stitched: Stitched) -> Asking:
    """Asks the village, whose modules are stitched so that an owner comes after its parts."""
    return asking(stitched)


@pytest.fixture
def looked() -> list[tuple[str, int]]:
    """What was looked up since the test began."""
    LOOKED.clear()
    return LOOKED
