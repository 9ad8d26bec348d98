"""Variables of an operation: the usual ones are checked by a few comparisons, the others as graphql-core does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
    get_variable_values,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource

MOST_ERRORS = 10
_TYPES: Mapping[str, type] = {"String": str, "ID": str, "Boolean": bool, "Int": int, "Cursor": str}
_LONGEST_TEXT = 4_000  # what is longer may be too long for its scalar: graphql-core asks that


@dataclass(frozen=True)
class Plain:
    """A variable of a scalar or enum, without a default. `members` are an enum's values by name."""

    signature: GraphQLVariableSignature
    kind: type
    required: bool
    members: Mapping[str, Any] | None

    def read(self, given: Any) -> Any:
        """The value, None for null; Undefined for what graphql-core has to look at."""
        if given is None:
            return Undefined if self.required else None
        if type(given) is not self.kind:
            return Undefined
        if isinstance(given, str):
            if self.members is not None:
                return self.members.get(given, Undefined)
            return given if len(given) <= _LONGEST_TEXT else Undefined
        number: Any = given
        return number if self.kind is bool or -(2**31) <= number < 2**31 else Undefined


class Variables:
    """How the variables of one operation are read."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema, self._definitions = schema, tuple(operation.variable_definitions or ())
        plain = [_plain(schema, definition) for definition in self._definitions]
        self._plain = [each for each in plain if each is not None]
        self._are_plain = len(self._plain) == len(plain)

    def coerced(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The values, or what is wrong with them."""
        found = self._read(given) if self._are_plain else None
        return found or get_variable_values(
            self._schema, self._definitions, dict(given), max_errors=MOST_ERRORS, hide_suggestions=True
        )

    def _read(self, given: Mapping[str, Any]) -> VariableValues | None:
        """The values when all are as they should be, None when graphql-core has to say."""
        values: dict[str, Any] = {}
        sources: dict[str, VariableValueSource] = {}
        for each in self._plain:
            name = each.signature.name
            if name in given:
                value = each.read(given[name])
                if value is Undefined:
                    return None
                values[name] = value
                sources[name] = VariableValueSource(each.signature, given[name])
            elif each.required:
                return None
            else:
                sources[name] = VariableValueSource(each.signature)
        return VariableValues(sources, values)


def _plain(schema: GraphQLSchema, definition: VariableDefinitionNode) -> Plain | None:
    signature = get_variable_signature(schema, definition)
    if isinstance(signature, GraphQLError) or definition.default_value is not None:
        return None
    kind, required = signature.type, isinstance(signature.type, GraphQLNonNull)
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if isinstance(inner, GraphQLEnumType):
        return Plain(signature, str, required, {name: inner.coerce_input_value(name) for name in inner.values})
    plain = _TYPES.get(getattr(inner, "name", ""))
    return None if plain is None else Plain(signature, plain, required, None)
