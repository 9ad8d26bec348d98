"""Keyset pages, as the graph shows them: connections."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Protocol, TypeVar

import strawberry

from modules.kernel.context import Context, Info
from modules.kernel.fields import batched
from modules.kernel.keyset import LARGEST, Cut, cursor
from modules.kernel.scalars import Cursor
from modules.kernel.storage import Row

T = TypeVar("T")

First = Annotated[int, strawberry.argument(description=f"How many, 0 to {LARGEST}.")]
After = Annotated[Cursor | None, strawberry.argument(description="Continue after this cursor of the same list.")]


class Lists(Protocol):
    """What pages are cut from: one list for each key, or a single one whose key is None."""

    async def totals(self, context: Context, keys: Sequence[Any]) -> Mapping[Any, int]:
        """How long the whole list of each key is."""


class Page:
    """A page of a list, as `Connection` shows it. `found` are its rows and perhaps one more, with the order columns."""

    def __init__(self, lists: Lists, cut: Cut, found: Sequence[Row], key: Any = None) -> None:
        self.lists, self.cut, self.key = lists, cut, key
        self.rows = found[: cut.first]
        self.has_next_page = len(found) > cut.first
        self.has_previous_page = cut.after is not None

    @property
    def edges(self) -> "list[PageEdge]":
        return [PageEdge(row, self.cut) for row in self.rows]

    @property
    def page_info(self) -> "Page":
        return self

    @property
    def start_cursor(self) -> str | None:
        return PageEdge(self.rows[0], self.cut).cursor if self.rows else None

    @property
    def end_cursor(self) -> str | None:
        return PageEdge(self.rows[-1], self.cut).cursor if self.rows else None


@dataclass(frozen=True, slots=True)
class PageEdge:
    node: Row
    cut: Cut

    @property
    def cursor(self) -> str:
        return cursor(self.cut.fingerprint, (self.node[name] for name in self.cut.order.names))


async def totals_of_pages(pages: Sequence[Page], info: Info) -> list[int]:
    """How long the whole list of each page is; one statement per list."""
    keys: defaultdict[Lists, list[Any]] = defaultdict(list)
    for each in pages:
        keys[each.lists].append(each.key)
    totals = {lists: await lists.totals(info.context, wanted) for lists, wanted in keys.items()}
    return [totals[each.lists].get(each.key, 0) for each in pages]


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
