"""Scalars of the graph beyond GraphQL's own five."""

import re
from datetime import UTC, datetime
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

BigInt = NewType("BigInt", int)
Money = NewType("Money", str)
Cursor = NewType("Cursor", str)

_MONEY = re.compile(r"-?\d{1,15}\.\d{2} [A-Z]{3}")
_LARGEST = 2**63


def _bad(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})


def write_datetime(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a DateTime of the graph is aware")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_datetime(value: Any) -> datetime:
    try:
        parsed = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise _bad(f"DateTime takes ISO 8601 with a time zone, like 2026-05-01T09:00:00Z, not {value!r:.60}.") from None
    if parsed.tzinfo is None:
        raise _bad(f"DateTime needs a time zone, like 2026-05-01T09:00:00Z; {value!r:.60} has none.")
    return parsed.astimezone(UTC)


def read_big_int(value: Any) -> int:
    if isinstance(value, str) and len(value) <= 20 and re.fullmatch(r"-?\d+", value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not -_LARGEST <= value < _LARGEST:
        raise _bad("BigInt takes a whole number of at most 64 bits, as a number or a string.")
    return value


def read_money(value: Any) -> str:
    if not isinstance(value, str) or not _MONEY.fullmatch(value):
        raise _bad("Money takes an amount with two decimals and a currency, like `1250.00 UAH`.")
    return value


def read_cursor(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 4_000:  # one of a name of 500 characters has 2,700
        raise _bad("A Cursor is a text that this server gave you.")
    return value


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment, ISO 8601 with a time zone; the server answers in UTC: `2026-05-01T09:00:00Z`.",
        serialize=write_datetime,
        parse_value=read_datetime,
    ),
    BigInt: strawberry.scalar(
        name="BigInt",
        description="A whole number of up to 64 bits. Answered as a number; taken as a number or a string.",
        serialize=int,
        parse_value=read_big_int,
    ),
    Money: strawberry.scalar(
        name="Money",
        description="An amount with two decimals and its ISO 4217 currency: `1250.00 UAH`.",
        serialize=str,
        parse_value=read_money,
    ),
    Cursor: strawberry.scalar(
        name="Cursor",
        description="A place in a list or in a live topic. Opaque: pass back what you were given.",
        serialize=str,
        parse_value=read_cursor,
    ),
}
