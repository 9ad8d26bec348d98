"""What is asked both ways: the stitched graph over a quarter of a town, over the same in ruins, and the unruly schema."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.execution.engine import Engine
from gateway.modules import MODULES
from gateway.wiring import ports
from modules.kernel import clock
from modules.kernel.context import Context
from modules.kernel.following import Log
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.storage import Storage
from tests.execution.sameness import quarter, unruly
from tests.execution.sameness.comparing import Comparing, Different, Seen
from tests.execution.sameness.drawing import Case, draw
from tests.execution.sameness.harvesting import harvested
from tests.execution.sameness.mischief import MISCHIEF
from tests.execution.sameness.reaching import reached
from tests.execution.sameness.reducing import reduced
from tests.execution.sameness.ruins import ruin
from tests.execution.sameness.values import Known


@dataclass
class World:
    """`context` is for the document of a number; `begin` prepares what is to be found by the one of a seed and number."""

    name: str
    engine: Engine
    known: Known
    context: Callable[[int], Context]
    begin: Callable[[int, int], None] = lambda seed, number: None
    in_order: bool = False  # whether all is well there: then orderly documents are never left to graphql-core
    seen: Seen = field(default_factory=Seen)
    reached: set[str] = field(default_factory=set)

    async def compare(self, seed: int, number: int) -> None:
        """Ask the document of this seed and number both ways. Raises Different, with the shortest document that differs."""
        self.begin(seed, number)
        await self.compare_case(draw(self.engine.schema, self.known, seed, number), number)

    async def compare_case(self, case: Case, number: int = 0) -> None:
        comparing = Comparing(
            self.engine, lambda: self.context(number), never_falls_back=case.orderly and self.in_order, seen=self.seen
        )
        try:
            answer = await comparing.compare(case)
        except Different as different:
            shortest = await reduced(case, replace(comparing, seen=Seen()).differs)
            told = f"{different}\n=== the shortest document that differs\n{shortest.text}"
            raise Different(f"in the world {self.name!r}, {told}") from None
        document = self.engine.prepare(case.text)
        if answer and "data" in answer and document.ast:
            operation = document.operation(case.operation)
            self.reached |= reached(self.engine.schema, document.ast, operation, answer["data"])


@asynccontextmanager
async def town(engine: Engine, storage: Storage, *, owner: Storage | None = None) -> AsyncIterator[World]:
    """The quarter in a migrated database, asked as nobody, as somebody and as a moderator in turn. Its clock stands still.

    With its `owner`, who may do that, it is ruined.
    """

    def context(viewer: Viewer) -> Context:
        log = Log(storage)
        return Context(storage=storage, log=log, ports=ports(MODULES), viewer=viewer, request_id="sameness")

    async def ask(text: str, variables: dict[str, Any]) -> dict[str, Any]:
        return await engine.reference(engine.prepare(text), context=context(NOBODY), variables=variables)

    with clock.frozen(quarter.NOW):
        await quarter.fill(storage)
        known = await harvested(engine.schema, quarter.known(), ask)
        if owner is not None:
            await ruin(owner)
        viewers = list(quarter.VIEWERS.values())
        name = f"{'quarter' if owner is None else 'ruins'} on {storage.url.get_backend_name()}"
        yield World(name, engine, known, lambda number: context(viewers[number % len(viewers)]), in_order=owner is None)


@asynccontextmanager
async def rabble(engine: Engine) -> AsyncIterator[World]:
    """The unruly schema: what its rows, batches and resolvers do is drawn anew for each document."""
    with clock.frozen(quarter.NOW):
        yield World("unruly", engine, unruly.known(), lambda _number: unruly.context(), MISCHIEF.begin)
