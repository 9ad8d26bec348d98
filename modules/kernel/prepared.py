"""Statements made once: the text of one dialect, and how values become its parameters and its rows become Python.

Building and compiling a statement costs a hundred times what running it costs, so statements are constant: what changes
from one request to the next is a parameter. Who asks is one, too: `VIEWER_ID`, `viewer_codes` and
`VIEWER_IS_PLATFORM_ADMINISTRATOR` stand in a statement for what is only known when it runs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from modules.kernel.policy import Role, Viewer
from modules.kernel.tables import Moment
from modules.kernel.walls import Wall, wall_of

Convert = Callable[[Any], Any]
Raw = Sequence[Any]
"""A row as the driver gives it: values in the order of the statement's columns."""
_VIEWER = "viewer:"


@dataclass(frozen=True, eq=False)
class Prepared:
    """A statement for one dialect. `binds` are (name, encoder, constant) in the order of its placeholders; a bind with a
    constant needs no value. `decoders` make what the driver gives into Python; None where it is that already. `wall` is what
    the second wall has to be told of who asks."""

    text: str
    columns: tuple[str, ...]
    decoders: tuple[Convert | None, ...]
    binds: tuple[tuple[str, Convert | None, Any], ...]
    wall: Wall | None

    def arguments(self, values: Mapping[str, Any], viewer: Viewer) -> list[Any]:
        """What goes to the driver. Raises KeyError for a value that is missing."""
        found = []
        for name, encode, constant in self.binds:
            if constant is not None:
                found.append(constant)
                continue
            value = _of_viewer(name, viewer) if name.startswith(_VIEWER) else values[name]
            found.append(value if encode is None or value is None else encode(value))
        return found

    def rows(self, raw: Iterable[Raw]) -> list[dict[str, Any]]:
        """Rows by column name, in Python's types."""
        columns = self.columns
        if not self._decoded:
            return [dict(zip(columns, values, strict=True)) for values in raw]
        rows = [dict(zip(columns, values, strict=True)) for values in raw]
        for name, decode in self._decoded:
            for row in rows:
                if (value := row[name]) is not None:
                    row[name] = decode(value)
        return rows

    @cached_property
    def _decoded(self) -> list[tuple[str, Convert]]:
        return [(name, decode) for name, decode in zip(self.columns, self.decoders, strict=True) if decode is not None]


def prepare(statement: sa.Select[Any], dialect: Dialect) -> Prepared:
    """Compile a statement. Its parameters are named, or carry their value: then they are constants."""
    compiled = statement.compile(dialect=dialect)
    if compiled.post_compile_params:
        raise ValueError("a prepared statement has no parameter that expands: use `among` for IN")
    binds = []
    for name in compiled.positiontup or ():
        bind = compiled.binds[name]
        encode = encoder(bind.type, dialect)
        value = bind.effective_value
        if value is None and not bind.required:
            raise ValueError("a constant of a prepared statement is not NULL: say IS NULL")
        binds.append((bind.key, encode, encode(value) if encode and value is not None else value))
    columns = statement.selected_columns
    return Prepared(
        text=compiled.string,
        columns=tuple(columns.keys()),
        decoders=tuple(decoder(column.type, dialect) for column in columns),
        binds=tuple(binds),
        wall=wall_of(statement),
    )


def encoder(kind: Any, dialect: Dialect) -> Convert | None:
    """What makes a Python value one for the driver; None where it is that already."""
    found: Convert | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found


def decoder(kind: Any, dialect: Dialect) -> Convert | None:
    """What makes the driver's value one of Python; None where it is that already."""
    # PostgreSQL's driver answers times aware and in UTC: nothing is left to do.
    if dialect.name == "postgresql" and isinstance(_impl(kind), sa.DateTime):
        return None
    found: Convert | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return found


def _impl(kind: Any) -> Any:
    return kind.impl_instance if isinstance(kind, sa.TypeDecorator) else kind


class Many(sa.TypeDecorator[Any]):
    """Any number of values as one parameter: an array on PostgreSQL, a JSON list on SQLite.

    raw: the values are as the driver gave them, keys of other rows: they go back as they came.
    """

    impl = sa.Text
    cache_ok = True

    def __init__(self, item: Any, *, raw: bool = False) -> None:
        super().__init__()
        self.item, self.raw = item, raw

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(ARRAY(self.item) if dialect.name == "postgresql" else sa.Text())

    def bind_processor(self, dialect: Dialect) -> Convert | None:
        encode = None if self.raw else encoder(self.item, dialect)
        if dialect.name == "postgresql":
            return list if encode is None else lambda values: [encode(value) for value in values]
        return lambda values: orjson.dumps([encode(value) if encode else value for value in values]).decode()


class among(FunctionElement[bool]):  # noqa: N801 (stands in statements like SQLAlchemy's own `and_`)
    """`among(column, many)`: whether the column is one of the values of a parameter of type `Many`."""

    inherit_cache = True
    type = sa.types.NullType()  # type: ignore[assignment] # as a Boolean it would be compared with 1 on SQLite, and no index found for it

    def __init__(self, column: Any, values: sa.BindParameter[Any]) -> None:
        super().__init__(column, values)


@compiles(among)
def _among_json(element: among, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 (both are SQL already)


@compiles(among, "postgresql")
def _among_array(element: among, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} = ANY ({values})"


class WrittenMoment(sa.TypeDecorator[Any]):
    """A time as the answer shows it: a text that PostgreSQL writes, since decoding a time costs more than all other
    columns of a row; on SQLite a time, which the encoder writes."""

    impl = sa.DateTime
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: Any) -> Convert | None:
        return None if dialect.name == "postgresql" else decoder(Moment(), dialect)


class written(FunctionElement[Any]):  # noqa: N801 (an SQL function)
    """A time as `WrittenMoment`."""

    type = WrittenMoment()
    inherit_cache = True


@compiles(written)
def _as_it_is(element: written, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(written, "postgresql")
def _in_iso_8601(element: written, compiler: Any, **options: Any) -> str:
    at = f"({compiler.process(element.clauses, **options)} AT TIME ZONE 'UTC')"
    whole, parts = ("""'YYYY-MM-DD"T"HH24:MI:SS"Z"'""", """'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'""")
    return f"to_char({at}, CASE WHEN date_trunc('second', {at}) = {at} THEN {whole} ELSE {parts} END)"


VIEWER_ID: sa.BindParameter[Any] = sa.bindparam(f"{_VIEWER}id", type_=sa.Uuid())
"""The key of the person who asks; NULL for nobody."""


VIEWER_IS_PLATFORM_ADMINISTRATOR: sa.BindParameter[Any] = sa.bindparam(f"{_VIEWER}platform", type_=sa.Boolean())
"""Whether the person who asks administers the platform."""


def viewer_codes(role: Role) -> sa.BindParameter[Any]:
    """The codes of the municipalities where the viewer has `role`, for `among`."""
    return sa.bindparam(f"{_VIEWER}{role.value}", type_=Many(sa.String()))


def _of_viewer(name: str, viewer: Viewer) -> Any:
    told = name.removeprefix(_VIEWER)
    if told == "platform":
        return viewer.is_platform_administrator
    return viewer.person_id if told == "id" else viewer.municipalities(Role(told))
