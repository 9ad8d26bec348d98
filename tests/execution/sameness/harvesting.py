"""Cursors, taken from answers: documents continue lists after them."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

from graphql import GraphQLEnumType, GraphQLField, GraphQLObjectType, GraphQLSchema, get_named_type

from tests.execution.sameness.drawing import list_name
from tests.execution.sameness.values import Known, printed

Ask = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]


async def harvested(schema: GraphQLSchema, known: Known, ask: Ask) -> Known:
    """The same, with cursors of every list that can be continued, in each of its orders."""
    cursors: dict[str, list[str]] = {}
    for kind in [schema.query_type, *(schema.type_map[name] for name in known.ids)]:
        assert isinstance(kind, GraphQLObjectType)
        for name, definition in kind.fields.items():
            for arguments in _orders(definition) if "after" in definition.args else ():
                told = "".join(
                    f", {key}: {printed(each, definition.args[key].type)}" for key, each in arguments.items()
                )
                selected = f"{name}(first: 3{told}) {{ edges {{ cursor }} }}"
                root = kind is schema.query_type
                text = (
                    f"{{ {selected} }}"
                    if root
                    else f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {kind} {{ {selected} }} }} }}"
                )
                answer = await ask(text, {} if root else {"ids": list(known.ids[kind.name])})
                cursors[list_name(f"{kind.name}.{name}", definition, arguments)] = sorted(set(_cursors(answer["data"])))
    return replace(known, cursors={name: found for name, found in cursors.items() if found})


def _orders(definition: GraphQLField) -> Iterator[dict[str, Any]]:
    yield {}
    for name, argument in definition.args.items():
        kind = get_named_type(argument.type)
        if isinstance(kind, GraphQLEnumType):
            yield from ({name: value} for value in kind.values)


def _cursors(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from [each] if name == "cursor" else _cursors(each)
    elif isinstance(value, list):
        for each in value:
            yield from _cursors(each)
