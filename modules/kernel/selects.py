"""The statements behind relations and lists: which rows, and of each only what is asked for.

A *source* is a SELECT whose columns are all that rows of a type can have; its WHERE is what anybody may see of them, with
the viewer as a parameter (`prepared.VIEWER_ID`, `prepared.viewer_codes`). A statement narrows a source to columns, joins
to-one references to it, and takes the rows of parents, of keys or of a page.

Columns come in this order: `_parent` (the parent's key, where there are parents), the wanted ones, the joined ones depth
first (each join begins with the key of its target: NULL where there is none), and `_order_0`, ... where cursors are made.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from modules.kernel.keyset import Order
from modules.kernel.prepared import Many, among, written

Statement = sa.Select[Any]
WRITTEN = ":written"  # ends the name of a wanted column: a time as the answer shows it


@dataclass(frozen=True, eq=False)
class Wanted:
    """What is read of each row: columns of the source, and of what it refers to. Each is itself alone: a statement is
    remembered by it."""

    columns: tuple[str, ...]
    joins: tuple["Join", ...] = ()

    @property
    def read(self) -> dict[str, None]:
        """The columns of the source that this needs, in order."""
        own = [name.removesuffix(WRITTEN) for name in self.columns]
        return dict.fromkeys([*own, *(join.column for join in self.joins)])


@dataclass(frozen=True, eq=False)
class Join:
    """A to-one reference in the same statement: `column` of the row is the `key` of a row of `source`."""

    column: str
    source: Statement
    key: Any
    wanted: Wanted


def keys_of(by: Any) -> sa.BindParameter[Any]:
    """The parameter `keys`: raw keys for the column `by`."""
    return sa.bindparam("keys", type_=Many(by.type, raw=True))


def by_keys(source: Statement, by: Any, wanted: Wanted, order: Order | None = None) -> Statement:
    """The rows whose `by` is one of `keys`, ordered within each."""
    found = source.where(among(by, keys_of(by)))
    ordered = order.clauses() if order else []
    if not wanted.joins:
        return _narrowed(found, wanted.columns, [by.label("_parent")]).order_by(*ordered)
    rows = _narrowed(found, wanted.read, [by.label("_parent")], order.labelled() if order else ()).subquery("found")
    return _joined(rows, wanted, [rows.c["_parent"]]).order_by(*(order.clauses_of(rows) if order else ()))


def one(source: Statement, wanted: Wanted) -> Statement:
    """All rows of the source: whoever asks knows that there is at most one."""
    if not wanted.joins:
        return _narrowed(source, wanted.columns, ())
    return _joined(_narrowed(source, wanted.read, ()).subquery("found"), wanted, ())


def page(source: Statement, wanted: Wanted, order: Order, limit: int, *, after: bool, ordered: bool) -> Statement:
    """The first rows in an order, after a cursor's values; with the order columns when `ordered`."""
    found = _cut(source, order, limit, after)
    if not wanted.joins:
        return _narrowed(found, wanted.columns, (), _shown(order.labelled()) if ordered else ())
    rows = _narrowed(found, wanted.read, (), order.labelled()).subquery("page")
    return _joined(rows, wanted, (), order.names if ordered else ()).order_by(*order.clauses_of(rows))


def page_each(
    dialect: str, source: Statement, by: Any, wanted: Wanted, order: Order, limit: int, *, after: bool, ordered: bool
) -> Statement:
    """The first rows of each of `keys`.

    PostgreSQL reads a lateral join, which stops at the page however long the list; SQLite ranks with a window.
    """
    cut = _lateral if dialect == "postgresql" else _ranked
    rows, parent, tables, condition = cut(source, by, wanted, order, limit, after)
    found = _joined(rows, wanted, [parent.label("_parent")], order.names if ordered else (), tables)
    return found.where(condition).order_by(*order.clauses_of(rows))


def total(source: Statement) -> Statement:
    """How many rows there are."""
    return source.with_only_columns(sa.func.count().label("total"), maintain_column_froms=True)


def total_each(source: Statement, by: Any) -> Statement:
    """How many rows each of `keys` has; nothing for one that has none."""
    found = source.where(among(by, keys_of(by))).group_by(by)
    return found.with_only_columns(by.label("_parent"), sa.func.count().label("total"), maintain_column_froms=True)


def _narrowed(
    statement: Statement, names: Sequence[str] | dict[str, None], before: Sequence[Any], after: Sequence[Any] = ()
) -> Statement:
    columns = statement.selected_columns
    chosen = [*before, *(_column(columns, name) for name in names), *after]
    return statement.with_only_columns(*(chosen or [sa.literal_column("1").label("_row")]), maintain_column_froms=True)


def _column(columns: Any, name: str) -> Any:
    own = columns[name.removesuffix(WRITTEN)]
    return written(own).label(name) if name.endswith(WRITTEN) else own


def _shown(order: Iterable[Any]) -> list[Any]:
    """Order columns as cursors have them."""
    return [
        written(getattr(column, "element", column)).label(column.name)
        if column.type.python_type is datetime
        else column
        for column in order
    ]


def _cut(source: Statement, order: Order, limit: int, after: bool) -> Statement:
    # The number stands in the text: what a plan is good for depends on it, and few numbers are asked for.
    found = source.where(order.beyond) if after else source
    return found.order_by(*order.clauses()).limit(sa.literal_column(str(limit)))


def _lateral(source: Statement, by: Any, wanted: Wanted, order: Order, limit: int, after: bool) -> Any:
    keys = sa.func.unnest(keys_of(by)).table_valued(sa.column("key", by.type)).render_derived(name="parents")
    own = _cut(source, order, limit, after).where(by == keys.c.key)
    rows = _narrowed(own, wanted.read, (), order.labelled()).lateral("page")
    return rows, keys.c.key, keys.join(rows, sa.true()), sa.true()


def _ranked(source: Statement, by: Any, wanted: Wanted, order: Order, limit: int, after: bool) -> Any:
    rank = sa.func.row_number().over(partition_by=by, order_by=order.clauses()).label("_rank")
    own = (source.where(order.beyond) if after else source).where(among(by, keys_of(by)))
    rows = _narrowed(own, wanted.read, [by.label("_parent")], [*order.labelled(), rank]).subquery("page")
    return rows, rows.c["_parent"], rows, rows.c["_rank"] <= sa.literal_column(str(limit))


def _joined(
    rows: Any, wanted: Wanted, before: Sequence[Any], after: Sequence[str] = (), tables: Any = None
) -> Statement:
    """The wanted columns of a subquery, and of what its rows refer to."""
    columns = [*before, *(_column(rows.c, name) for name in wanted.columns)]
    tables = _join(rows, wanted, columns, rows if tables is None else tables)
    return sa.select(*columns, *_shown(rows.c[name] for name in after)).select_from(tables)


def _join(rows: Any, wanted: Wanted, columns: list[Any], tables: Any) -> Any:
    """Add the columns of each reference, depth first; the tables with those that they come from."""
    for join in wanted.joins:
        target = _narrowed(join.source, {join.key.key: None} | join.wanted.read, ()).subquery()
        tables = tables.outerjoin(target, target.c[join.key.key] == rows.c[join.column])
        for name in (join.key.key, *join.wanted.columns):
            columns.append(_column(target.c, name).label(f"_joined_{len(columns)}"))
        tables = _join(target, join.wanted, columns, tables)
    return tables
