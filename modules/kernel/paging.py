"""Keyset pages: connections of a root field, and a page per parent for a whole level in one statement."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import sqlalchemy as sa
import strawberry

from modules.kernel.context import Context, Info
from modules.kernel.fields import batched
from modules.kernel.keyset import LARGEST, Order, Statement, cut, lateral, ranked
from modules.kernel.scalars import Cursor
from modules.kernel.storage import Row

T = TypeVar("T")

First = Annotated[int, strawberry.argument(description=f"How many, 0 to {LARGEST}.")]
After = Annotated[Cursor | None, strawberry.argument(description="Continue after this cursor of the same list.")]


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
        rows = await read.rows(cut(statement, order, first, after))
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
        each = lateral if read.dialect == "postgresql" else ranked
        rows = await read.rows(each(statement, order, parent, wanted, first, after))
    found: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["_parent"]].append(row)
    cut = {key: _page(listing, found[key], first, after, key) for key in wanted}
    return [cut[key] for key in keys]


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
