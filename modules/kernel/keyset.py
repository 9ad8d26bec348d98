"""Keyset: statements that cut a page out of an ordered list, and the cursors that tell where.

A statement answers one row more than the page has, which tells whether there are more. The order columns come as
`_order_0`, `_order_1`, ...; of a page for each parent, `_parent` is the parent's key.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from modules.kernel.refusals import InvalidInput
from modules.kernel.storage import Row

LARGEST = 100
Statement = sa.Select[Any]


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
        except (ValueError, TypeError, OverflowError):
            pass  # not even a cursor: refused below, like one of another list
        raise InvalidInput(field="after", message="`after` is not a cursor of this list with this filter and order.")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.hex if isinstance(value, UUID) else value


def _typed(column: Any, value: Any) -> Any:
    """A cursor's value as the column holds it. Raises ValueError or TypeError for what the column cannot hold."""
    kind = column.type.impl_instance if isinstance(column.type, sa.TypeDecorator) else column.type
    return _READ[kind.python_type](kind, value)


def _moment(_kind: Any, value: Any) -> datetime:
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError("a stored time is aware")
    return at.astimezone(UTC)


def _uuid(_kind: Any, value: Any) -> UUID:
    return UUID(hex=_text(_kind, value))


def _whole(kind: Any, value: Any) -> int:
    largest = 2**63 if isinstance(kind, sa.BigInteger) else 2**31
    if type(value) is not int or not -largest <= value < largest:  # True is an int
        raise ValueError("not a number of this column")
    return value


def _text(_kind: Any, value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError("not a text that both databases take")
    return value


# What lists are ordered by; a column of another kind needs its own strictness here.
_READ: dict[type, Callable[[Any, Any], Any]] = {datetime: _moment, UUID: _uuid, int: _whole, str: _text}


def cut(statement: Statement, order: Order, first: int, after: str | None) -> Statement:
    """The page of one list and the row after it, with the order columns. Raises InvalidInput."""
    return (
        _beyond(statement, order, first, after)
        .add_columns(*order.labelled())
        .order_by(*order.clauses())
        .limit(first + 1)
    )


def _beyond(statement: Statement, order: Order, first: int, after: str | None) -> Statement:
    if not 0 <= first <= LARGEST:
        raise InvalidInput(field="first", message=f"`first` is 0 to {LARGEST}, not {first}.")
    return statement if after is None else statement.where(order.beyond(after))


def lateral(
    statement: Statement, order: Order, parent: Any, keys: Sequence[Any], first: int, after: str | None
) -> Statement:
    """The page of each parent, by a join that stops at the page however long the list (PostgreSQL)."""
    given = sa.func.unnest(sa.literal(list(keys), ARRAY(parent.type))).table_valued(
        sa.column("key", parent.type), name="parents"
    )
    parents = given.render_derived()
    own = cut(statement, order, first, after).where(parent == parents.c.key).lateral("page")
    ordered = [
        own.c[f"_order_{place}"].desc() if down else own.c[f"_order_{place}"].asc()
        for place, (_, down) in enumerate(order.columns)
    ]
    return (
        sa.select(parents.c.key.label("_parent"), *own.c).select_from(parents.join(own, sa.true())).order_by(*ordered)
    )


def ranked(
    statement: Statement, order: Order, parent: Any, keys: Sequence[Any], first: int, after: str | None
) -> Statement:
    """The page of each parent, by a window over the lists of all (SQLite)."""
    rank = sa.func.row_number().over(partition_by=parent, order_by=order.clauses()).label("_rank")
    own = _beyond(statement, order, first, after).where(parent.in_(keys))
    numbered = own.add_columns(parent.label("_parent"), *order.labelled(), rank).subquery()
    return sa.select(numbered).where(numbered.c["_rank"] <= first + 1).order_by(numbered.c["_rank"])
