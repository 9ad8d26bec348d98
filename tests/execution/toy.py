"""A small schema with everything that can go right or wrong, and the context that an engine asks for."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any, Optional
from uuid import UUID

import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON

from modules.kernel.live import State, StateTopic, followed
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.refusals import InvalidInput, NotAllowed


@dataclass(frozen=True)
class ToyContext:
    request_id: str = "request-0001"
    loaders: list[int] = field(default_factory=list)  # stands for whatever must be new for each event
    stirred: list[str] = field(default_factory=list)  # what mutations did: shared by every context of a test

    def fresh(self) -> "ToyContext":
        return replace(self, loaders=[])


Info = strawberry.Info[ToyContext, None]


@strawberry.input
class Wish:
    text: str
    child: Optional["Wish"] = None


@strawberry.input(one_of=True)
class Choice:
    name: strawberry.Maybe[str]
    number: strawberry.Maybe[int]


@strawberry.type
class Thing:
    name: str = "thing"

    @strawberry.field
    def said(self, number: int = 1, text: str = "", wish: Wish | None = None) -> str:
        return f"{text}{number}"

    @strawberry.field
    def thing(self) -> "Thing":
        return Thing()

    @strawberry.field
    def seen(self, info: Info) -> JSON:
        """Which loaders this event has, by their id in memory."""
        return JSON(id(info.context.loaders))

    @strawberry.field
    def things(self, first: int = 20) -> list["Thing"]:
        return [Thing()] * min(first, 3)


@strawberry.type
class Query(Thing):
    name: str = strawberry.field(resolver=lambda: "thing")

    @strawberry.field
    def count(self, first: int) -> int:
        return first

    @strawberry.field
    def echo(self, value: JSON) -> JSON:
        return value

    @strawberry.field
    def chosen(self, choice: Choice) -> str:
        return f"{choice.name or choice.number}"

    @strawberry.field
    def nodes(self, ids: list[strawberry.ID]) -> list[Thing]:
        return [Thing()] * len(ids)

    @strawberry.field
    async def slow(self) -> str:
        await asyncio.sleep(0.05)
        return "done"

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("the password is hunter2")

    @strawberry.field
    def broken_strictly(self) -> str:
        raise RuntimeError("the password is hunter2")

    @strawberry.field
    def wrong(self) -> int | None:
        return "the password is hunter2"  # type: ignore[return-value] # on purpose

    @strawberry.field
    def unserialisable(self) -> JSON | None:
        return JSON(object())

    @strawberry.field
    def forbidden(self) -> str | None:
        raise NotAllowed(message="Only the mayor may.")

    @strawberry.field
    def picky(self) -> str | None:
        raise InvalidInput(field="edrpou", message="The code has 7 digits.")

    @strawberry.field
    def coded(self) -> str | None:
        raise GraphQLError("Too fast.", extensions={"code": "RATE_LIMITED", "seconds": 3})

    @strawberry.field
    def uncoded(self) -> str | None:
        raise GraphQLError("the password is hunter2")


@strawberry.type
class Mutation:
    @strawberry.mutation
    def stir(self, info: Info, what: str = "tea") -> str:
        info.context.stirred.append(what)
        return what


async def all_may(info: Any, key: UUID) -> Viewer:
    return NOBODY


async def counted(info: Any, key: UUID, *, upto: int = 3) -> State:
    return State(upto, version=0)


THINGS = StateTopic(kind="thing", of=Thing, authorize=all_may, load=counted)


@strawberry.type
class Subscription:
    number: int = followed(THINGS, "A number.")
    moved: Thing | None = followed(THINGS, "A thing.")

    @strawberry.field
    def plain(self) -> int:
        return 1


schema = strawberry.Schema(Query, Mutation, Subscription)
subgraph = strawberry.federation.Schema(query=Query, mutation=Mutation, subscription=Subscription)
