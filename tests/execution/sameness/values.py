"""Values of arguments and variables: mostly what there is to be found, sometimes what there is not, seldom nonsense."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_required_input_field,
)

Where = tuple[str, str]  # what holds the value (`Query.debates`, `DebateFilter`), and its name there
LARGE = [2**31 - 1, -(2**31), 7, 0, -1]
PLAIN: dict[str, Sequence[Any]] = {
    "Boolean": [True, False],
    "Float": [0.5, -1e300, 3],
    "BigInt": [2**62, "-5", 0],
    "DateTime": ["2026-05-01T09:00:00Z", "2026-05-01T12:00:00+03:00"],
    "Money": ["1250.00 UAH"],
}
TEXTS = ["", "а", "name", "'; --", "ґанок", 'a "quoted" \\ word', "%", "\u0301", "x" * 50]
NO_IDS = ["", "Debate", "Debate_", "Nothing_1", "Municipality_", f"Debate_{0:032x}", "Comment_zz", f"Person_{1:032x}0"]
NO_CURSORS = ["", "nonsense", "W10", "WyJ4IiwxXQ", "=", "é"]


@dataclass(frozen=True)
class Name:
    """A variable, where a value stands."""

    name: str


Placed = Callable[[GraphQLInputType, Where, bool], Name | None]


@dataclass(frozen=True)
class Known:
    """What is there to be asked for: ids by their type, texts by the name of the argument, cursors by their list's name."""

    ids: Mapping[str, Sequence[str]] = field(default_factory=dict)
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    cursors: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass
class Values:
    """Draws values; `page` is the largest page that is wanted. Orderly ones are all such as a frontend would send."""

    schema: GraphQLSchema
    known: Known
    chance: Random
    orderly: bool = False
    page: int = 100

    def oddly(self, share: float) -> bool:
        """Whether to draw something that hardly anybody would send."""
        return not self.orderly and self.chance.random() < share

    def value(self, kind: GraphQLInputType, where: Where, place: Placed, defaulted: bool = False) -> Any:
        """A value of this type; `place` may put a variable at any depth."""
        variable = place(kind, where, defaulted)
        if variable is not None:
            return variable
        if isinstance(kind, GraphQLNonNull):
            return self.present(kind.of_type, where, place)
        return None if self.chance.random() < 0.08 else self.present(kind, where, place)

    def present(self, kind: GraphQLInputType, where: Where, place: Placed) -> Any:
        if isinstance(kind, GraphQLList):
            items = [self.value(kind.of_type, where, place) for _ in range(self.chance.choice((0, 1, 2, 3, 5)))]
            return items[0] if len(items) == 1 and not isinstance(items[0], Name) else items
        if isinstance(kind, GraphQLInputObjectType):
            return {
                name: self.value(each.type, (kind.name, name), place)
                for name, each in kind.fields.items()
                if is_required_input_field(each) or self.chance.random() < 0.35
            }
        return self.leaf(kind, where)

    def leaf(self, kind: GraphQLInputType, where: Where) -> Any:
        if isinstance(kind, GraphQLEnumType):
            return self.chance.choice(list(kind.values))
        draw: dict[str, Callable[[Where], Any]] = {
            "ID": self.id,
            "String": self.text,
            "Int": self.number,
            "Cursor": self.cursor,
        }
        name = get_named_type(kind).name
        return draw[name](where) if name in draw else self.chance.choice(PLAIN[name])

    def id(self, where: Where) -> Any:
        kinds = self.known.ids
        kind = self.kind_of_id(*where)
        if kinds and not self.oddly(0.05):
            kind = kind if kind in kinds and not self.oddly(0.05) else self.chance.choice(list(kinds))
            return self.chance.choice(kinds[kind])
        return self.chance.choice([*NO_IDS, 7])

    def kind_of_id(self, holder: str, name: str) -> str:
        """What an id is of: `debateId` tells, `Query.debate(id:)` by what it answers, `DebateFilter.parentId` by its filter."""
        if name.endswith("Id"):
            named = name.removesuffix("Id").capitalize()
            found = [kind for kind in self.known.ids if kind.endswith(named)]  # `optionId` is of a PollOption
            if found:
                return found[0]
        owner, _, answering = holder.partition(".")
        kind = self.schema.get_type(owner)
        if isinstance(kind, GraphQLObjectType) and answering:
            answer: str = get_named_type(kind.fields[answering].type).name
            return answer
        return owner.removesuffix("Filter")

    def text(self, where: Where) -> str:
        known = self.known.texts.get(where[1])
        return self.chance.choice(known if known and not self.oddly(0.1) else TEXTS)

    def number(self, where: Where) -> int:
        if where[1] != "first":
            return self.chance.choice(LARGE)
        if self.oddly(0.02):
            return self.chance.choice((-1, 100))
        return min(self.page, self.chance.choice((0, 1, 2, 3, 5, 10)))

    def cursor(self, where: Where) -> str:
        known = self.known.cursors.get(where[0])
        return self.chance.choice(known if known and not self.oddly(0.05) else NO_CURSORS)

    def wrong(self) -> Any:
        """What hardly any type takes."""
        return self.chance.choice(["wrong", 1.5, 101, 2**40, True, [], [None], {"no": 1}, -(2**70), ""])


def printed(value: Any, kind: GraphQLInputType) -> str:
    """A value as a document has it."""
    if isinstance(value, Name):
        return f"${value.name}"
    if isinstance(kind, GraphQLNonNull):
        return printed(value, kind.of_type)
    if isinstance(kind, GraphQLList) and isinstance(value, list):
        return "[" + ", ".join(printed(each, kind.of_type) for each in value) + "]"
    if isinstance(kind, GraphQLList):
        return printed(value, kind.of_type)
    if isinstance(kind, GraphQLInputObjectType) and value is not None:
        return "{" + ", ".join(f"{name}: {printed(each, kind.fields[name].type)}" for name, each in value.items()) + "}"
    return str(value) if isinstance(kind, GraphQLEnumType) and value is not None else json.dumps(value)
