"""Column types that both databases keep the same way."""

import functools
import operator
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlmodel import SQLModel

# Python's own first and last moment are infinities to PostgreSQL's driver, and would come back without a zone.
_STEP = timedelta(microseconds=1)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC) + _STEP, datetime.max.replace(tzinfo=UTC) - _STEP


class Moment(sa.TypeDecorator[datetime]):
    """An aware time, kept in UTC. SQLite has no time zones: there it is stored and read as UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time is aware")
        at = min(max(value.astimezone(UTC), _FIRST), _LAST)
        return at if dialect.name == "postgresql" else at.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def one_of(values: type[Any]) -> sa.Enum:
    """A column of an enum's values (not its Python names), as text with a CHECK."""
    return sa.Enum(
        values,
        native_enum=False,
        create_constraint=True,
        values_callable=lambda kind: [member.value for member in kind],
        length=40,
    )


def col(attribute: Any) -> Any:
    """The column behind an attribute of a row: statements of columns alone compile faster than those of mapped classes."""
    return attribute.property.columns[0]


def pick(table: type[SQLModel], *names: str) -> sa.Select[Any]:
    """A SELECT of these columns: what is read is named, and comes as rows."""
    columns = table.__table__.c  # type: ignore[attr-defined]
    return sa.select(*(columns[name] for name in names))


def together(*attributes: Any) -> Any:
    """Columns of a key as one text: what tells rows apart that have no key of one column. It is shown to nobody."""
    texts = [sa.cast(col(attribute), sa.String) for attribute in attributes]
    return functools.reduce(operator.add, texts)
