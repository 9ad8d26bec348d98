"""The touch points with Strawberry's built schema: keys made whole by owners, abstract types told apart.

These are private to the library; everything that depends on them is here, and tests pin it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
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
from strawberry.types.arguments import convert_arguments
from strawberry.types.base import get_object_definition
from strawberry.types.field import StrawberryField

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


def owners_of(schema: strawberry.Schema) -> Owners:
    """Who owns what in a schema; nobody owns anything in one that was not stitched."""
    found: Owners = getattr(schema, "owners", Owners({}, {}))
    return found


def definition(field: GraphQLField) -> StrawberryField:
    """The Strawberry field behind a field of the schema. Raises KeyError where there is none."""
    found: StrawberryField = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    return found


def origin(kind: GraphQLObjectType) -> type:
    """The class that declares a type."""
    found: type = kind.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].origin
    return found


def mark(field: GraphQLField) -> Mark | None:
    """How a field was declared, None for an ordinary resolver."""
    found: Mark | None = definition(field).metadata.get(MARK) if field.extensions else None
    return found


def calling(field: GraphQLField) -> Callable[[Any, Any, Mapping[str, Any]], Any] | None:
    """How to call a field's resolver with its source, `info` and arguments; None when it takes more than a call."""
    declared = definition(field)
    if declared.extensions:
        return None
    resolver = declared.base_resolver
    if resolver is None:
        return lambda source, _info, _given: declared.default_resolver(source, declared.python_name)
    places = (resolver.parent_parameter, resolver.root_parameter)
    named = tuple(parameter.name for parameter in places if parameter is not None)
    info_name = resolver.info_parameter.name if resolver.info_parameter is not None else None

    def call(source: Any, info: Any, given: Mapping[str, Any]) -> Any:
        more = dict.fromkeys(named, source)
        if info_name is not None:
            more[info_name] = info
        first = (source,) if resolver.self_parameter else ()
        return resolver(*first, **given, **more)

    return call


def join(schema: strawberry.Schema, owners: Owners) -> None:
    """Teach a built schema that what flows are rows: nothing is an instance of its type, and keys have owners."""
    built = core(schema)
    for kind in built.type_map.values():
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = type_of
        if isinstance(kind, GraphQLObjectType):
            kind.is_type_of = None
            for field in kind.fields.values():
                if any(each.name in owners.batches for each in _possible(built, get_named_type(field.type))):
                    _make_whole(field, owners)


def type_of(value: Any, _info: Any = None, _abstract: GraphQLAbstractType | None = None) -> str:
    """The name of a value's type, where it may be of several."""
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
        if not is_key(value) or asks_only_for_the_key(info.field_nodes, info.fragments):
            return value
        if isinstance(value, TypedRow):
            return owners.whole(value.typename, value, info) if value.typename in owners.batches else value
        return info.context.load(owners.batches[declared], value, info, {}) if declared in owners.batches else value

    field.resolve = resolve


def is_key(value: Any) -> bool:
    """Whether a value is a row of which only the key is there."""
    return isinstance(value, Mapping) and len(value) == 1 and "id" in value


Fragments = Mapping[str, FragmentDefinitionNode]


def asks_only_for_the_key(nodes: Iterable[FieldNode], fragments: Fragments) -> bool:
    """Whether nothing but the key is named below these fields: that is known without the owner."""
    spread: set[str] = set()
    names = (name for node in nodes for name in _names(node.selection_set, fragments, spread))
    return all(name in ("id", "__typename") for name in names)


def _names(selections: SelectionSetNode | None, fragments: Fragments, spread: set[str]) -> Iterator[str]:
    """The fields asked for right here; each fragment is looked into once, however often it is spread."""
    for selection in selections.selections if selections else ():
        if isinstance(selection, FieldNode):
            yield selection.name.value
        elif isinstance(selection, InlineFragmentNode):
            yield from _names(selection.selection_set, fragments, spread)
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in spread:
            spread.add(selection.name.value)
            yield from _names(fragments[selection.name.value].selection_set, fragments, spread)


class Converting:
    """From GraphQL's values of arguments to those that a resolver takes, as the library does it."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self._config, self._scalars = schema.config, schema.schema_converter.scalar_registry

    def arguments(self, field: GraphQLField, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Values by GraphQL name, as `get_argument_values` gives them, by Python name."""
        given = definition(field).arguments
        return convert_arguments(dict(values), given, scalar_registry=self._scalars, config=self._config)

    def python_name(self, field: GraphQLField, name: str) -> str:
        named = {self._config.name_converter.from_argument(each): each for each in definition(field).arguments}
        return named[name].python_name
