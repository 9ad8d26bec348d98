"""Owns neighbours; its mutation says no in every way."""

from typing import Annotated

import strawberry

from modules.kernel.contract import Module
from modules.kernel.fields import Node, column, entity
from modules.kernel.refusals import InvalidInput, NotAllowed, NotFound, Refusal
from tests.stitching.village.records import NEIGHBOURS, neighbours_by_id


@entity("Somebody of the village.")
class Neighbour(Node):
    name: str = column("What everybody calls them.")


@strawberry.type(description="The door is locked, which is a way of not being allowed.")
class DoorLocked(NotAllowed):
    code: str = strawberry.field(default="DOOR_LOCKED", description="Stable code, for programs.")


@strawberry.type(description="Somebody opened.")
class DoorOpened:
    name: str = strawberry.field(description="Who.")


KnockResult = Annotated[
    DoorOpened | NotAllowed | DoorLocked | InvalidInput, strawberry.union("KnockResult", description="Who opened.")
]
ANSWERS: dict[str, Refusal | KeyError | None] = {
    "open": None,
    "no": NotAllowed(message="Go away."),
    "locked": DoorLocked(message="Locked."),
    "twice": InvalidInput(field="door", message="Once is enough."),
    "empty": NotFound(message="Nobody lives here."),
    "ghost": KeyError("ghost"),
}


def _answer(door: str) -> DoorOpened:
    refusal = ANSWERS[door]
    if refusal is not None:
        raise refusal
    return DoorOpened(name="Neighbour 11")


@strawberry.type
class Query:
    @strawberry.field(description="Those who are at home.")
    async def at_home(self) -> list[Neighbour]:
        return list(NEIGHBOURS.values())  # type: ignore[arg-type]

    @strawberry.field(description="Whether somebody is behind a door.")
    def listen(self, door: str) -> str:
        return _answer(door).name


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Knock at a door.")
    async def knock(self, door: str) -> KnockResult:
        return _answer(door)

    @strawberry.mutation(description="Knock at a door, without waiting.")
    def knock_at_once(self, door: str) -> KnockResult:
        return _answer(door)


module = Module(name="neighbours", query=Query, mutation=Mutation, owns={Neighbour: neighbours_by_id})
