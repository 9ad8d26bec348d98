"""The graph: the part of our schema that the five queries ask for. Types are made of entities."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any, Generic, NewType, Self, TypeVar
from uuid import UUID

import strawberry
from sqlmodel import col, select

from bench.peers.plain import entities
from bench.peers.plain.kinds import LegalEntityKind
from bench.peers.plain.loading import Loading
from bench.peers.plain.paging import E, Order, Page, cut, page_of

Cursor = NewType("Cursor", str)
Info = strawberry.Info[dict[str, Loading], None]
T = TypeVar("T")

BY_NAME = Order(entities.LegalEntity, "name")
NEWEST_DEBATES = Order(entities.Debate, "opens_at", descending=True)


@strawberry.enum
class CommentOrder(Enum):
    OLDEST = Order(entities.Comment, "created_at")
    NEWEST = Order(entities.Comment, "created_at", descending=True)


def _global(name: str, key: UUID) -> strawberry.ID:
    return strawberry.ID(f"{name}_{key.hex}")


def _key(identifier: str) -> str:
    return identifier.partition("_")[2]


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: Cursor | None


@strawberry.type
class Edge(Generic[T]):
    order: strawberry.Private[Order]
    entity: strawberry.Private[entities.Entity]
    node: T

    @strawberry.field
    def cursor(self) -> Cursor:
        return Cursor(self.order.cursor(self.entity))


@strawberry.type
class Connection(Generic[T]):
    edges: list[Edge[T]]
    page: strawberry.Private[Page[Any]]

    @strawberry.field
    def page_info(self) -> PageInfo:
        items, order = self.page.items, self.page.order
        return PageInfo(has_next_page=self.page.has_next, end_cursor=Cursor(order.cursor(items[-1])) if items else None)

    @classmethod
    def of(cls, page: Page[E], node: Callable[[E], T]) -> Self:
        edges = [Edge(order=page.order, entity=item, node=node(item)) for item in page.items]
        return cls(edges=edges, page=page)


@strawberry.type
class LegalEntity:
    id: strawberry.ID
    edrpou: str
    name: str
    short_name: str
    kind: LegalEntityKind
    region: str
    is_verified: bool
    updated_at: datetime

    @classmethod
    def of(cls, entity: entities.LegalEntity) -> Self:
        return cls(
            id=_global("LegalEntity", entity.id),
            edrpou=entity.edrpou,
            name=entity.name,
            short_name=entity.short_name,
            kind=LegalEntityKind(entity.kind),
            region=entity.region,
            is_verified=entity.is_verified,
            updated_at=entity.updated_at,
        )


@strawberry.type
class Person:
    id: strawberry.ID
    name: str

    @classmethod
    def of(cls, entity: entities.Person) -> Self:
        return cls(id=_global("Person", entity.id), name=entity.name)


async def _person(info: Info, key: UUID | None) -> Person | None:
    found = await info.context["loading"].people.load(key) if key else None
    return Person.of(found) if found else None


@strawberry.type
class Comment:
    id: strawberry.ID
    body: str | None
    created_at: datetime
    entity: strawberry.Private[entities.Comment]

    @strawberry.field
    async def author(self, info: Info) -> Person | None:
        return await _person(info, self.entity.author_id)

    @strawberry.field
    async def replies(
        self, info: Info, order_by: CommentOrder = CommentOrder.OLDEST, first: int = 20, after: Cursor | None = None
    ) -> "Connection[Comment]":
        loader = info.context["loading"].comments(entities.Comment.parent_id, order_by.value, first, after)
        return Connection.of(await loader.load(self.entity.id), Comment.of)

    @classmethod
    def of(cls, entity: entities.Comment) -> Self:
        return cls(
            id=_global("Comment", entity.id),
            body=None if entity.hidden_at else entity.body,
            created_at=entity.created_at,
            entity=entity,
        )


@strawberry.type
class PollOption:
    id: strawberry.ID
    text: str


@strawberry.type
class Poll:
    id: strawberry.ID
    title: str
    entity: strawberry.Private[entities.Poll]

    @strawberry.field
    async def options(self, info: Info) -> list[PollOption]:
        found = await info.context["loading"].options.load(self.entity.id)
        return [PollOption(id=_global("PollOption", each.id), text=each.text) for each in found]


@strawberry.type
class Debate:
    id: strawberry.ID
    title: str
    entity: strawberry.Private[entities.Debate]

    @strawberry.field
    async def opened_by(self, info: Info) -> Person | None:
        return await _person(info, self.entity.opened_by)

    @strawberry.field
    async def comments(
        self, info: Info, order_by: CommentOrder = CommentOrder.OLDEST, first: int = 20, after: Cursor | None = None
    ) -> Connection[Comment]:
        loader = info.context["loading"].comments(entities.Comment.debate_id, order_by.value, first, after)
        return Connection.of(await loader.load(self.entity.id), Comment.of)

    @strawberry.field
    async def polls(self, info: Info, first: int = 20) -> list[Poll]:
        found = await info.context["loading"].polls.load(self.entity.id)
        return [Poll(id=_global("Poll", each.id), title=each.title, entity=each) for each in found[:first]]

    @classmethod
    def of(cls, entity: entities.Debate) -> Self:
        return cls(id=_global("Debate", entity.id), title=entity.title, entity=entity)


@strawberry.input
class LegalEntityFilter:
    kind: LegalEntityKind | None = None


@strawberry.input
class DebateFilter:
    municipality_id: strawberry.ID | None = None


@strawberry.type
class Query:
    @strawberry.field
    async def legal_entity(self, info: Info, edrpou: str) -> LegalEntity | None:
        wanted = select(entities.LegalEntity).where(entities.LegalEntity.edrpou == edrpou)
        found = await info.context["loading"].first(wanted)
        return LegalEntity.of(found) if found else None

    @strawberry.field
    async def legal_entities(
        self, info: Info, filter: LegalEntityFilter | None = None, first: int = 20, after: Cursor | None = None
    ) -> Connection[LegalEntity]:
        wanted = select(entities.LegalEntity)
        if filter and filter.kind:
            wanted = wanted.where(entities.LegalEntity.kind == filter.kind.value)
        found = await info.context["loading"].all(cut(wanted, BY_NAME, first, after))
        return Connection.of(page_of(found, BY_NAME, first), LegalEntity.of)

    @strawberry.field
    async def debate(self, info: Info, id: strawberry.ID) -> Debate | None:
        wanted = select(entities.Debate).where(col(entities.Debate.id) == UUID(_key(id)))
        found = await info.context["loading"].first(wanted)
        return Debate.of(found) if found else None

    @strawberry.field
    async def debates(
        self, info: Info, filter: DebateFilter | None = None, first: int = 20, after: Cursor | None = None
    ) -> Connection[Debate]:
        wanted = select(entities.Debate)
        if filter and filter.municipality_id:
            wanted = wanted.where(entities.Debate.municipality_id == _key(filter.municipality_id))
        found = await info.context["loading"].all(cut(wanted, NEWEST_DEBATES, first, after))
        return Connection.of(page_of(found, NEWEST_DEBATES, first), Debate.of)
