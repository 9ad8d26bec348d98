"""Scalars and enums: from a Python value, or right from a column, to what the answer shows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from graphql import GraphQLEnumType, GraphQLLeafType, Undefined
from sqlalchemy.engine import Dialect

from modules.kernel.prepared import decoder, encoder
from modules.kernel.selects import WRITTEN

Leaf = Callable[[Any], Any]


class Anomaly(Exception):
    """What graphql-core would answer with an error: it is asked to."""


def missing() -> Any:
    """Stands where a value that cannot be null is null."""
    raise Anomaly


def shown(kind: GraphQLLeafType) -> Leaf:
    """What a value that is not None becomes in the answer; raises what graphql-core would tell as an error."""
    coerce, plain = kind.coerce_output_value, _PLAIN.get(kind.name)

    def show(value: Any) -> Any:
        if type(value) is plain:
            return value
        if isinstance(value, Exception) or hasattr(value, "__await__"):
            raise Anomaly
        found = coerce(value)
        return missing() if found is None or found is Undefined else found

    return _whole_number if kind.name == "Int" else show


_PLAIN: Mapping[str, type] = {"String": str, "ID": str, "Boolean": bool}


def _whole_number(value: Any) -> int:
    if type(value) is int and -(2**31) <= value < 2**31:
        return value
    raise Anomaly  # what else GraphQL takes for an Int is for graphql-core to say


@dataclass(frozen=True)
class Fused:
    """A column shown without a detour over Python's value: `code` has `{value}`, and `{constant}` where it needs one.

    fails_on_null: the code does so itself, and needs no check. ending: of the column's name where it is another form.
    """

    code: str
    constant: Any = None
    fails_on_null: bool = False
    ending: str = ""


def fused(kind: GraphQLLeafType, column: Any, dialect: Dialect) -> Fused:
    """How a column becomes a leaf of the answer. Raw values of the driver go in."""
    decode = decoder(column, dialect)
    if isinstance(column, sa.Enum) and column.enum_class is not None and isinstance(kind, GraphQLEnumType):
        return Fused("{constant}[{value}]", _names(kind, column, dialect), fails_on_null=True)
    if decode is None and _is_shown_as_it_is(kind.name, column, dialect):
        return Fused("{value}")
    if kind.name == "DateTime" and _python(column) is datetime:  # what the database does not write, the encoder does
        return Fused("{value}", ending=WRITTEN) if decode is None else Fused("{constant}({value})", decode)
    show = shown(kind)
    return Fused("{constant}({value})", show if decode is None else lambda value: show(decode(value)))


def _is_shown_as_it_is(kind: str, column: Any, dialect: Dialect) -> bool:
    """Whether the driver's values are the graph's, too: no database puts anything else into such a column."""
    if isinstance(column, sa.TypeDecorator):
        column = column.impl_instance
    if kind == "String":
        return isinstance(column, sa.String)
    if dialect.name != "postgresql":
        return False  # SQLite's integers are as large as they like
    small = isinstance(column, sa.Integer) and not isinstance(column, sa.BigInteger)
    return {
        "Int": small,
        "BigInt": isinstance(column, sa.Integer),
        "Boolean": isinstance(column, sa.Boolean),
    }.get(kind, False)


def _names(kind: GraphQLEnumType, column: sa.Enum, dialect: Dialect) -> dict[Any, str]:
    """The name of each member by what the database holds for it."""
    encode, members = encoder(column, dialect), column.enum_class
    assert members is not None
    return {encode(member) if encode else member: kind.coerce_output_value(member) for member in members}


def _python(column: Any) -> type | None:
    try:
        found: type = column.python_type
    except NotImplementedError:
        return None
    return found


def key_code(name: str, key: type, dialect: Dialect) -> str:
    """The code of a global id: of `{value}`, a raw key."""
    digits = "{value}.hex" if key is UUID and dialect.name == "postgresql" else "{value}"
    return f"{f'{name}_'!r} + {digits}"  # SQLite keeps a UUID by its digits; a code is a text


def raw_key(key: Any, column: Any, dialect: Dialect) -> Any:
    """A key as the driver gives and takes it."""
    encode = encoder(column, dialect)
    return key if encode is None or key is None else encode(key)
