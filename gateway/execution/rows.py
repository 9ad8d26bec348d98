"""Rows into objects: the code that a level of a query becomes where its rows come right out of a statement.

A level reads only the columns that are asked for; what it refers to, one to one, is joined to the same statement. Lists
below it are statements of their own, one for all its rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import FieldNode, GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type

from gateway.execution import running
from gateway.execution.compiling import Compiling, Fields, NotPlanned, field_of, nullable
from gateway.execution.leaves import fused, key_code, shown
from gateway.joining import definition, mark, origin
from modules.kernel.fields import Batched, Column, Computed, Key, Reference
from modules.kernel.keys import entity_key
from modules.kernel.prepared import Convert, decoder
from modules.kernel.relations import ByKey, Relation
from modules.kernel.selects import Join, Statement, Wanted

EACH = "@each"  # in the code of a step: `for <the row's variables> in <its rows>`


@dataclass(frozen=True)
class Step:
    """What is put into objects after they are made: `code` answers one value per row, for the key `name`.

    `path` leads from an object of the level to the one that has the field; `guard` is the variable that is None where
    there is none.
    """

    name: str
    code: str
    path: tuple[str, ...]
    guard: str


@dataclass
class Shape:
    """The rows of one type in a statement. `names` are its own columns by the variable that holds them; `given` one that
    is there anyway."""

    kind: GraphQLObjectType
    source: Statement
    prefix: str
    path: tuple[str, ...] = ()
    guard: str = ""
    given: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    joins: list[tuple[str, ByKey, str, "Shape"]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    code: str = ""
    entries: Sequence[str] = ()

    @property
    def wanted(self) -> Wanted:
        joins = tuple(Join(column, target.source, target.by, shape.wanted) for column, target, _, shape in self.joins)
        return Wanted(tuple(self.names), joins)

    @property
    def variables(self) -> list[str]:
        """What a row is unpacked into, in the order of the statement's columns."""
        found = list(self.names.values())
        for _, _, key, shape in self.joins:
            found += [key, *shape.variables]
        return found

    @property
    def all_steps(self) -> list[Step]:
        return [*self.steps, *(step for *_, shape in self.joins for step in shape.all_steps)]


@dataclass(frozen=True)
class Level:
    """A written function `name(run, rows) -> objects`; to be awaited when it `waits`."""

    name: str
    wanted: Wanted
    waits: bool

    def call(self, rows: str) -> str:
        return f"{'await ' if self.waits else ''}{self.name}(run, {rows})"


def level(
    compiling: Compiling,
    kind: GraphQLObjectType,
    nodes: Sequence[FieldNode],
    source: Statement,
    *,
    parent: bool,
    ordered: bool,
) -> Level:
    """The function that makes objects of rows; `parent` and `ordered` say which columns surround the wanted ones.

    Raises NotPlanned when a field is none of the statement's.
    """
    written = compiling.source
    name = written.name(kind.name.lower())
    shape = Shape(kind, source, name)
    _Shaping(compiling).fill(shape, compiling.selecting.below(kind, nodes))
    variables = [*(["_"] if parent else []), *shape.variables]
    pattern = ", ".join([*variables, "*_"] if ordered or not variables else variables)
    pattern += "" if "," in pattern else ","
    steps = shape.all_steps
    items = [
        "[",
        "    {",
        *(f"        {entry}," for entry in shape.entries),
        "    }",
        f"    for {pattern} in rows",
        "]",
    ]
    items[0] = f"{'items =' if steps else 'return'} {items[0]}"
    lines = [*items, *_stepping(steps, pattern, variables)] if steps else items
    written.names["gather"] = running.gather
    written.function(name, "run, rows", f"{kind.name}: objects of rows.", lines, waits=bool(steps))
    return Level(name, shape.wanted, bool(steps))


def _stepping(steps: Sequence[Step], pattern: str, variables: Sequence[str]) -> list[str]:
    """Await all steps together, then put each value into its object."""
    lines: list[str] = []
    suffixes: dict[tuple[str, ...], str] = {(): ""}
    for step in steps:
        if step.path not in suffixes:
            suffixes[step.path] = suffix = f"_{len(suffixes)}"
            there = f"if row[{variables.index(step.guard)}] is not None"
            inner = "".join(f"[{each!r}]" for each in step.path)
            lines.append(f"rows{suffix} = [row for row in rows {there}]")
            lines.append(f"items{suffix} = [item{inner} for item, row in zip(items, rows) {there}]")
    codes = [step.code.replace(EACH, f"for {pattern} in rows{suffixes[step.path]}") for step in steps]
    values = [f"values_{at}" for at in range(len(steps))]
    lines.append(f"{values[0]} = await {codes[0]}" if len(codes) == 1 else _together(values, codes))
    for step, value in zip(steps, values, strict=True):
        lines += [f"for item, value in zip(items{suffixes[step.path]}, {value}):", f"    item[{step.name!r}] = value"]
    return [*lines, "return items"]


def _together(values: Sequence[str], codes: Sequence[str]) -> str:
    return f"{', '.join(values)} = await gather({', '.join(codes)})"


class _Shaping:
    """Fills shapes with what a selection asks of them."""

    def __init__(self, compiling: Compiling) -> None:
        self.compiling, self.written = compiling, compiling.source
        assert compiling.dialect is not None
        self.dialect = compiling.dialect

    def fill(self, shape: Shape, fields: Fields) -> None:
        entries = [f"{name!r}: {self.entry(shape, name, nodes)}" for name, nodes in fields.items()]
        shape.code = f"{{{', '.join(entries)}}}"
        shape.entries = entries

    def entry(self, shape: Shape, name: str, nodes: Sequence[FieldNode]) -> str:
        """The code of one value; None where a step puts it in later."""
        if nodes[0].name.value == "__typename":
            return repr(shape.kind.name)
        found = field_of(shape.kind, nodes)
        declared = mark(found)
        match declared:
            case Key():
                key = self.variable(shape, "id")
                return key_code(shape.kind.name, _key_type(shape.kind), self.dialect).format(value=key)
            case Column():
                return self.column(shape, declared.name or definition(found).python_name, found)
            case Computed():
                return self.computed(shape, declared, found, name, nodes)
            case Reference():
                return self.reference(shape, declared.column, found, name, nodes)
            case Batched():
                return self.batched(shape, declared, found, name, nodes)
        raise NotPlanned(f"{shape.kind.name}.{nodes[0].name.value} has a resolver of its own")

    def variable(self, shape: Shape, column: str, ending: str = "") -> str:
        """The variable that holds a column; with an ending, the column in another form."""
        self.type_of(shape, column)
        if column in shape.given and not ending:
            return shape.given[column]
        if column + ending not in shape.names:
            shape.names[column + ending] = self.written.name(f"{shape.prefix}_{column}")
        return shape.names[column + ending]

    def type_of(self, shape: Shape, column: str) -> Any:
        if column not in shape.source.selected_columns:
            raise NotPlanned(f"{shape.kind.name} has no column {column} in its statement")
        return shape.source.selected_columns[column].type

    def column(self, shape: Shape, column: str, field: GraphQLField) -> str:
        kind, may_be_null = nullable(field.type)
        if not is_leaf_type(kind):
            raise NotPlanned(f"{shape.kind.name}.{column} is no leaf")
        found = fused(kind, self.type_of(shape, column), self.dialect)
        variable = self.variable(shape, column, found.ending)
        constant = (
            "" if found.constant is None else self.written.constant(f"{shape.prefix}_{column}_as", found.constant)
        )
        code = found.code.format(value=variable, constant=constant)
        if may_be_null and code == variable:
            return code
        if may_be_null:
            return f"None if {variable} is None else {code}"
        return code if found.fails_on_null else f"{code} if {variable} is not None else missing()"

    def computed(self, shape: Shape, declared: Computed, field: GraphQLField, name: str, nodes: Any) -> str:
        needs = ", ".join(self.python(shape, column) for column in declared.needs)
        value = f"{self.written.constant(f'{shape.kind.name}_{nodes[0].name.value}', declared.rule)}({needs})"
        kind, may_be_null = nullable(field.type)
        if is_leaf_type(kind):
            show = _or_none(shown(kind)) if may_be_null else shown(kind)
            return f"{self.written.constant(f'{kind}_shown', show)}({value})"
        self.complete(shape, name, field, nodes, f"[{value} {EACH}]")
        return "None"

    def python(self, shape: Shape, column: str) -> str:
        """The code of a column in Python's own type."""
        variable = self.variable(shape, column)
        decode = decoder(shape.source.selected_columns[column].type, self.dialect)
        return (
            variable if decode is None else f"{self.written.constant(f'{column}_read', _or_none(decode))}({variable})"
        )

    def reference(self, shape: Shape, column: str, field: GraphQLField, name: str, nodes: Any) -> str:
        target, may_be_null = get_named_type(field.type), nullable(field.type)[1]
        otherwise = "None" if may_be_null else "missing()"
        if not isinstance(target, GraphQLObjectType):
            raise NotPlanned(f"{shape.kind.name}.{nodes[0].name.value} may be of several types")
        fields = self.compiling.selecting.below(target, nodes)
        if self.compiling.only_the_key(nodes) or target.name not in self.compiling.keys:
            key = self.variable(shape, column)
            return f"{self.key_alone(target, fields, key)} if {key} is not None else {otherwise}"
        owner = self.compiling.keys[target.name]
        if isinstance(owner, ByKey):
            prefix, key = self.written.name(name), owner.by.key
            joined = self.written.name(f"{prefix}_{key}")
            inner = Shape(target, owner.source, prefix, (*shape.path, name), joined, {key: joined})
            try:
                self.fill(inner, fields)
            except NotPlanned as reason:
                self.compiling.note(str(reason))
            else:
                shape.joins.append((column, owner, joined, inner))
                return f"{inner.code} if {joined} is not None else {otherwise}"
        key = self.variable(shape, column)
        given = f"[None if {key} is None else {{'id': {self.python(shape, column)}}} {EACH}]"
        self.complete(shape, name, field, nodes, given)
        return "None"

    def key_alone(self, target: GraphQLObjectType, fields: Fields, key: str) -> str:
        code = key_code(target.name, _key_type(target), self.dialect).format(value=key)
        shown_by = {"id": code, "__typename": repr(target.name)}
        for nodes in fields.values():
            if nodes[0].name.value not in shown_by:
                raise NotPlanned(f"nobody owns {target.name}")
        return "{" + ", ".join(f"{name!r}: {shown_by[nodes[0].name.value]}" for name, nodes in fields.items()) + "}"

    def batched(self, shape: Shape, declared: Batched, field: GraphQLField, name: str, nodes: Any) -> str:
        if isinstance(declared.many, Relation):
            key = self.variable(shape, "id")
            written = self.compiling.parts.listed(self.compiling, shape.kind, declared.many, field, nodes)
            if written:
                self.step(shape, name, f"{written}(run, [{key} {EACH}])")
                return "None"
        needs = ", ".join(f"{column!r}: {self.python(shape, column)}" for column in declared.needs)
        batch = self.compiling.parts.batched(self.compiling, declared, field, nodes)
        self.step(shape, name, f"{self.written.constant(f'{name}_batch', batch)}(run, [{{{needs}}} {EACH}])")
        return "None"

    def complete(self, shape: Shape, name: str, field: GraphQLField, nodes: Any, values: str) -> None:
        """Put in what Python values are shown as."""
        complete = self.compiling.parts.completed(self.compiling, field.type, nodes)
        self.step(shape, name, f"{self.written.constant(f'{name}_complete', complete)}(run, {values})")

    def step(self, shape: Shape, name: str, code: str) -> None:
        shape.steps.append(Step(name, code, shape.path, shape.guard))


def _or_none(convert: Convert) -> Convert:
    return lambda value: None if value is None else convert(value)


def _key_type(kind: GraphQLObjectType) -> type:
    return entity_key(origin(kind))
