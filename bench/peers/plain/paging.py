"""Keyset pages of entities."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
import sqlalchemy as sa

from bench.peers.plain.entities import Entity

E = TypeVar("E", bound=Entity)


@dataclass(frozen=True)
class Order:
    """By a column of an entity and then by its id."""

    entity: Any
    column: str
    descending: bool = False

    @property
    def columns(self) -> tuple[Any, Any]:
        return getattr(self.entity, self.column), self.entity.id

    def clauses(self, columns: Sequence[Any] = ()) -> list[Any]:
        return [column.desc() if self.descending else column.asc() for column in columns or self.columns]

    def cursor(self, item: Any) -> str:
        return urlsafe_b64encode(orjson.dumps([getattr(item, self.column), str(item.id)])).decode()

    def beyond(self, cursor: str) -> Any:
        place, key = orjson.loads(urlsafe_b64decode(cursor))
        column, identifier = self.columns
        at = datetime.fromisoformat(place) if isinstance(column.type, sa.DateTime) else place
        here, there = sa.tuple_(column, identifier), sa.tuple_(at, UUID(key))
        return here < there if self.descending else here > there


@dataclass(frozen=True)
class Page(Generic[E]):
    items: Sequence[E]
    has_next: bool
    order: Order


def cut(statement: Any, order: Order, first: int, after: str | None) -> Any:
    """One row more than the page has tells whether there are more."""
    if after is not None:
        statement = statement.where(order.beyond(after))
    return statement.order_by(*order.clauses()).limit(first + 1)


def page_of(items: Sequence[E], order: Order, first: int) -> Page[E]:
    return Page(items[:first], len(items) > first, order)
