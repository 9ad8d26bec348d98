"""Which fields of the schema an answer reached."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
)

SAMPLE = 3  # of a list: the others are like it


def reachable(schema: GraphQLSchema, root: GraphQLNamedType) -> set[str]:
    """Every field that an operation on this root can select: `Debate.title`."""
    found: set[str] = set()
    rest, seen = [root], {root}
    while rest:
        kind = rest.pop()
        fields = kind.fields if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) else {}
        found.update(f"{kind.name}.{name}" for name in fields)
        possible = schema.get_possible_types(kind) if is_abstract_type(kind) else ()
        for each in {get_named_type(field.type) for field in fields.values()}.union(possible) - seen:
            seen.add(each)
            rest.append(each)
    return found


def reached(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, data: Any) -> set[str]:
    """The fields that are answered, and not by null. A name that two types of a union answer counts for both."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    root = schema.get_root_type(operation.operation)
    assert root is not None
    return set(_Walk(schema, fragments).selections(root, operation.selection_set, data or {}))


@dataclass(frozen=True)
class _Walk:
    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode]

    def selections(self, parent: GraphQLNamedType, selected: SelectionSetNode, value: dict[str, Any]) -> Iterator[str]:
        for node in selected.selections:
            if isinstance(node, FieldNode):
                yield from self.field(parent, node, value.get((node.alias or node.name).value))
                continue
            fragment = self.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            assert isinstance(fragment, FragmentDefinitionNode | InlineFragmentNode)
            on = fragment.type_condition
            yield from self.selections(
                self.schema.type_map[on.name.value] if on else parent, fragment.selection_set, value
            )

    def field(self, parent: GraphQLNamedType, node: FieldNode, value: Any) -> Iterator[str]:
        name = node.name.value
        if value is None or name.startswith("__"):
            return
        yield f"{parent.name}.{name}"
        assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
        kind = get_named_type(parent.fields[name].type)
        for each in value[:SAMPLE] if isinstance(value, list) else [value]:
            if node.selection_set and isinstance(each, dict):
                yield from self.selections(kind, node.selection_set, each)
