"""Keyset pages: connections of a root field, and a page per parent for a whole level in one statement."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import orjson
import sqlalchemy as sa
import strawberry
from sqlalchemy.dialects.postgresql import ARRAY

from modules.kernel.context import Context, Info
from modules.kernel.fields import batched
from modules.kernel.refusals import InvalidInput
from modules.kernel.scalars import Cursor
from modules.kernel.storage import Row

T = TypeVar("T")
LARGEST = 100
Statement = sa.Select[Any]

First = Annotated[int, strawberry.argument(description=f"How many, 0 to {LARGEST}.")]
After = Annotated[Cursor | None, strawberry.argument(description="Continue after this cursor of the same list.")]


@dataclass(frozen=True)
class Order:
    """What a list is ordered by: columns that are never null, the last of them unique; True for descending."""

    columns: tuple[tuple[Any, bool], ...]
    filters: tuple[Any, ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """Of the order and the filters: a cursor of another list is refused by it."""
        told = repr(([(str(column), descending) for column, descending in self.columns], self.filters))
        return hashlib.blake2s(told.encode(), digest_size=6).hexdigest()

    def clauses(self) -> list[Any]:
        return [column.desc() if descending else column.asc() for column, descending in self.columns]

    def labelled(self) -> list[Any]:
        """The order columns, to be read beside a row: cursors are made of them."""
        return [column.label(f"_order_{place}") for place, (column, _) in enumerate(self.columns)]

    def beyond(self, cursor: str) -> Any:
        """The predicate of what comes after a cursor. Raises InvalidInput for a cursor that is not of this list."""
        values = self._values(cursor)
        alternatives = []
        for place, (column, descending) in enumerate(self.columns):
            same = [earlier == value for (earlier, _), value in zip(self.columns[:place], values, strict=False)]
            alternatives.append(sa.and_(*same, column < values[place] if descending else column > values[place]))
        return sa.or_(*alternatives)

    def cursor(self, row: Row) -> str:
        values = [_plain(row[f"_order_{place}"]) for place in range(len(self.columns))]
        return urlsafe_b64encode(orjson.dumps([self.fingerprint, *values])).decode().rstrip("=")

    def _values(self, cursor: str) -> list[Any]:
        try:
            fingerprint, *values = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if fingerprint == self.fingerprint and len(values) == len(self.columns):
                return [_typed(column, value) for (column, _), value in zip(self.columns, values, strict=True)]
        except (ValueError, TypeError):
            pass  # not even a cursor: refused below, like one of another list
        raise InvalidInput(field="after", message="`after` is not a cursor of this list with this filter and order.")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.hex if isinstance(value, UUID) else value


def _typed(column: Any, value: Any) -> Any:
    kind = column.type.python_type
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is UUID:
        return UUID(hex=value)
    if not isinstance(value, kind):
        raise TypeError(kind)
    return value


@dataclass(frozen=True, eq=False)
class Listing:
    """The list that pages are cut from; `parent` is the column that tells the lists of a level apart."""

    statement: Statement
    order: Order
    parent: Any = None

    async def totals(self, context: Context, keys: Sequence[Any]) -> dict[Any, int]:
        """How many there are in the whole list of each key (of None when there is no parent), in one statement."""
        statement, columns = self.statement.order_by(None), [sa.func.count().label("total")]
        if self.parent is not None:
            statement, columns = (
                statement.where(self.parent.in_(keys)).group_by(self.parent),
                [self.parent.label("key"), *columns],
            )
        async with context.storage.reading() as read:
            rows = await read.rows(statement.with_only_columns(*columns, maintain_column_froms=True))
        return {row.get("key"): row["total"] for row in rows}


@dataclass(frozen=True, eq=False)
class Page:
    """A page of a list, as `Connection` shows it."""

    listing: Listing
    rows: Sequence[Row]
    has_next_page: bool
    has_previous_page: bool
    key: Any = None

    @property
    def edges(self) -> "list[PageEdge]":
        return [PageEdge(row, self.listing.order) for row in self.rows]

    @property
    def page_info(self) -> "Page":
        return self

    @property
    def start_cursor(self) -> str | None:
        return self.listing.order.cursor(self.rows[0]) if self.rows else None

    @property
    def end_cursor(self) -> str | None:
        return self.listing.order.cursor(self.rows[-1]) if self.rows else None


@dataclass(frozen=True, slots=True)
class PageEdge:
    node: Row
    order: Order

    @property
    def cursor(self) -> str:
        return self.order.cursor(self.node)


async def page(context: Context, statement: Statement, order: Order, *, first: int, after: str | None) -> Page:
    """A page of one list. Raises InvalidInput for a page size or cursor that cannot be."""
    listing = Listing(statement, order)
    async with context.storage.reading() as read:
        rows = await read.rows(_cut(statement, order, first, after).add_columns(*order.labelled()))
    return _page(listing, rows, first, after)


async def pages(
    context: Context,
    statement: Statement,
    parent: Any,
    keys: Sequence[Any],
    order: Order,
    *,
    first: int,
    after: str | None,
) -> list[Page]:
    """The page of each parent, in the order of `keys`, all in one statement.

    PostgreSQL reads a lateral join, which stops at the page however long the list; SQLite ranks with a window.
    """
    listing = Listing(statement, order, parent)
    wanted = list(dict.fromkeys(keys))
    async with context.storage.reading() as read:
        build = _lateral if read.dialect == "postgresql" else _ranked
        rows = await read.rows(build(listing, wanted, first, after))
    found: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["_parent"]].append(row)
    cut = {key: _page(listing, found[key], first, after, key) for key in wanted}
    return [cut[key] for key in keys]


def _cut(statement: Statement, order: Order, first: int, after: str | None) -> Statement:
    return _after(statement, order, first, after).order_by(*order.clauses()).limit(first + 1)


def _after(statement: Statement, order: Order, first: int, after: str | None) -> Statement:
    if not 0 <= first <= LARGEST:
        raise InvalidInput(field="first", message=f"`first` is 0 to {LARGEST}, not {first}.")
    return statement if after is None else statement.where(order.beyond(after))


def _lateral(listing: Listing, keys: Sequence[Any], first: int, after: str | None) -> Statement:
    order, parent = listing.order, listing.parent
    given = sa.func.unnest(sa.literal(list(keys), ARRAY(parent.type))).table_valued(
        sa.column("key", parent.type), name="parents"
    )
    parents = given.render_derived()
    own = (
        _cut(listing.statement, order, first, after)
        .add_columns(*order.labelled())
        .where(parent == parents.c.key)
        .lateral("page")
    )
    ordered = [
        own.c[f"_order_{place}"].desc() if down else own.c[f"_order_{place}"].asc()
        for place, (_, down) in enumerate(order.columns)
    ]
    return (
        sa.select(parents.c.key.label("_parent"), *own.c).select_from(parents.join(own, sa.true())).order_by(*ordered)
    )


def _ranked(listing: Listing, keys: Sequence[Any], first: int, after: str | None) -> Statement:
    order, parent = listing.order, listing.parent
    rank = sa.func.row_number().over(partition_by=parent, order_by=order.clauses()).label("_rank")
    own = _after(listing.statement, order, first, after).where(parent.in_(keys))
    ranked = own.add_columns(parent.label("_parent"), *order.labelled(), rank).subquery()
    return sa.select(ranked).where(ranked.c["_rank"] <= first + 1).order_by(ranked.c["_rank"])


def _page(listing: Listing, rows: Sequence[Row], first: int, after: str | None, key: Any = None) -> Page:
    return Page(listing, rows[:first], has_next_page=len(rows) > first, has_previous_page=after is not None, key=key)


async def totals_of_pages(pages: Sequence[Page], info: Info) -> list[int]:
    """How long the whole list of each page is; one statement per list."""
    keys: defaultdict[Listing, list[Any]] = defaultdict(list)
    for each in pages:
        keys[each.listing].append(each.key)
    totals = {listing: await listing.totals(info.context, wanted) for listing, wanted in keys.items()}
    return [totals[each.listing].get(each.key, 0) for each in pages]


@strawberry.federation.type(shareable=True, description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more come after this page.")
    has_previous_page: bool = strawberry.field(description="Whether this page continues after a cursor.")
    start_cursor: Cursor | None = strawberry.field(description="Cursor of the first item, null on an empty page.")
    end_cursor: Cursor | None = strawberry.field(
        description="Cursor of the last item: pass it as `after` for the next page."
    )


@strawberry.federation.type(shareable=True, description="An item of a page, with its place in the list.")
class Edge(Generic[T]):
    cursor: Cursor = strawberry.field(description="Where this item lies in the list.")
    node: T = strawberry.field(description="The item.")


@strawberry.federation.type(shareable=True, description="A page of a list that can grow.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The items of this page, in order.")
    page_info: PageInfo = strawberry.field(description="Where this page lies in its list.")
    total_count: int = batched(totals_of_pages, "How many there are in the whole list; counted only when asked.")
