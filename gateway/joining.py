"""The touch points with Strawberry's built schema: keys made whole by owners, abstract types told apart.

These are private to the library; everything that depends on them is here, and tests pin it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import get_object_definition

from modules.kernel.context import Context
from modules.kernel.contract import ByKeys
from modules.kernel.fields import MARK, Mark, TypedRow

ResolveInfo = GraphQLResolveInfo[Any]


@dataclass(frozen=True)
class Owners:
    """The entities that a schema can make whole, by name."""

    types: Mapping[str, type]
    batches: Mapping[str, ByKeys]

    async def whole(self, name: str, key: Mapping[str, Any], info: Any) -> TypedRow | None:
        """The row of an entity, loaded with all others that are asked for at once; None when there is none."""
        context: Context = info.context
        row = await context.load(self.batches[name], key, info, {})
        return None if row is None else TypedRow(name, row)


def core(schema: strawberry.Schema) -> GraphQLSchema:
    """graphql-core's schema behind a Strawberry schema. The library has no public name for it: this place alone asks."""
    return schema._schema


def mark(field: GraphQLField) -> Mark | None:
    """How a field was declared, None for an ordinary resolver."""
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    found: Mark | None = definition.metadata.get(MARK) if definition is not None else None
    return found


def join(schema: strawberry.Schema, owners: Owners) -> None:
    """Teach a built schema that what flows are rows: nothing is an instance of its type, and keys have owners."""
    built = core(schema)
    for kind in built.type_map.values():
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = _type_of
        if isinstance(kind, GraphQLObjectType):
            kind.is_type_of = None
            for field in kind.fields.values():
                if any(each.name in owners.batches for each in _possible(built, get_named_type(field.type))):
                    _make_whole(field, owners)


def _type_of(value: Any, _info: ResolveInfo, _abstract: GraphQLAbstractType) -> str:
    return value.typename if isinstance(value, TypedRow) else get_object_definition(type(value), strict=True).name


def _possible(schema: GraphQLSchema, kind: GraphQLNamedType) -> list[GraphQLNamedType]:
    """What a value of this type may be."""
    return [*schema.get_possible_types(kind)] if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType) else [kind]


def _make_whole(field: GraphQLField, owners: Owners) -> None:
    """Whatever the field answers, a row that is only a key becomes the owner's, if more than the key is asked for."""
    answer, declared = field.resolve, get_named_type(field.type).name
    assert answer is not None  # the library resolves every field

    def resolve(source: Any, info: ResolveInfo, **arguments: Any) -> Any:
        value = answer(source, info, **arguments)
        return later(value, info) if isawaitable(value) else whole(value, info)

    async def later(pending: Any, info: ResolveInfo) -> Any:
        value = whole(await pending, info)
        return await value if isawaitable(value) else value

    def whole(value: Any, info: ResolveInfo) -> Any:
        if isinstance(value, list | tuple):
            return [whole(each, info) for each in value]  # the executor awaits them together
        if not _is_key(value) or _asks_only_for_the_key(info):
            return value
        if isinstance(value, TypedRow):
            return owners.whole(value.typename, value, info) if value.typename in owners.batches else value
        return info.context.load(owners.batches[declared], value, info, {}) if declared in owners.batches else value

    field.resolve = resolve


def _is_key(value: Any) -> bool:
    return isinstance(value, Mapping) and len(value) == 1 and "id" in value


def _asks_only_for_the_key(info: ResolveInfo) -> bool:
    spread: set[str] = set()
    names = (name for node in info.field_nodes for name in _names(node.selection_set, info, spread))
    return all(name in ("id", "__typename") for name in names)


def _names(selections: SelectionSetNode | None, info: ResolveInfo, spread: set[str]) -> Iterator[str]:
    """The fields asked for right here; each fragment is looked into once, however often it is spread."""
    for selection in selections.selections if selections else ():
        if isinstance(selection, FieldNode):
            yield selection.name.value
        elif isinstance(selection, InlineFragmentNode):
            yield from _names(selection.selection_set, info, spread)
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in spread:
            spread.add(selection.name.value)
            yield from _names(info.fragments[selection.name.value].selection_set, info, spread)
