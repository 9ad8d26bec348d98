"""Arguments of fields: worked out once where the document gives them, for each request where variables do."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLField,
    Undefined,
    VariableNode,
    Visitor,
    get_argument_values,
    get_nullable_type,
    is_leaf_type,
    is_non_null_type,
    is_required_argument,
    visit,
)
from graphql.execution.values import VariableValues

from gateway.execution.leaves import Anomaly
from gateway.joining import Converting

Given = Callable[[VariableValues], Mapping[str, Any]]


MOST_REMEMBERED = 256
LONGEST_REMEMBERED = 1_000  # characters of values: what a client sends at length is worked out each time


class Arguments:
    """The arguments of one field as its resolver takes them.

    `constant` when no variable is among them; then they are `values`. Where variables stand for whole leaves, their
    values are all that is needed; what else is worked out from variables is remembered for the next time: resolvers do
    not change what they are given.
    """

    def __init__(self, field: GraphQLField, node: FieldNode, converting: Converting) -> None:
        self._field, self._node, self._converting = field, node, converting
        self._variables = _variables(node)
        self.constant = not self._variables
        self.values: Mapping[str, Any] = self._worked_out(None) if self.constant else {}
        self._simple = None if self.constant else self._leaves()
        self._remembered: dict[str, Mapping[str, Any]] = {}

    def given(self, variables: VariableValues) -> Mapping[str, Any]:
        """The arguments with these variables. Raises what is wrong with them."""
        if self.constant:
            return self.values
        if self._simple is None:
            return self._found(variables)
        found, coerced = {}, variables.coerced
        for name, variable, otherwise, takes_null in self._simple:
            value = coerced.get(variable, otherwise) if variable else otherwise
            if value is None and not takes_null:
                raise Anomaly
            if value is not Undefined:
                found[name] = value
        return found

    def _found(self, variables: VariableValues) -> Mapping[str, Any]:
        key = repr([variables.coerced.get(name, Undefined) for name in self._variables])
        if len(key) > LONGEST_REMEMBERED:
            return self._worked_out(variables)
        found = self._remembered.get(key)
        if found is None:
            found = self._worked_out(variables)
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = found
        return found

    def _worked_out(self, variables: VariableValues | None) -> Mapping[str, Any]:
        values = get_argument_values(self._field, self._node, variables, hide_suggestions=True)
        return self._converting.arguments(self._field, values)

    def _leaves(self) -> list[tuple[str, str, Any, bool]] | None:
        """(argument, variable, value without it, whether null is taken) for each; None when one is no plain leaf."""
        nodes = {argument.name.value: argument for argument in self._node.arguments or ()}
        found = []
        for name, argument in self._field.args.items():
            node, python_name = nodes.get(name), self._converting.python_name(self._field, name)
            required = is_non_null_type(argument.type)
            if node is None or not isinstance(node.value, VariableNode):
                if node is not None and _variables(node):
                    return None
                found.append((python_name, "", self._alone(name, node), True))
            elif is_leaf_type(get_nullable_type(argument.type)):
                variable = node.value.name.value
                found.append((python_name, variable, self._alone(name, None), not required))
            else:
                return None
        return found

    def _alone(self, name: str, node: ArgumentNode | None) -> Any:
        """The value of one argument, or its default; Undefined without either."""
        argument = self._field.args[name]
        if node is None and is_required_argument(argument):
            return Undefined
        field = GraphQLField(self._field.type, {name: argument})
        asked = FieldNode(name=self._node.name, arguments=(node,) if node else ())
        values = get_argument_values(field, asked, hide_suggestions=True)
        return next(iter(self._converting.arguments(self._field, values).values()), Undefined)


def _variables(node: FieldNode | ArgumentNode) -> tuple[str, ...]:
    """The variables that stand in the arguments of a field, or in one of them."""
    found: dict[str, None] = {}

    class Search(Visitor):
        def enter_variable(self, variable: VariableNode, *_: Any) -> None:
            found[variable.name.value] = None

    for argument in [node] if isinstance(node, ArgumentNode) else node.arguments or ():
        visit(argument, Search())
    return tuple(found)
