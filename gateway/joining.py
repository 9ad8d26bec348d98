"""The touch points with Strawberry's built schema: references made whole, abstract types told apart.

These are private to the library; everything that depends on them is here, and tests pin it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    SelectionSetNode,
    get_named_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import get_object_definition

from modules.kernel.context import Context
from modules.kernel.contract import ByKeys
from modules.kernel.fields import MARK, Mark, Reference


ResolveInfo = GraphQLResolveInfo[Any]


class TypedRow(dict[str, Any]):
    """A row that remembers which entity it is: only where an interface or union has to tell."""

    def __init__(self, typename: str, row: Mapping[str, Any]) -> None:
        super().__init__(row)
        self.typename = typename


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
    """graphql-core's schema behind a Strawberry schema."""
    return schema._schema


def mark(field: GraphQLField) -> Mark | None:
    """How a field was declared, None for an ordinary resolver."""
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    found: Mark | None = definition.metadata.get(MARK) if definition is not None else None
    return found


def join(schema: strawberry.Schema, owners: Owners) -> None:
    """Teach a built schema that what flows are rows: nothing is an instance of its type, references have owners."""
    for kind in core(schema).type_map.values():
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = _type_of
        if isinstance(kind, GraphQLObjectType):
            kind.is_type_of = None
            for field in kind.fields.values():
                if isinstance(mark(field), Reference):
                    _make_whole(field, owners)


def _type_of(value: Any, _info: ResolveInfo, _abstract: GraphQLAbstractType) -> str:
    if isinstance(value, TypedRow):
        return value.typename
    return get_object_definition(type(value), strict=True).name


def _make_whole(field: GraphQLField, owners: Owners) -> None:
    name, key_of = get_named_type(field.type).name, field.resolve
    if name not in owners.batches or key_of is None:
        return  # a part in a subgraph: the federation gateway asks its owner

    def resolve(source: Any, info: ResolveInfo, **arguments: Any) -> Any:
        key = key_of(source, info, **arguments)
        if key is None or _asks_only_for_the_key(info):
            return key
        return info.context.load(owners.batches[name], key, info, {})

    field.resolve = resolve


def _asks_only_for_the_key(info: ResolveInfo) -> bool:
    return all(name in ("id", "__typename") for node in info.field_nodes for name in _names(node.selection_set, info))


def _names(selections: SelectionSetNode | None, info: ResolveInfo) -> Iterator[str]:
    for selection in selections.selections if selections else ():
        if isinstance(selection, FieldNode):
            yield selection.name.value
        elif isinstance(selection, FragmentSpreadNode):
            yield from _names(info.fragments[selection.name.value].selection_set, info)
        else:
            yield from _names(selection.selection_set, info)  # type: ignore[attr-defined]
