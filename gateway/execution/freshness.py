"""How long answers of an operation may be shown again: as long as the least of everything that it selects."""

from collections.abc import Iterator

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
)

from gateway.execution.documents import Document
from gateway.joining import definition, mark, origin
from modules.kernel.fields import ALWAYS, FRESH, NEVER, Batched, Freshness


def freshness(schema: GraphQLSchema, document: Document, operation_name: str | None) -> Freshness:
    """NEVER for what is no query, what reads no entity, and what shows anything of the viewer.

    A field that is skipped by a variable counts too. Raises GraphQLError when there is no such operation.
    """
    operation = document.operation(operation_name)
    if operation.operation is not OperationType.QUERY:
        return NEVER
    assert document.ast is not None and schema.query_type is not None
    fragments = {node.name.value: node for node in document.ast.definitions if isinstance(node, FragmentDefinitionNode)}
    least = ALWAYS
    for found in Selected(schema, fragments).walk(operation.selection_set, schema.query_type):
        least = least.least(found)
    return least if least != ALWAYS else NEVER


class Selected:
    """The freshness of each thing that is selected; each fragment is looked into once."""

    def __init__(self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._schema, self._fragments = schema, fragments
        self._spread: set[str] = set()

    def walk(self, selections: SelectionSetNode, parent: GraphQLNamedType) -> Iterator[Freshness]:
        for node in selections.selections:
            if isinstance(node, FieldNode):
                yield from self._field(node, parent)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                yield from self.walk(node.selection_set, self._named(condition.name.value) if condition else parent)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in self._spread:
                self._spread.add(node.name.value)
                fragment = self._fragments[node.name.value]
                yield from self.walk(fragment.selection_set, self._named(fragment.type_condition.name.value))

    def _field(self, node: FieldNode, parent: GraphQLNamedType) -> Iterator[Freshness]:
        name = node.name.value
        if name.startswith("__"):
            yield ALWAYS if name == "__typename" else NEVER
            return
        field = self._schema.get_field(parent, name)  # type: ignore[arg-type] # the document is valid
        assert field is not None
        kind = get_named_type(field.type)
        held = frozenset(entities(self._schema, kind, set()))
        yield from held
        yield definition(field).metadata.get(FRESH, ALWAYS)
        if not held:
            yield self._beside_entities(field, parent)
        if node.selection_set:
            yield from self.walk(node.selection_set, kind)

    def _beside_entities(self, field: GraphQLField, parent: GraphQLNamedType) -> Freshness:
        """Of a field without any entity: it is as fresh as what it stands in, which has been counted. At the root that
        is nothing; and a relation of a register's entry may read anything."""
        if parent is self._schema.query_type:
            return NEVER
        own = declared(parent) if isinstance(parent, GraphQLObjectType) else None
        return Freshness(own.seconds) if own and isinstance(mark(field), Batched) else ALWAYS

    def _named(self, name: str) -> GraphQLNamedType:
        kind = self._schema.get_type(name)
        assert kind is not None  # the document is valid
        return kind


def entities(schema: GraphQLSchema, kind: GraphQLNamedType, seen: set[str]) -> Iterator[Freshness]:
    """The freshness of the entities that a value of this type is or, as pages and payloads do, holds."""
    if kind.name in seen:
        return
    seen.add(kind.name)
    if is_abstract_type(kind):
        for possible in schema.get_possible_types(kind):
            yield from entities(schema, possible, seen)
    elif isinstance(kind, GraphQLObjectType):
        own = declared(kind)
        if own is not None:
            yield own
            return
        for field in kind.fields.values():
            yield from entities(schema, get_named_type(field.type), seen)


def declared(kind: GraphQLObjectType) -> Freshness | None:
    """What an entity declares; None for what is no entity."""
    found: Freshness | None = getattr(origin(kind), "__fresh__", None)
    return found
