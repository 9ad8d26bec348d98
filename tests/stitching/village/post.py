"""Owns nothing: adds letters to houses and friends to neighbours, and answers with both, knowing only their keys."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import strawberry

from modules.kernel.context import Info
from modules.kernel.contract import Module
from modules.kernel.fields import Node, TypedRow, batched, column, part, reference
from modules.kernel.live import State, StateTopic, followed
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.storage import Row
from tests.stitching.village.records import LOOKED, NEIGHBOURS

STOPS = [TypedRow("House", {"id": UUID(int=2)}), None, TypedRow("Neighbour", {"id": UUID(int=12)})]


async def letters_by_house(houses: Sequence[Row], info: Info, *, most: int = 9) -> list[list[Row]]:
    LOOKED.append(("letters", len(houses)))
    return [
        [{"text": f"{house['id'].int}-{n}", "sender": UUID(int=11)} for n in range(min(2, most))] for house in houses
    ]


async def friends_by_neighbour(neighbours: Sequence[Row], info: Info) -> list[list[Row]]:
    LOOKED.append(("friends", len(neighbours)))
    return [[{"id": key} for key in NEIGHBOURS if key != each["id"]] for each in neighbours]


async def stops_by_round(rounds: Sequence[Any], info: Info) -> list[list[TypedRow | None]]:
    LOOKED.append(("stops", len(rounds)))
    return [STOPS for _ in rounds]


@part
class Neighbour(Node):
    """neighbours' Neighbour, as the post sees it."""

    friends: list["Neighbour"] = batched(friends_by_neighbour, "Who writes to them.")


@strawberry.type(description="A letter.")
class Letter:
    text: str = column("What it says.")
    sender: Neighbour | None = reference("sender", "Who wrote it.")


@part
class House(Node):
    """houses' House, as the post sees it."""

    letters: list[Letter] = batched(letters_by_house, "Letters in its box.")


Stop = Annotated[House | Neighbour, strawberry.union("Stop", description="Where the postman stops.")]


@strawberry.type(description="A round of the postman.")
class Round:
    id: strawberry.ID = column("Which.")
    stops: list[Stop | None] = batched(stops_by_round, "Where he stopped, null where the dog was.")
    pages: list[Node | None] = batched(stops_by_round, "The same, as whatever has a page.")


@strawberry.type
class Query:
    @strawberry.field(description="The rounds of a day.")
    def rounds(self) -> list[Round]:
        return [{"id": "morning"}, {"id": "evening"}]  # type: ignore[list-item]

    @strawberry.field(description="Whose birthday it is.")
    async def celebrated(self) -> Neighbour | None:
        return {"id": UUID(int=12)}  # type: ignore[return-value]

    @strawberry.field(description="Whom a letter could not reach.")
    def gone(self) -> Neighbour | None:
        return {"id": UUID(int=13)}  # type: ignore[return-value]


async def looks_out(info: Info, house_id: UUID) -> Viewer:
    return NOBODY


async def passer_by(info: Info, house_id: UUID) -> State:
    return State({"id": UUID(int=11)}, version=0)


PASSING = StateTopic(kind="passing", of=House, authorize=looks_out, load=passer_by)


@strawberry.type
class Subscription:
    passing: Neighbour = followed(PASSING, "Who goes by a house.")


module = Module(name="post", query=Query, subscription=Subscription, extends=(House, Neighbour))
