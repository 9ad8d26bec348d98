"""How large an operation may be: measured on the parsed document, before validation sees it.

Validation has rules that are worse than linear, so what is too large must be refused first. The measure itself is one
pass: each fragment is measured once and remembered, and sums stop growing at a ceiling.

Every error carries `extensions.code` QUERY_TOO_COMPLEX, `extensions.limit` (the name of a field of `Limits`) and
`extensions.maximum` (its value).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    Visitor,
    get_named_type,
    is_composite_type,
    visit,
)

CEILING = 1_000_000_000  # sums stop here: a fragment chain of length n may stand for 2**n fields
PAGE_ARGUMENTS = ("first", "last", "ids")  # each says how many rows the field answers with
INTROSPECTION = {"__schema": 50, "__type": 1}  # rows that a look at the schema counts as; the usual one costs 10,000


@dataclass(frozen=True)
class Limits:
    """What one request may ask for.

    body: bytes of an HTTP body. characters, tokens: of the document's text.
    definitions: operations and fragments. depth: fields within fields (introspection is bounded by validation instead).
    nesting: selection sets within selection sets, through fragments.
    cost: fields answered, each page counted as full. aliases, directives, root_fields: per operation, fragments
    included wherever they are spread. page: rows that one field may be asked for.
    """

    body: int = 1_048_576
    characters: int = 100_000
    tokens: int = 3_000
    definitions: int = 100
    depth: int = 15
    nesting: int = 60
    cost: int = 20_000
    aliases: int = 50
    directives: int = 50
    root_fields: int = 20
    page: int = 100


class Size(NamedTuple):
    """The size of a selection set; `root_fields` are the fields at its own level."""

    depth: int = 0
    nesting: int = 0
    cost: int = 0
    aliases: int = 0
    directives: int = 0
    root_fields: int = 0


LEAF = Size(depth=1, cost=1, root_fields=1)
ALIASED_LEAF = LEAF._replace(aliases=1)
MEASURED = {
    "depth": "The operation nests its fields {} deep; at most {} is allowed.",
    "nesting": "The operation nests its selections and fragments {} deep; at most {} is allowed.",
    "cost": "The operation may answer with {} fields; at most {} are allowed. Ask for smaller pages.",
    "aliases": "The operation has {} aliases; at most {} are allowed.",
    "directives": "The operation has {} directives; at most {} are allowed.",
    "root_fields": "The operation has {} root fields; at most {} are allowed.",
}


def too_complex(message: str, limit: str, maximum: int, node: Any = None) -> GraphQLError:
    extensions = {"code": "QUERY_TOO_COMPLEX", "limit": limit, "maximum": maximum}
    return GraphQLError(message, node, extensions=extensions)


def oversize(
    schema: GraphQLSchema, document: DocumentNode, limits: Limits, rows: int | None = None
) -> list[GraphQLError]:
    """The limits that a document exceeds; empty when each of its operations is within all of them.

    A page argument given by a variable counts as `rows`, by default as a full page: the worst that a request can ask.
    """
    if len(document.definitions) > limits.definitions:
        told = (
            f"The document has {len(document.definitions):,} definitions; at most {limits.definitions:,} are allowed."
        )
        return [too_complex(told, "definitions", limits.definitions)]
    measure = Measure(schema, document, limits, {}, limits.page if rows is None else rows)
    operations = (node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return [error for operation in operations for error in measure.errors(operation)]


def oversize_request(
    schema: GraphQLSchema,
    document: DocumentNode,
    limits: Limits,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> list[GraphQLError]:
    """The limits that one operation exceeds with these variables; one that is not given counts as its default."""
    given = {name: _counted(value) for name, value in variables.items()}
    return _measure(schema, document, limits, operation, given).errors(operation)


def cost_of(
    schema: GraphQLSchema,
    document: DocumentNode,
    limits: Limits,
    operation: OperationDefinitionNode,
    rows: Mapping[str, int | None],
) -> int:
    """The fields that one operation may answer with, its page variables asking for so many rows."""
    measure = _measure(schema, document, limits, operation, rows)
    return measure.selections(operation.selection_set, schema.get_root_type(operation.operation), 1).cost


def rows_asked(value: Any, limits: Limits) -> int | None:
    """How many rows the value of a page variable asks for, at most a full page; None when it says nothing."""
    count = _counted(value)
    return None if count is None else max(0, min(count, limits.page))


def root_fields(document: DocumentNode, operation: OperationDefinitionNode) -> Iterator[str]:
    """The names of an operation's own fields, as often as they are asked for, through fragments too."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    waiting: list[SelectionSetNode] = [operation.selection_set]
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode):
                yield node.name.value
            elif isinstance(node, FragmentSpreadNode):
                waiting.append(fragments[node.name.value].selection_set)
            elif isinstance(node, InlineFragmentNode):
                waiting.append(node.selection_set)


def _measure(
    schema: GraphQLSchema,
    document: DocumentNode,
    limits: Limits,
    operation: OperationDefinitionNode,
    rows: Mapping[str, int | None],
) -> "Measure":
    measure = Measure(schema, document, limits, {}, limits.page)
    defaults = {d.variable.name.value: measure.count(d.default_value) for d in operation.variable_definitions or ()}
    measure.variables = defaults | dict(rows)
    return measure


def page_variables(document: DocumentNode) -> frozenset[str]:
    """The variables that say how many rows a field answers with."""
    found: set[str] = set()

    class Search(Visitor):
        def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
            if node.name.value in PAGE_ARGUMENTS and isinstance(node.value, VariableNode):
                found.add(node.value.name.value)

    visit(document, Search())
    return frozenset(found)


class Measure:
    """One pass over a document, each fragment once.

    variables: the rows that a variable asks for, None for one that says nothing; others count as `otherwise`.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        limits: Limits,
        variables: Mapping[str, int | None],
        otherwise: int,
    ) -> None:
        self.schema, self.limits, self.variables, self.otherwise = schema, limits, variables, otherwise
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self.known: dict[str, Size] = {}
        self.large_pages: list[GraphQLError] = []

    def errors(self, operation: OperationDefinitionNode) -> list[GraphQLError]:
        size = self.selections(operation.selection_set, self.schema.get_root_type(operation.operation), 1)
        own = len(operation.directives or ())
        own += sum(len(definition.directives or ()) for definition in operation.variable_definitions or ())
        size = size._replace(directives=size.directives + own)
        found, self.large_pages = self.large_pages[:1], []
        for name, sentence in MEASURED.items():
            value, maximum = getattr(size, name), getattr(self.limits, name)
            if value > maximum:
                shown = f"{value:,}" if value < CEILING else f"more than {CEILING:,}"
                found.append(too_complex(sentence.format(shown, f"{maximum:,}"), name, maximum, operation))
        return found

    def selections(self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None, level: int) -> Size:
        if level > self.limits.nesting:  # already too much: the stack of the interpreter is not asked for more
            return Size(nesting=level)
        depth = nesting = cost = aliases = directives = fields = 0
        for node in selection_set.selections:
            size = self.selection(node, parent, level)
            depth, nesting = max(depth, size.depth), max(nesting, size.nesting)
            cost, aliases = cost + size.cost, aliases + size.aliases
            directives, fields = directives + size.directives + len(node.directives or ()), fields + size.root_fields
        return Size(depth, nesting + 1, *(min(total, CEILING) for total in (cost, aliases, directives, fields)))

    def selection(self, node: Any, parent: GraphQLNamedType | None, level: int) -> Size:
        if isinstance(node, FieldNode):
            return self.field(node, parent, level)
        if isinstance(node, FragmentSpreadNode):
            return self.fragment(node.name.value, level)
        return self.selections(node.selection_set, self.named(node.type_condition) or parent, level + 1)

    def field(self, node: FieldNode, parent: GraphQLNamedType | None, level: int) -> Size:
        alias = node.alias is not None
        if node.selection_set is None:
            return ALIASED_LEAF if alias else LEAF
        name = node.name.value
        definition = self.schema.get_field(parent, name) if is_composite_type(parent) else None
        inner = self.selections(node.selection_set, get_named_type(definition.type) if definition else None, level + 1)
        rows = INTROSPECTION.get(name) or self.rows(node, definition)
        depth = 1 if name in INTROSPECTION else inner.depth + 1
        return Size(
            depth, inner.nesting, min(1 + inner.cost * rows, CEILING), inner.aliases + alias, inner.directives, 1
        )

    def fragment(self, name: str, level: int) -> Size:
        if name not in self.known:
            definition = self.fragments.get(name)
            self.known[name] = Size()  # of an unknown fragment, or one within itself: validation refuses both
            if definition is not None:
                size = self.selections(definition.selection_set, self.named(definition.type_condition), level + 1)
                self.known[name] = size._replace(directives=size.directives + len(definition.directives or ()))
        return self.known[name]

    def named(self, type_condition: Any) -> GraphQLNamedType | None:
        return self.schema.get_type(type_condition.name.value) if type_condition else None

    def rows(self, node: FieldNode, definition: GraphQLField | None) -> int:
        """How many rows a field answers with, at most; 1 for what is no page."""
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        asked = [(name, self.count(given[name])) for name in PAGE_ARGUMENTS if name in given]
        for name, count in asked:
            if count is not None and count > self.limits.page:
                told = f"`{node.name.value}({name}:)` asks for more than {self.limits.page:,} rows."
                self.large_pages.append(too_complex(told, "page", self.limits.page, node))
        counts = [count for _, count in asked if count is not None] or [_default(definition, self.limits.page)]
        return max(1, min(max(counts), CEILING))

    def count(self, value: ValueNode | None) -> int | None:
        """How many rows a value asks for; None when it says nothing (null, or not a number at all)."""
        if isinstance(value, VariableNode):
            return self.variables.get(value.name.value, self.otherwise)
        if isinstance(value, IntValueNode):  # a number of ten digits is over the ceiling: it is not even read
            return int(value.value) if len(value.value) < 10 else CEILING
        return len(value.values) if isinstance(value, ListValueNode) else None


def _counted(value: Any) -> int | None:
    """Like `Measure.count`, of a value out of JSON."""
    if isinstance(value, int | float):
        return int(min(value, CEILING))
    return len(value) if isinstance(value, list) else None


def _default(definition: GraphQLField | None, page: int) -> int:
    """The rows of a field that is not told how many."""
    for name in PAGE_ARGUMENTS[:2]:
        argument = definition.args.get(name) if definition else None
        if argument is not None:
            return argument.default_value if isinstance(argument.default_value, int) else page
    return 1
