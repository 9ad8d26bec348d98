"""Schemas as text."""

import strawberry
from graphql import GraphQLDirective, GraphQLNamedType, build_schema, is_specified_directive
from graphql.utilities import lexicographic_sort_schema, print_schema
from graphql.utilities.print_schema import is_defined_type, print_filtered_schema

from gateway.joining import core
from gateway.stitching import Subgraph

_FEDERATIONS_OWN = frozenset({"key", "shareable", "_FieldSet"})


def sdl(schema: strawberry.Schema) -> str:
    """A subgraph with its federation directives; the stitched graph as clients see it, sorted, without them."""
    if isinstance(schema, Subgraph):
        return schema.as_str()
    # Sorted as text read anew: sorting makes plain enums of Strawberry's, which cannot print their members as defaults.
    clients = print_filtered_schema(core(schema), _is_a_clients_directive, _is_a_clients_type)
    return print_schema(lexicographic_sort_schema(build_schema(clients)))


def _is_a_clients_directive(directive: GraphQLDirective) -> bool:
    return not is_specified_directive(directive) and directive.name not in _FEDERATIONS_OWN


def _is_a_clients_type(kind: GraphQLNamedType) -> bool:
    return is_defined_type(kind) and kind.name not in _FEDERATIONS_OWN
