"""Documents at random: valid, within the limits, and reaching data. The same seed and number draw the same document."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
    OperationType,
    Undefined,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
)

from modules.kernel.keys import split
from tests.execution.sameness.naming import Names, Selected, possible
from tests.execution.sameness.values import Known, Name, Values, printed
from tests.execution.sameness.variables import Variables

LEVELS = (2, 3, 4, 4, 6, 6, 8, 12)  # of fields, one of these for each document; limits allow 15
COST = 3_000  # limits allow 20,000
ROWS = 120  # that the deepest list may have in all
ALIASES, DIRECTIVES = 12, 12
ORDERLY = 4  # every fourth document is
INTROSPECTION = (
    "__schema { queryType { name } }",
    '__type(name: "Debate") { kind name }',
    '__type(name: "No") { name }',
)
TYPENAME = GraphQLField(GraphQLNonNull(GraphQLString))
FLAG = GraphQLNonNull(GraphQLBoolean)


@dataclass(frozen=True)
class Case:
    """An operation to ask, and what draws it again. An orderly one is such as a frontend would send."""

    name: str
    text: str
    variables: dict[str, Any] = field(default_factory=dict)
    operation: str | None = None
    orderly: bool = False


@dataclass(frozen=True)
class Fragment:
    """A named fragment, and where it was drawn: it may be spread again where there is as much room."""

    name: str
    on: GraphQLNamedType
    level: int
    rows: int
    cost: int


@dataclass
class Drawing:
    """One document in the making."""

    schema: GraphQLSchema
    values: Values
    chance: Random
    levels: int
    names: Names
    variables: Variables
    fragments: list[Fragment] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    cost: int = 0
    aliases: int = 0
    directives: int = 0

    def often(self, share: float) -> bool:
        return self.chance.random() < share

    def alias(self) -> bool:
        return self.aliases < ALIASES and self.often(0.12)

    def selections(self, parent: GraphQLNamedType, level: int, rows: int, likely: Sequence[str] = ()) -> str:
        """A selection set. `likely` are the types that an abstract parent may well turn out to be."""
        most = min(4 if level == 1 else max(2, 6 - level // 2), len(getattr(parent, "fields", "..")) + 1)
        drawn = [self.selection(parent, level, rows, likely) for _ in range(self.chance.randint(1, most))]
        return f"{{ {' '.join(drawn)} }}"

    def selection(self, parent: GraphQLNamedType, level: int, rows: int, likely: Sequence[str]) -> str:
        if level == 1 and parent is self.schema.query_type and self.values.oddly(0.01):
            return self.chance.choice(INTROSPECTION)
        if self.often(0.75 if is_abstract_type(parent) else 0.12) and level < self.levels:
            return self.fragment(parent, level, rows, likely)
        known = self.names.selected[parent.name]
        if known and self.often(0.2):
            return self.field(self.chance.choice(known), level, rows)
        roomy = level < self.levels and self.cost < COST
        fields = {} if isinstance(parent, GraphQLUnionType) else parent.fields  # type: ignore[attr-defined]
        found = [(name, each) for name, each in fields.items() if roomy or is_leaf_type(get_named_type(each.type))]
        if not found or self.often(0.08):
            return self.field(self.names.named(parent, "__typename", "", TYPENAME, alias=self.alias()), level, rows)
        weights = [1 if is_leaf_type(get_named_type(each.type)) else 3 if level < 5 else 1 for _, each in found]
        name, definition = self.chance.choices(found, weights)[0]
        return self.field(self.asked(parent, name, definition, rows), level, rows)

    def field(self, chosen: Selected, level: int, rows: int) -> str:
        self.cost += rows
        alias = f"{chosen.response}: " if chosen.response != chosen.name else ""
        self.aliases += bool(alias)
        start = f"{alias}{chosen.name}{chosen.arguments}{self.directive()}"
        kind = get_named_type(chosen.kind)
        if is_leaf_type(kind):
            return start
        return f"{start} {self.selections(kind, level + 1, rows * chosen.rows, chosen.likely)}"

    def asked(self, parent: GraphQLNamedType, name: str, definition: GraphQLField, rows: int) -> Selected:
        """A field with arguments."""
        self.values.page = max(1, ROWS // rows)
        holder, drawn = f"{parent.name}.{name}", {}
        for key, argument in definition.args.items():
            defaulted = argument.default_value is not Undefined
            if is_required_argument(argument) or (key != "after" and self.often(0.85 if key == "first" else 0.25)):
                drawn[key] = self.values.value(argument.type, (holder, key), self.variables.place, defaulted)
        of_list = list_name(holder, definition, drawn)
        there = of_list in self.values.known.cursors
        if "after" in definition.args and (self.often(0.3) if there else self.values.oddly(0.02)):
            drawn["after"] = self.values.value(definition.args["after"].type, (of_list, "after"), self.variables.place)
        told = _told(definition, drawn)
        found = self.given_to(drawn)
        likely = tuple(split(each)[0] for each in found if isinstance(each, str))
        rows, told = self.page(definition, drawn), told and f"({told})"
        return self.names.named(parent, name, told, definition, alias=self.alias(), rows=rows, likely=likely)

    def given_to(self, drawn: dict[str, Any]) -> list[Any]:
        """The values of arguments, those of variables and lists among them."""
        values = [self.variables.given.get(each.name) if isinstance(each, Name) else each for each in drawn.values()]
        return [one for value in values for one in (value if isinstance(value, list) else [value])]

    def page(self, definition: GraphQLField, drawn: dict[str, Any]) -> int:
        if "first" not in definition.args:
            return 3 if is_list_type(getattr(definition.type, "of_type", definition.type)) else 1
        value = drawn.get("first", 20)
        value = self.variables.given.get(value.name, 20) if isinstance(value, Name) else value
        return value if isinstance(value, int) and 1 <= value <= 100 else 1

    def directive(self) -> str:
        if self.directives >= DIRECTIVES or not self.often(0.06):
            return ""
        self.directives += 1
        name = self.chance.choice(("include", "skip"))
        told = f" @{name}(if: {printed(self.values.value(FLAG, (name, 'if'), self.variables.place), FLAG)})"
        return told + (self.directive() if name not in told[2:] else "")

    def fragment(self, parent: GraphQLNamedType, level: int, rows: int, likely: Sequence[str]) -> str:
        if self.often(0.15):
            return f"...{self.directive()} {self.selections(parent, level, rows, likely)}"
        on = self.condition(parent, likely)
        if self.often(0.6):
            return f"... on {on.name}{self.directive()} {self.selections(on, level, rows, likely)}"
        kinds = set(possible(self.schema, parent))
        for each in self.fragments:
            roomy = level <= each.level and rows <= each.rows and self.cost + each.cost < COST
            if roomy and kinds.intersection(possible(self.schema, each.on)) and self.often(0.5):
                self.cost += each.cost
                return f"...{each.name}{self.directive()}"
        before, body = self.cost, self.selections(on, level, rows, likely)
        found = Fragment(f"F{len(self.fragments)}", on, level, rows, self.cost - before)
        self.fragments.append(found)
        self.bodies.append(f"fragment {found.name} on {on.name} {body}")
        return f"...{found.name}{self.directive()}"

    def condition(self, parent: GraphQLNamedType, likely: Sequence[str]) -> GraphQLNamedType:
        """A type that the parent may be."""
        kinds = possible(self.schema, parent)
        right = [name for name in likely if name in kinds]
        if right and self.often(0.8):
            return self.schema.type_map[self.chance.choice(right)]
        concrete = self.schema.type_map[self.chance.choice(kinds)]
        around: list[GraphQLNamedType] = [parent]
        if isinstance(concrete, GraphQLObjectType):
            around += concrete.interfaces
        return self.chance.choice(around) if self.often(0.2 if is_abstract_type(parent) else 0.8) else concrete


def list_name(holder: str, definition: GraphQLField, arguments: dict[str, Any]) -> str:
    """What tells lists apart whose cursors are not each other's."""
    return f"{holder}({_told(definition, {name: value for name, value in arguments.items() if name != 'first'})})"


def _told(definition: GraphQLField, arguments: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {printed(value, definition.args[name].type)}" for name, value in arguments.items())


def draw(
    schema: GraphQLSchema, known: Known, seed: int, number: int, operation: OperationType = OperationType.QUERY
) -> Case:
    """The document of this seed and number."""
    chance = Random(f"{seed}/{number}")
    orderly = number % ORDERLY == 0
    values = Values(schema, known, chance, orderly)
    given = Variables(values, chance)
    drawing = Drawing(schema, values, chance, chance.choice(LEVELS), Names(schema, chance), given)
    root = schema.get_root_type(operation)
    assert root is not None
    body = drawing.selections(root, 1, 1)
    variables = f"({', '.join(given.declared.values())})" if given.declared else ""
    several, called = drawing.often(0.04), drawing.often(0.5)
    name = "Asked" if several or called else ""
    definitions = [f"{operation.value} {name}{variables} {body}", *drawing.bodies]
    if several:
        definitions.append("query Other { __typename }")
    chance.shuffle(definitions)
    asked = None if not several else "Nothing" if values.oddly(0.02) else "Asked"
    return Case(f"seed {seed}, document {number}", "\n".join(definitions), given.given, asked, orderly)
