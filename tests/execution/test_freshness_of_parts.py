"""Freshness where modules add fields to each other's entities, on a small graph of its own."""

from collections.abc import Sequence
from datetime import datetime

import pytest
import strawberry

from gateway.execution.engine import Engine
from gateway.execution.freshness import freshness
from gateway.stitching import Stitched
from modules.kernel.contract import Module
from modules.kernel.fields import Freshness, Node, batched, column, computed, entity, part
from modules.kernel.storage import Row


async def none_each(parents: Sequence[Row], info: strawberry.Info) -> list[None]:
    return [None for _ in parents]


def is_old(founded: datetime, *, now: datetime) -> bool:
    return founded < now


@strawberry.type(description="Figures.")
class Figures:
    visits: int = column("How many came.")


@entity("A library.", fresh_for=30, in_register=True)
class Library(Node):
    name: str = column("Its name.")
    is_old: bool = computed(is_old, ("founded",), "Whether it is old.")
    shelf: "Shelf | None" = batched(none_each, "Its shelf.")


@entity("A shelf, of which nothing is declared.")
class Shelf(Node):
    name: str = column("Its name.")


@strawberry.type
class LibraryQuery:
    @strawberry.field(description="A library.")
    def library(self) -> Library | None:
        return None

    @strawberry.field(description="Something of no entity.")
    def hour(self) -> int:
        return 1


class Visiting:
    @part
    class Library(Node):
        visits: int = batched(none_each, "How many came.")
        figures: Figures = batched(none_each, "What was counted.")


GRAPH = Engine(
    Stitched(
        [
            Module(name="libraries", query=LibraryQuery, owns={Library: none_each, Shelf: none_each}),
            Module(name="visiting", extends=(Visiting.Library,)),
        ]
    )
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ library { name } }", Freshness(30, in_register=True)),
        ("{ library { isOld } }", Freshness(30)),  # it changes with time, without an import
        ("{ library { visits } }", Freshness(30)),  # another module's relation: no import tells of it
        ("{ library { figures { visits } } }", Freshness(30)),
        ("{ library { shelf { name } } }", Freshness(0)),  # nothing declared is never
        ("{ library { name } hour }", Freshness(0)),
    ],
)
def test_what_a_register_does_not_know_is_not_its_own(text: str, expected: Freshness) -> None:
    assert freshness(GRAPH.schema, GRAPH.prepare(text), None) == expected
