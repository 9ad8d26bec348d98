"""Owns houses and squares."""

import strawberry

from modules.kernel.contract import Module
from modules.kernel.fields import Node, column, entity, part, reference
from tests.stitching.village.records import HOUSES, LOOKED, houses_by_id, squares_by_id


@part
class Neighbour(Node):
    """neighbours' Neighbour, as houses sees it."""


@entity("A house.")
class House(Node):
    street: str = column("Where it stands.")
    owner: Neighbour | None = reference("owner_id", "Whose it is.")


@entity("A square.", key=str)
class Square(Node):
    trees: int = column("How many trees stand there.")


@strawberry.type
class Query:
    @strawberry.field(description="All houses.")
    async def houses(self) -> list[House]:
        LOOKED.append(("all houses", 1))
        return list(HOUSES.values())  # type: ignore[arg-type]


module = Module(name="houses", query=Query, owns={House: houses_by_id, Square: squares_by_id}, extends=(Neighbour,))
