"""The three questions that function batches ask, each one statement for a whole level.

Statements are constants, so that each is made once; `values` are their parameters.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import sqlalchemy as sa

from modules.kernel.context import Context
from modules.kernel.prepared import among, encoder
from modules.kernel.selects import Statement, keys_of
from modules.kernel.storage import Row


async def one_each(
    context: Context, statement: Statement, column: Any, keys: Sequence[Any], **values: Any
) -> list[Row | None]:
    """The row whose `column` is the key, for each key in order; None where there is none."""
    return [rows[0] if rows else None for rows in await many_each(context, statement, column, keys, **values)]


async def many_each(
    context: Context, statement: Statement, column: Any, keys: Sequence[Any], **values: Any
) -> list[list[Row]]:
    """The rows whose `column` is the key, in the statement's order, for each key in order. Only for lists that stay short."""

    def select() -> Statement:
        return statement.add_columns(column.label("_key")).where(among(column, keys_of(column)))

    return await _matching(context, (statement, column), select, column, keys, values)


async def count_each(context: Context, column: Any, keys: Sequence[Any]) -> list[int]:
    """How many rows have the key in `column`, for each key in order."""

    def select() -> Statement:
        counted = sa.select(sa.func.count().label("total"), column.label("_key"))
        return counted.where(among(column, keys_of(column))).group_by(column)

    found = await _matching(context, (column, "count"), select, column, keys, {})
    return [rows[0]["total"] if rows else 0 for rows in found]


async def _matching(
    context: Context,
    name: Hashable,
    select: Callable[[], Statement],
    column: Any,
    keys: Sequence[Any],
    values: dict[str, Any],
) -> list[list[Row]]:
    """The rows of each key, told apart by their last column."""
    prepared = context.storage.prepared(name, select)
    encode = encoder(column.type, context.storage.dialect)
    raw_keys = [key if key is None or encode is None else encode(key) for key in keys]
    wanted = list(dict.fromkeys(key for key in raw_keys if key is not None))
    raw = await context.storage.fetch(prepared, {**values, "keys": wanted}, context.viewer) if wanted else []
    found: defaultdict[Any, list[Row]] = defaultdict(list)
    for values_of_row, row in zip(raw, prepared.rows(raw), strict=True):
        found[values_of_row[-1]].append(row)
    return [found.get(key, []) for key in raw_keys]
