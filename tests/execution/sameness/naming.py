"""Names that fields are answered by: chosen so that whatever is selected twice can be merged."""

from collections import defaultdict
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

OTHERS = ("a", "b", "id", "name", "node", "first")  # aliases, some of them the names of other fields


@dataclass(frozen=True)
class Selected:
    """A field with its arguments, under the name that it is answered by; `rows` are what it answers with, at most."""

    response: str
    name: str
    arguments: str
    kind: Any
    rows: int = 1
    likely: tuple[str, ...] = ()


def possible(schema: GraphQLSchema, kind: GraphQLNamedType) -> list[str]:
    """The object types that something of this type may be."""
    abstract = isinstance(kind, GraphQLInterfaceType | GraphQLUnionType)
    return [each.name for each in schema.get_possible_types(kind)] if abstract else [kind.name]  # type: ignore[arg-type]


@dataclass
class Names:
    """Of one document. A name stands for one shape in all of it, and on one type for one field with its arguments."""

    schema: GraphQLSchema
    chance: Random
    shapes: dict[str, str] = field(default_factory=dict)
    meanings: dict[tuple[str, str], str] = field(default_factory=dict)
    selected: defaultdict[str, list[Selected]] = field(default_factory=lambda: defaultdict(list))

    def named(
        self,
        parent: GraphQLNamedType,
        name: str,
        arguments: str,
        definition: GraphQLField,
        *,
        alias: bool,
        rows: int = 1,
        likely: tuple[str, ...] = (),
    ) -> Selected:
        """The field under a name that is free for it wherever it may stand: its own, or an alias."""
        kind, meaning = get_named_type(definition.type), name + arguments
        shape = str(definition.type) if is_leaf_type(kind) else str(definition.type).replace(kind.name, "*")
        others = [self.chance.choice(OTHERS) for _ in range(3)]
        candidates = (*(others if alias else ()), name, *others)
        owners = possible(self.schema, parent)
        response = next(
            (each for each in candidates if self._is_free(each, owners, shape, meaning)), f"n{len(self.shapes)}"
        )
        self.shapes[response] = shape
        self.meanings.update(dict.fromkeys(((response, owner) for owner in owners), meaning))
        found = Selected(response, name, arguments, definition.type, rows, likely)
        self.selected[parent.name].append(found)
        return found

    def _is_free(self, response: str, owners: list[str], shape: str, meaning: str) -> bool:
        same = all(self.meanings.get((response, owner), meaning) == meaning for owner in owners)
        return same and self.shapes.get(response, shape) == shape
