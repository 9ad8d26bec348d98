"""Which fields a selection means for a type: fragments opened, equal names merged, what is skipped left out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLAbstractType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    Visitor,
    visit,
)

CONDITIONS = ("skip", "include")


class Unsupported(Exception):
    """Compiled code does not cover this; the message is the reason that is counted."""


@dataclass(frozen=True)
class Selecting:
    """Collects fields as the specification does, with the variables of `@skip` and `@include` known.

    Raises Unsupported for a directive of another name.
    """

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    switches: Mapping[str, bool]

    def fields(
        self, kind: GraphQLObjectType, selection_sets: Sequence[SelectionSetNode | None]
    ) -> dict[str, list[FieldNode]]:
        """The fields by the name they answer under, in the order of the answer."""
        found: dict[str, list[FieldNode]] = {}
        spread: set[str] = set()
        for selection_set in selection_sets:
            if selection_set is not None:
                self._collect(kind, selection_set, found, spread)
        return found

    def below(self, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> dict[str, list[FieldNode]]:
        """The fields below fields that answer under one name."""
        return self.fields(kind, [node.selection_set for node in nodes])

    def _collect(
        self,
        kind: GraphQLObjectType,
        selection_set: SelectionSetNode,
        found: dict[str, list[FieldNode]],
        spread: set[str],
    ) -> None:
        for node in selection_set.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                found.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or self._fits(kind, node.type_condition.name.value):
                    self._collect(kind, node.selection_set, found, spread)
            elif (name := node.name.value) not in spread:  # type: ignore[attr-defined] # the third kind: a spread
                spread.add(name)
                fragment = self.fragments[name]
                if self._fits(kind, fragment.type_condition.name.value):
                    self._collect(kind, fragment.selection_set, found, spread)

    def _fits(self, kind: GraphQLObjectType, condition: str) -> bool:
        if condition == kind.name:
            return True
        other = self.schema.type_map.get(condition)
        return isinstance(other, GraphQLInterfaceType | GraphQLUnionType) and self.schema.is_sub_type(other, kind)

    def _included(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            if directive.name.value not in CONDITIONS:
                raise Unsupported("directive")
            if self._value(directive) is (directive.name.value == "skip"):
                return False
        return True

    def _value(self, directive: DirectiveNode) -> bool:
        (condition,) = directive.arguments or ()
        value: ValueNode = condition.value
        if isinstance(value, VariableNode):
            return self.switches[value.name.value]
        assert isinstance(value, BooleanValueNode)  # the document is valid
        return value.value


def switches_of(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> tuple[str, ...]:
    """The variables that decide what is selected, in a fixed order."""
    found: set[str] = set()

    class Search(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: object) -> None:
            if node.name.value in CONDITIONS:
                found.update(
                    argument.value.name.value
                    for argument in node.arguments or ()
                    if isinstance(argument.value, VariableNode)
                )

    for definition in (operation, *fragments.values()):
        visit(definition, Search())
    return tuple(sorted(found & _declared(operation)))


def _declared(operation: OperationDefinitionNode) -> set[str]:
    return {definition.variable.name.value for definition in operation.variable_definitions or ()}


def possible(schema: GraphQLSchema, kind: GraphQLAbstractType) -> Iterator[GraphQLObjectType]:
    """The types that a value of an interface or union may be."""
    yield from schema.get_possible_types(kind)
