"""The three questions that most relations ask, each one statement for a whole level."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from modules.kernel.context import Context
from modules.kernel.storage import Row

Statement = sa.Select[Any]


async def one_each(context: Context, statement: Statement, column: Any, keys: Sequence[Any]) -> list[Row | None]:
    """The row whose `column` is the key, for each key in order; None where there is none."""
    found = {row["_key"]: row for row in await _matching(context, statement, column, keys)}
    return [found.get(key) for key in keys]


async def many_each(context: Context, statement: Statement, column: Any, keys: Sequence[Any]) -> list[list[Row]]:
    """The rows whose `column` is the key, in the statement's order, for each key in order. Only for lists that stay short."""
    found: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in await _matching(context, statement, column, keys):
        found[row["_key"]].append(row)
    return [found[key] for key in keys]


async def count_each(context: Context, column: Any, keys: Sequence[Any], *where: Any) -> list[int]:
    """How many rows have the key in `column`, for each key in order."""
    statement = sa.select(sa.func.count().label("total")).where(*where).group_by(column)
    found = {row["_key"]: row["total"] for row in await _matching(context, statement, column, keys)}
    return [found.get(key, 0) for key in keys]


async def _matching(context: Context, statement: Statement, column: Any, keys: Sequence[Any]) -> Sequence[Row]:
    wanted = {key for key in keys if key is not None}
    if not wanted:
        return []
    async with context.storage.reading() as read:
        return await read.rows(statement.add_columns(column.label("_key")).where(column.in_(wanted)))
