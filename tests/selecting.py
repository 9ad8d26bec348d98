"""Selections of all that can be asked below a field, made from the schema: a field that is added is selected, too."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
)

Tree = dict[str, Any]
PAGE = 3  # items of each list: the scenes that are asked about are small


Takes = Callable[[GraphQLField], bool]


def everything(
    schema: GraphQLSchema, kind: GraphQLNamedType, told: Mapping[str, str], *, takes: Takes = lambda _: True
) -> str:
    """Each field of each type that `kind` leads to, at least once, by the shortest way there; of those that it `takes`.

    `told` are the values of required arguments, as they are written, by `Type.field(argument:)`; KeyError names one that
    is missing.
    """
    root: Tree = {}
    rest: deque[tuple[Tree, GraphQLObjectType]] = deque()
    seen: set[str] = set()
    _enter(schema, kind, root, rest, seen, takes)
    while rest:
        tree, parent = rest.popleft()
        for name, field in parent.fields.items():
            if takes(field):
                below = tree[f"{name}{_arguments(parent, name, field, told)}"] = {}
                _enter(schema, get_named_type(field.type), below, rest, seen, takes)
    return _written(root)


def possible(schema: GraphQLSchema, kind: GraphQLNamedType) -> Iterator[GraphQLObjectType]:
    """The types of objects that a field of this type answers with; none for a leaf."""
    if isinstance(kind, GraphQLObjectType):
        yield kind
    elif is_abstract_type(kind):
        yield from schema.get_possible_types(kind)


def _enter(
    schema: GraphQLSchema,
    kind: GraphQLNamedType,
    tree: Tree,
    rest: deque[tuple[Tree, GraphQLObjectType]],
    seen: set[str],
    takes: Takes,
) -> None:
    """Select what is directly there, and put aside what is met for the first time."""
    if kind.name.endswith("Connection"):
        assert isinstance(kind, GraphQLObjectType)
        edge = get_named_type(kind.fields["edges"].type)
        assert isinstance(edge, GraphQLObjectType)
        tree["totalCount"] = {}
        tree["edges"] = {"node": {}}
        _enter(schema, get_named_type(edge.fields["node"].type), tree["edges"]["node"], rest, seen, takes)
        return
    for each in possible(schema, kind):
        below = tree if each is kind else tree.setdefault(f"... on {each.name}", {})
        below["__typename"] = {}
        if each.name in seen:
            below.update({name: {} for name, field in each.fields.items() if _is_plain(field) and takes(field)})
        else:
            seen.add(each.name)
            rest.append((below, each))


def _is_plain(field: GraphQLField) -> bool:
    return is_leaf_type(get_named_type(field.type)) and not any(map(is_required_argument, field.args.values()))


def _arguments(
    parent: GraphQLObjectType | GraphQLInterfaceType, name: str, field: GraphQLField, told: Mapping[str, str]
) -> str:
    required = [each for each, argument in field.args.items() if is_required_argument(argument)]
    given = [f"{each}: {told[f'{parent.name}.{name}({each}:)']}" for each in required]
    if "first" in field.args:
        given.append(f"first: {PAGE}")
    return f"({', '.join(given)})" if given else ""


def _written(tree: Tree) -> str:
    return (
        f"{{ {' '.join(name + (' ' + _written(below) if below else '') for name, below in tree.items())} }}"
        if tree
        else ""
    )
