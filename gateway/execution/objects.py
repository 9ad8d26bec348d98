"""Values into objects: a level of a query whose rows, instances or values come out of batches and resolvers.

Like rows out of statements they are answered breadth first: each field for all objects of the level at once. Whatever
graphql-core would have to say of a value (a null that cannot be, a wrong type, an exception) raises, and it is asked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from inspect import isawaitable
from typing import Any

from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLType,
    GraphQLUnionType,
    Undefined,
    is_leaf_type,
)

from gateway.execution.arguments import Arguments
from gateway.execution.compiling import Compiling, Complete, Fields, NotPlanned, field_of, nullable
from gateway.execution.leaves import Anomaly, Leaf, raw_key, shown
from gateway.execution.rows import level
from gateway.execution.running import Run, distinct, one_for_each
from gateway.execution.selecting import Unsupported, possible
from gateway.joining import calling, definition, is_key, mark, type_of
from modules.kernel import keys
from modules.kernel.fields import Batched, Column, Computed, Key, Mark, Reference, TypedRow, read
from modules.kernel.relations import ByKey, Relation

Fetch = Callable[[Run, Sequence[Any]], Awaitable[list[Any]]]
PLAIN = frozenset({str, int, float, bool, type(None), dict, list, tuple, TypedRow})


def completed(compiling: Compiling, kind: GraphQLType, nodes: Sequence[FieldNode]) -> Complete:
    """What the answer shows of values of a type: `(run, values) -> the same number of values`."""
    inner, may_be_null = nullable(kind)
    if is_leaf_type(inner):
        complete = _leaves(inner)
    elif isinstance(inner, GraphQLList):
        complete = _lists(completed(compiling, inner.of_type, nodes))
    elif isinstance(inner, GraphQLInterfaceType | GraphQLUnionType):
        complete = _by_type(compiling, inner, nodes)
    else:
        assert isinstance(inner, GraphQLObjectType)
        complete = _entities(compiling, inner, nodes)

    async def with_nulls(run: Run, values: Sequence[Any]) -> list[Any]:
        there = [value for value in values if value is not None and value is not Undefined]
        found = await complete(run, there) if there else []
        if len(there) == len(values):
            whole = found
        elif may_be_null:
            rest = iter(found)
            whole = [None if value is None or value is Undefined else next(rest) for value in values]
        else:
            raise Anomaly
        if not may_be_null and None in whole:
            raise Anomaly
        return whole

    return with_nulls


def batched(compiling: Compiling, declared: Batched, field: GraphQLField, nodes: Sequence[FieldNode]) -> Complete:
    """What the answer shows of a batch: `(run, parents) -> one value per parent`."""
    return _then(_of_batch(declared, compiling.arguments(field, nodes)), completed(compiling, field.type, nodes))


def _of_batch(declared: Batched, arguments: Arguments) -> Fetch:
    async def fetch(run: Run, parents: Sequence[Any]) -> list[Any]:
        given = arguments.given(run.variables)
        # As behind a loader: rows of the same entity are one.
        apart = {row["id"] if isinstance(row, Mapping) else row: row for row in parents}
        values = one_for_each(apart, await declared.many(list(apart.values()), info=run.info, **given))
        found = dict(zip(apart, values, strict=True))
        return [found[row["id"] if isinstance(row, Mapping) else row] for row in parents]

    return fetch


def _then(fetch: Fetch, complete: Complete) -> Complete:
    async def fetch_and_complete(run: Run, objects: Sequence[Any]) -> list[Any]:
        return await complete(run, await fetch(run, objects))

    return fetch_and_complete


def _leaves(kind: GraphQLLeafType) -> Complete:
    show: Leaf = shown(kind)

    async def complete(_run: Run, values: Sequence[Any]) -> list[Any]:
        return [show(value) for value in values]

    return complete


def _lists(inner: Complete) -> Complete:
    async def complete(run: Run, values: Sequence[Any]) -> list[Any]:
        if not all(type(value) in (list, tuple) for value in values):
            raise Anomaly  # another iterable, perhaps: graphql-core knows
        items = iter(await inner(run, [item for value in values for item in value]))
        return [[next(items) for _ in value] for value in values]

    return complete


def _by_type(compiling: Compiling, kind: GraphQLAbstractType, nodes: Sequence[FieldNode]) -> Complete:
    """Values of an interface or union: each type's together."""
    if kind.resolve_type is not type_of:
        raise Unsupported("a type that tells itself")
    each = {one.name: _entities(compiling, one, nodes) for one in possible(compiling.schema, kind)}

    async def complete(run: Run, values: Sequence[Any]) -> list[Any]:
        found: list[Any] = [None] * len(values)
        places: dict[str, list[int]] = {}
        for place, value in enumerate(values):
            places.setdefault(type_of(value), []).append(place)
        for name, of_type in places.items():
            shown = await each[name](run, [values[place] for place in of_type])
            for place, one in zip(of_type, shown, strict=True):
                found[place] = one
        return found

    return complete


def _entities(compiling: Compiling, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Complete:
    """Objects of a type. Of what is only a key, the owner has the rest."""
    if kind.is_type_of is not None:
        raise Unsupported("a type that tells itself")
    fields = compiling.selecting.below(kind, nodes)
    show = _objects(compiling, kind, fields)
    if kind.name not in compiling.keys or compiling.only_the_key(nodes):
        return show
    of_keys = _of_keys(compiling, kind, nodes, show)

    async def complete(run: Run, values: Sequence[Any]) -> list[Any]:
        if any(isinstance(value, TypedRow) and value.typename != kind.name for value in values):
            raise Anomaly
        alone = [is_key(value) for value in values]
        if all(alone):
            return await of_keys(run, values)
        if not any(alone):
            return await show(run, values)
        rows = [value for value, is_alone in zip(values, alone, strict=True) if not is_alone]
        keyed = [value for value, is_alone in zip(values, alone, strict=True) if is_alone]
        known, found = iter(await show(run, rows)), iter(await of_keys(run, keyed))
        return [next(found) if is_alone else next(known) for is_alone in alone]

    return complete


def _of_keys(compiling: Compiling, kind: GraphQLObjectType, nodes: Sequence[FieldNode], show: Complete) -> Complete:
    """Objects of keys: right out of a statement where one can answer, else out of the owner's batch."""
    owner = compiling.keys[kind.name]
    if isinstance(owner, ByKey) and compiling.dialect is not None:
        before = compiling.source.mark()
        try:
            return _fetched(compiling, owner, kind, nodes)
        except NotPlanned as reason:
            compiling.source.back_to(before)
            compiling.note(str(reason))

    async def complete(run: Run, values: Sequence[Any]) -> list[Any]:
        # Through the operation's loader: whoever else asks for such keys at this moment asks together with us.
        wanted = list(dict.fromkeys(value["id"] for value in values))
        rows = await asyncio.gather(*(run.context.load(owner, {"id": key}, run.info, {}) for key in wanted))
        found = {key: row for key, row in zip(wanted, rows, strict=True) if row is not None}
        objects = dict(zip(found, await show(run, [TypedRow(kind.name, row) for row in found.values()]), strict=True))
        return [objects.get(value["id"]) for value in values]

    return complete


def _fetched(compiling: Compiling, owner: ByKey, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Complete:
    made, written = level(compiling, kind, nodes, owner.source, parent=True, ordered=False), compiling.source
    wanted, batch = written.constant(f"{kind.name}_wanted", made.wanted), written.constant(f"{kind.name}_by_key", owner)
    compiling.planned(f"{kind.name}, by key", lambda storage, _: owner.prepared(storage, made.wanted))
    written.names["distinct"] = distinct
    name = written.function(
        written.name(f"{kind.name.lower()}_by_key"),
        "run, keys",
        f"{kind.name}, by its raw key.",
        [
            f'rows = await run.fetch({batch}.prepared(run.storage, {wanted}), {{"keys": distinct(keys)}})',
            f"return dict(zip([row[0] for row in rows], {made.call('rows')}))",
        ],
    )

    async def complete(run: Run, values: Sequence[Any]) -> list[Any]:
        raw = [raw_key(value["id"], owner.by.type, run.storage.dialect) for value in values]
        found = await written.names[name](run, raw)
        return [found.get(key) for key in raw]

    return complete


def _objects(compiling: Compiling, kind: GraphQLObjectType, fields: Fields) -> Complete:
    """Each field for all objects at once; those that wait, together."""
    values = {
        name: _field(compiling, kind, nodes) for name, nodes in fields.items() if nodes[0].name.value != "__typename"
    }

    async def complete(run: Run, objects: Sequence[Any]) -> list[Any]:
        if any(isinstance(each, Exception) for each in objects):
            raise Anomaly
        found = dict(zip(values, await asyncio.gather(*(one(run, objects) for one in values.values())), strict=True))
        columns = [found.get(name) or [kind.name] * len(objects) for name in fields]
        return [dict(zip(fields, row, strict=True)) for row in zip(*columns, strict=True)] or [{} for _ in objects]

    return complete


def _field(compiling: Compiling, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Complete:
    field = field_of(kind, nodes)
    declared = mark(field)
    if isinstance(declared, Batched) and isinstance(declared.many, Relation):
        written = compiling.parts.listed(compiling, kind, declared.many, field, nodes)
        if written:
            return _listed(compiling, declared.many, written)
    return _then(_values(compiling, kind, field, declared, nodes), completed(compiling, field.type, nodes))


def _listed(compiling: Compiling, relation: Relation, name: str) -> Complete:
    names = compiling.source.names

    async def complete(run: Run, objects: Sequence[Any]) -> list[Any]:
        raw = [raw_key(read(each, "id"), relation.by.type, run.storage.dialect) for each in objects]
        found: list[Any] = await names[name](run, raw)
        return found

    return complete


def _values(
    compiling: Compiling,
    kind: GraphQLObjectType,
    field: GraphQLField,
    declared: Mark | None,
    nodes: Sequence[FieldNode],
) -> Fetch:
    """What a field is of each object, before it is shown."""
    match declared:
        case Key():
            return _of_each(lambda each: keys.encode(kind.name, read(each, "id")))
        case Column():
            column = declared.name or definition(field).python_name
            return _of_each(lambda each: read(each, column))
        case Computed():
            return _of_each(lambda each: declared.rule(*(read(each, name) for name in declared.needs)))
        case Reference():
            return _of_each(lambda each: _key_row(read(each, declared.column)))
        case Batched():
            return _of_batch(declared, compiling.arguments(field, nodes))
    return resolved(compiling, field, nodes)


def _of_each(value: Callable[[Any], Any]) -> Fetch:
    async def fetch(_run: Run, objects: Sequence[Any]) -> list[Any]:
        return _at_hand(value(each) for each in objects)

    return fetch


def _key_row(key: Any) -> Any:
    return None if key is None else {"id": key}


def resolved(compiling: Compiling, field: GraphQLField, nodes: Sequence[FieldNode]) -> Fetch:
    """What a resolver says of each object. Raises Unsupported for one that the library wraps in more than a call."""
    call, arguments = calling(field), compiling.arguments(field, nodes)
    if call is None:
        raise Unsupported("field extensions")

    async def fetch(run: Run, objects: Sequence[Any]) -> list[Any]:
        given = arguments.given(run.variables)
        values = await _awaited([call(each, run.info, given) for each in objects])
        lists = [value for value in values if type(value) is list]
        if any(isawaitable(item) for value in lists for item in value):
            values = [await _awaited(value) if type(value) is list else value for value in values]
        return _at_hand(values)

    return fetch


async def _awaited(values: Sequence[Any]) -> list[Any]:
    """The values, those that have to be waited for awaited together."""
    waiting = [place for place, value in enumerate(values) if isawaitable(value)]
    if not waiting:
        return list(values)
    found = list(values)
    if len(waiting) == 1:
        found[waiting[0]] = await found[waiting[0]]
        return found
    for place, value in zip(waiting, await asyncio.gather(*(values[place] for place in waiting)), strict=True):
        found[place] = value
    return found


def _at_hand(values: Iterable[Any]) -> list[Any]:
    """Values that are there. Raises Anomaly when one has to be waited for, or is an error."""
    found = list(values)
    for value in found:
        if type(value) not in PLAIN and (isinstance(value, Exception) or isawaitable(value)):
            raise Anomaly
    return found
