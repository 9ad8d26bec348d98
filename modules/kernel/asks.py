"""Root fields that ask for rows: the resolver says what is asked, the executor reads it.

    @asked(DEBATE, "Debates, newest first.")
    def debates(self, info: Info, search: Search = "", first: First = 20, after: After = None) -> Connection[Debate]:
        return page(NEWEST_DEBATES, first, after, where=[matching(DebateRow.search_text, search)], filters=(search,))

A predicate is a constant clause with its values beside it: so the statement is made once, whatever is asked for.
"""

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import strawberry

from modules.kernel import selects
from modules.kernel.context import Context, Info
from modules.kernel.fields import MARK, Asked
from modules.kernel.keyset import Cut, Order
from modules.kernel.paging import Page
from modules.kernel.predicates import Predicate
from modules.kernel.prepared import Prepared
from modules.kernel.selects import Statement, Wanted
from modules.kernel.storage import Row, Storage


@dataclass(frozen=True, eq=False, slots=True)
class One:
    """The row that fits all predicates; there is at most one."""

    where: tuple[Predicate, ...]

    def prepared(self, storage: Storage, source: Statement, wanted: Wanted) -> Prepared:
        return storage.prepared(
            (source, wanted, _clauses(self.where)),
            lambda: selects.one(source.where(*_clauses(self.where)), wanted),
        )

    @property
    def values(self) -> dict[str, Any]:
        return _values(self.where)

    async def answer(self, context: Context, source: Statement) -> Row | None:
        prepared = self.prepared(context.storage, source, _whole(source))
        rows = prepared.rows(await context.storage.fetch(prepared, self.values, context.viewer))
        return rows[0] if rows else None


@dataclass(frozen=True, eq=False, slots=True)
class Listing:
    """A page of the rows that fit all predicates."""

    where: tuple[Predicate, ...]
    cut: Cut

    def prepared(
        self, storage: Storage, source: Statement, wanted: Wanted, *, more: bool = True, ordered: bool = True
    ) -> Prepared:
        """The page's rows, and the one after it when `more`; with the order columns when `ordered`."""
        cut, clauses = self.cut, _clauses(self.where)
        limit, after = cut.first + more, cut.after is not None
        return storage.prepared(
            (source, wanted, clauses, cut.order, limit, after, ordered),
            lambda: selects.page(source.where(*clauses), wanted, cut.order, limit, after=after, ordered=ordered),
        )

    @property
    def values(self) -> dict[str, Any]:
        return {**self.cut.values, **_values(self.where)}

    async def answer(self, context: Context, source: Statement) -> Page:
        prepared = self.prepared(context.storage, source, _whole(source))
        rows = prepared.rows(await context.storage.fetch(prepared, self.values, context.viewer))
        return Page(_Whole(self, source), self.cut, rows)

    async def total(self, context: Context, source: Statement) -> int:
        """How long the whole list is."""
        counted = self.counted(context.storage, source)
        ((total,),) = await context.storage.fetch(counted, _values(self.where), context.viewer)
        return int(total)

    def counted(self, storage: Storage, source: Statement) -> Prepared:
        """The statement of `total`."""
        clauses = _clauses(self.where)
        return storage.prepared((source, clauses, "total"), lambda: selects.total(source.where(*clauses)))


@dataclass(frozen=True, eq=False)
class _Whole:
    """The one list that a listing's page is cut from."""

    listing: Listing
    source: Statement

    async def totals(self, context: Context, _keys: Sequence[Any]) -> dict[Any, int]:
        return {None: await self.listing.total(context, self.source)}


def one(*where: Predicate | None) -> Any:
    """The row that fits: of type Any, since the graph shows it as the type that the field declares."""
    return One(_given(where))


def page(
    order: Order,
    first: int,
    after: str | None,
    *,
    where: Sequence[Predicate | None] = (),
    filters: tuple[Any, ...] = (),
) -> Any:
    """A page of the rows that fit. `filters` are all that narrows the list: a cursor holds for these alone.

    Raises InvalidInput for a page size or cursor that cannot be.
    """
    return Listing(_given(where), Cut(order, first, after, filters))


def asked(source: Statement, description: str) -> Callable[[Callable[..., Any]], Any]:
    """A root field whose resolver returns `one(...)` or `page(...)` of a source."""

    def declare(ask: Callable[..., Any]) -> Any:
        @functools.wraps(ask)
        async def resolve(self: Any, info: Info, **arguments: Any) -> Any:
            return await ask(self, info, **arguments).answer(info.context, source)

        resolve.__signature__ = inspect.signature(ask)  # type: ignore[attr-defined]
        return strawberry.field(resolver=resolve, metadata={MARK: Asked(ask, source)}, description=description)

    return declare


def _given(where: Sequence[Predicate | None]) -> tuple[Predicate, ...]:
    return tuple(predicate for predicate in where if predicate is not None)


def _clauses(where: tuple[Predicate, ...]) -> tuple[Any, ...]:
    return tuple([predicate.clause for predicate in where])


def _values(where: tuple[Predicate, ...]) -> dict[str, Any]:
    return {name: value for predicate in where for name, value in predicate.values.items()}


@lru_cache(maxsize=1_000)
def _whole(source: Statement) -> Wanted:
    return Wanted(tuple(source.selected_columns.keys()))
