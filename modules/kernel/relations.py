"""Relations: what an entity has, declared by the statement behind it.

    comments_by_debate = Paged(COMMENT, by=CommentRow.debate_id, order=OLDEST)

One declaration, two drivers. Called (`await comments_by_debate(debates, info, first=5)`) it answers for all parents of a
level with whole rows: that is how graphql-core asks, through a loader. The compiled executor takes its statement instead,
narrowed to what the query selects. A relation that is no plain list of rows is a function of the same shape.
"""

import inspect
from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cached_property
from typing import Annotated, Any

import strawberry

from modules.kernel import selects
from modules.kernel.context import Context, Info
from modules.kernel.keyset import Cut, Order
from modules.kernel.paging import After, First, Page
from modules.kernel.prepared import Prepared, encoder
from modules.kernel.selects import Statement, Wanted
from modules.kernel.storage import Row, Storage


class Relation:
    """Rows of `source` that belong to parents: those whose `by` is the parent's key."""

    def __init__(self, source: Statement, by: Any) -> None:
        self.source, self.by = source, by
        self.__signature__ = inspect.Signature()

    @cached_property
    def whole(self) -> Wanted:
        """All that there is of a row."""
        return Wanted(tuple(self.source.selected_columns.keys()))

    def encoded(self, storage: Storage, keys: Sequence[Any]) -> list[Any]:
        """Keys as the driver takes them."""
        encode = encoder(self.by.type, storage.dialect)
        return [encode(key) for key in keys] if encode else list(keys)

    async def _grouped(
        self, context: Context, keys: Sequence[Any], prepared: Prepared, values: Mapping[str, Any]
    ) -> dict[Any, list[Row]]:
        """Whole rows by the raw key of their parent."""
        wanted = list(dict.fromkeys(key for key in keys if key is not None))
        raw = await context.storage.fetch(prepared, {**values, "keys": wanted}, context.viewer) if wanted else []
        groups: defaultdict[Any, list[Row]] = defaultdict(list)
        for parent, row in zip((each[0] for each in raw), prepared.rows(raw), strict=True):
            groups[parent].append(row)
        return groups


class ByKey(Relation):
    """An entity by its key: what its owner answers when others refer to it."""

    def prepared(self, storage: Storage, wanted: Wanted) -> Prepared:
        return storage.prepared((self, wanted), lambda: selects.by_keys(self.source, self.by, wanted))

    async def __call__(self, parents: Sequence[Row], info: Info) -> list[Row | None]:
        context = info.context
        keys = self.encoded(context.storage, [parent["id"] for parent in parents])
        found = await self._grouped(context, keys, self.prepared(context.storage, self.whole), {})
        return [found[key][0] if key in found else None for key in keys]


class Listed(Relation):
    """A list that stays short, whole."""

    def __init__(self, source: Statement, by: Any, order: Order) -> None:
        super().__init__(source, by)
        self.order = order

    def prepared(self, storage: Storage, wanted: Wanted) -> Prepared:
        return storage.prepared((self, wanted), lambda: selects.by_keys(self.source, self.by, wanted, self.order))

    async def __call__(self, parents: Sequence[Row], info: Info) -> list[list[Row]]:
        context = info.context
        keys = self.encoded(context.storage, [parent["id"] for parent in parents])
        found = await self._grouped(context, keys, self.prepared(context.storage, self.whole), {})
        return [found.get(key, []) for key in keys]


class Paged(Relation):
    """A list that can grow: a page of it for each parent, all in one statement.

    `orders` name what the argument `orderBy` offers; the first is the default unless `default` says another. With
    `cursors=False` it is a plain list of the first rows.
    """

    def __init__(
        self,
        source: Statement,
        by: Any,
        order: Order | Mapping[Any, Order],
        *,
        default: Enum | None = None,
        cursors: bool = True,
    ) -> None:
        super().__init__(source, by)
        self.orders = None if isinstance(order, Order) else order
        self.order = order if isinstance(order, Order) else order[default or next(iter(order))]
        self.cursors = cursors
        given = [_argument("first", First, 20)]
        if self.orders is not None:
            chosen = default or next(iter(self.orders))
            described: Any = Annotated[type(chosen), strawberry.argument(description="In which order.")]
            given.insert(0, _argument("order_by", described, chosen))
        if cursors:
            given.append(_argument("after", After, None))
        self.__signature__ = inspect.Signature(given)

    def cut(self, *, first: int = 20, after: str | None = None, order_by: Any = None) -> Cut:
        """The page that is asked for. Raises InvalidInput."""
        order = self.orders[order_by] if self.orders is not None and order_by is not None else self.order
        return Cut(order, first, after)

    def prepared(
        self, storage: Storage, wanted: Wanted, cut: Cut, *, more: bool = True, ordered: bool = True
    ) -> Prepared:
        """The page's rows, and the one after it when `more`."""
        limit, after, dialect = cut.first + more, cut.after is not None, storage.dialect.name
        return storage.prepared(
            (self, wanted, cut.order, limit, after, ordered),
            lambda: selects.page_each(
                dialect, self.source, self.by, wanted, cut.order, limit, after=after, ordered=ordered
            ),
        )

    async def __call__(self, parents: Sequence[Row], info: Info, **asked: Any) -> list[Any]:
        context, cut = info.context, self.cut(**asked)
        keys = self.encoded(context.storage, [parent["id"] for parent in parents])
        prepared = self.prepared(context.storage, self.whole, cut)
        found = await self._grouped(context, keys, prepared, cut.values)
        cut_out = {key: Page(self, cut, found.get(key, []), key) for key in dict.fromkeys(keys)}
        return [cut_out[key] if self.cursors else cut_out[key].rows for key in keys]

    async def totals(self, context: Context, keys: Sequence[Any]) -> dict[Any, int]:
        """How long the whole list of each raw key is; a key without any is left out."""
        wanted, prepared = list(dict.fromkeys(keys)), self.counted(context.storage)
        counted = await context.storage.fetch(prepared, {"keys": wanted}, context.viewer) if wanted else ()
        return {row[0]: row[1] for row in counted}

    def counted(self, storage: Storage) -> Prepared:
        """The statement of `totals`."""
        return storage.prepared((self, "totals"), lambda: selects.total_each(self.source, self.by))


def _argument(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
