"""Keyset: the orders of lists, and the cursors that tell where in one a page begins."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from modules.kernel.refusals import InvalidInput

LARGEST = 100


@dataclass(frozen=True, eq=False)
class Order:
    """What a list is ordered by: columns that are never null, the last of them unique; True for descending."""

    columns: tuple[tuple[Any, bool], ...]

    def fingerprint(self, filters: tuple[Any, ...] = ()) -> str:
        """Of the order and the filters: a cursor of another list is refused by it."""
        return hashlib.blake2s(f"({self._told}, {filters!r})".encode(), digest_size=6).hexdigest()

    def clauses(self) -> list[Any]:
        return [column.desc() if descending else column.asc() for column, descending in self.columns]

    def labelled(self) -> list[Any]:
        """The order columns, to be read beside a row: cursors are made of them."""
        return [column.label(name) for name, (column, _) in zip(self.names, self.columns, strict=True)]

    def clauses_of(self, rows: Any) -> list[Any]:
        """The same order, of a subquery that has the `labelled` columns."""
        named = zip(self.names, self.columns, strict=True)
        return [rows.c[name].desc() if descending else rows.c[name].asc() for name, (_, descending) in named]

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(f"_order_{place}" for place in range(len(self.columns)))

    @cached_property
    def beyond(self) -> Any:
        """The predicate of what comes after a cursor: its values are the parameters `after_0`, `after_1`, ..."""
        given = [sa.bindparam(f"after_{place}", type_=column.type) for place, (column, _) in enumerate(self.columns)]
        columns, directions = zip(*self.columns, strict=True)
        if len(set(directions)) == 1:  # rows are compared whole: an index begins right there, however far the page
            return sa.tuple_(*columns) < sa.tuple_(*given) if directions[0] else sa.tuple_(*columns) > sa.tuple_(*given)
        alternatives = []
        for place, (column, descending) in enumerate(self.columns):
            same = [earlier == value for earlier, value in zip(columns[:place], given, strict=False)]
            alternatives.append(sa.and_(*same, column < given[place] if descending else column > given[place]))
        return sa.or_(*alternatives)

    def after(self, cursor: str, filters: tuple[Any, ...] = ()) -> dict[str, Any]:
        """The parameters of `beyond`. Raises InvalidInput for a cursor that is not of this list."""
        try:
            fingerprint, *values = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if fingerprint == self.fingerprint(filters) and len(values) == len(self.columns):
                typed = [_typed(column, value) for (column, _), value in zip(self.columns, values, strict=True)]
                return {f"after_{place}": value for place, value in enumerate(typed)}
        except (ValueError, TypeError, OverflowError):
            pass  # not even a cursor: refused below, like one of another list
        raise InvalidInput(field="after", message="`after` is not a cursor of this list with this filter and order.")

    @cached_property
    def _told(self) -> str:
        return repr([(str(column), descending) for column, descending in self.columns])


def cursor(fingerprint: str, values: Iterable[Any]) -> str:
    """The cursor of a row with these values in the order columns."""
    told = orjson.dumps([fingerprint, *(_plain(value) for value in values)])
    return urlsafe_b64encode(told).decode().rstrip("=")


@dataclass(frozen=True, eq=False)
class Cut:
    """Which page of a list. `filters` are what narrowed the list: a cursor is good for these alone.

    Raises InvalidInput for a size that no page has, or a cursor of another list.
    """

    order: Order
    first: int
    after: str | None = None
    filters: tuple[Any, ...] = ()
    values: Mapping[str, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.first <= LARGEST:
            raise InvalidInput(field="first", message=f"`first` is 0 to {LARGEST}, not {self.first}.")
        if self.after is not None:
            object.__setattr__(self, "values", self.order.after(self.after, self.filters))

    @cached_property
    def fingerprint(self) -> str:
        return self.order.fingerprint(self.filters)


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
