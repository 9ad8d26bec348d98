"""Documents: text that is parsed, measured and validated once, then found again by its text."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    OverlappingFieldsCanBeMergedRule,
    ValidationContext,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gateway.execution.limits import Limits, oversize, page_variables, too_complex
from gateway.execution.texts import FitTexts

MOST_ERRORS = 20
COMPARISONS = 20_000  # of fields that answer under one name: under 0.1 s; twenty fragments side by side need 8,000
ABORTED = "Validation aborted."


@dataclass(frozen=True, eq=False)
class Document:
    """A text that was looked at. It has either `errors` or an `ast` that is valid and within the limits.

    pages_decide: too costly when its page variables ask for full pages: to be measured with their values.
    chosen: operations that were asked for, by the name they were asked for by. compiled: what became of its operations, by name; told: what a walk through it has told. Both live as long as the document is remembered.
    """

    ast: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()
    pages_decide: bool = False
    chosen: dict[str | None, OperationDefinitionNode] = field(default_factory=dict, compare=False, repr=False)
    compiled: dict[str | None, Any] = field(default_factory=dict, compare=False, repr=False)
    told: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def operation(self, name: str | None = None) -> OperationDefinitionNode:
        """The operation to run. Raises GraphQLError (code OPERATION_RESOLUTION_FAILURE) when it is not one of them,
        or several could be meant; the document's own first error when it is invalid."""
        if self.ast is None:
            raise self.errors[0].with_traceback(None)  # it is raised for every request: tracebacks would pile up in it
        if name in self.chosen:
            return self.chosen[name]
        operations = [node for node in self.ast.definitions if isinstance(node, OperationDefinitionNode)]
        named = [node for node in operations if name is None or (node.name and node.name.value == name)]
        if len(named) == 1:
            self.chosen[name] = named[0]
            return named[0]
        told = f"There is no operation named '{name}'." if operations else "The document has no operation."
        if name is None and operations:
            told = "The document has several operations: say which one by `operationName`."
        raise GraphQLError(told, extensions={"code": "OPERATION_RESOLUTION_FAILURE"})

    def is_subscription(self, name: str | None = None) -> bool:
        """Whether the operation is one; False also where it cannot be told which is meant: executing says so."""
        try:
            return self.operation(name).operation is OperationType.SUBSCRIPTION
        except GraphQLError:
            return False


class Documents:
    """Remembers documents by their text: at most `most` of them, and 1,000 characters for each (a parsed character
    takes up to 0.3 KB).

    A text seen once stands among a fifth of newcomers and moves to the others when it is asked for again. So a client
    that sends something else each time, by mistake or on purpose, cannot displace what everybody asks for. Invalid
    documents are remembered too (a broken client repeats itself), but only ever as newcomers.
    """

    def __init__(self, make: Callable[[str], Document], most: int) -> None:
        self.make = make
        self.newcomers = Recent(max(1, most // 5))
        self.regulars = Recent(max(1, most - most // 5))

    def find(self, text: str) -> Document:
        document = self.regulars.get(text)
        if document is None:
            document = self.newcomers.get(text)
            known = document is not None
            document = document or self.make(text)
            (self.regulars if known and document.ast else self.newcomers).put(text, document)
        return document


class Recent:
    """The documents used last, at most `most`, and `most` times 1,000 characters of text."""

    def __init__(self, most: int) -> None:
        self.most, self.characters = most, 0
        self.documents: OrderedDict[str, Document] = OrderedDict()

    def get(self, text: str) -> Document | None:
        document = self.documents.get(text)
        if document is not None:
            self.documents.move_to_end(text)
        return document

    def put(self, text: str, document: Document) -> None:
        if text not in self.documents:
            self.characters += len(text)
        self.documents[text] = document
        while len(self.documents) > self.most or self.characters > self.most * 1_000:
            dropped, _ = self.documents.popitem(last=False)
            self.characters -= len(dropped)


def prepare(schema: GraphQLSchema, limits: Limits, text: str) -> Document:
    """Parse, measure, validate, in this order: each step is bounded by the one before it."""
    try:
        ast = parse_within(limits, text)
    except GraphQLError as error:
        return Document(None, (_coded(error, "GRAPHQL_PARSE_FAILED"),))
    errors = oversize(schema, ast, limits)
    pages_decide = {(error.extensions or {}).get("limit") for error in errors} == {"cost"} and bool(page_variables(ast))
    if pages_decide:
        errors = oversize(schema, ast, limits, rows=1)
    if not errors:
        errors = validated(schema, ast)
    return Document(None, tuple(errors)) if errors else Document(ast, pages_decide=pages_decide)


def parse_within(limits: Limits, text: str) -> DocumentNode:
    """The parsed text. Raises GraphQLError, with a code when the text is too long."""
    if len(text) > limits.characters:
        told = f"The document is longer than {limits.characters:,} characters."
        raise too_complex(told, "characters", limits.characters)
    try:
        return parse(text, max_lexical_tokens=limits.tokens, max_comments=limits.tokens)
    except GraphQLError as error:
        if error.message.endswith("Parsing aborted."):  # the parser's own limits end so, and nothing else does
            told = error.message.removeprefix("Syntax Error: ").removesuffix(" Parsing aborted.")
            raise too_complex(told, "tokens", limits.tokens) from None
        raise


def validated(schema: GraphQLSchema, ast: DocumentNode) -> list[GraphQLError]:
    """What is wrong with a document. The library's own rules come first: Strawberry's rely on them."""
    errors: list[GraphQLError] = []
    for rules in RULES:
        errors = errors or validate(schema, ast, rules, max_errors=MOST_ERRORS, hide_suggestions=True)
    if any(error.message == ABORTED for error in errors):
        told = "Too many fields answer under the same names. Select each field once, or give it an alias."
        return [too_complex(told, "comparisons", COMPARISONS)]
    return [_coded(error, "GRAPHQL_VALIDATION_FAILED") for error in errors]


class OverlappingFields(OverlappingFieldsCanBeMergedRule):
    """The library's rule, which is worse than linear, with a budget that keeps it short."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = COMPARISONS


class OneOfInput(OneOfInputValidationRule):
    """The library's rule, which fails on a fragment that stands before its operation."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        operations = (node for node in context.document.definitions if isinstance(node, OperationDefinitionNode))
        self.variable_definitions = {
            definition.variable.name.value: definition
            for operation in operations
            for definition in operation.variable_definitions or ()
        }


RULES = (
    tuple(OverlappingFields if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules),
    (MaybeNullValidationRule, OneOfInput, FitTexts),
)


def _coded(error: GraphQLError, code: str) -> GraphQLError:
    """The error with a code, without the frames that it would keep alive in the cache."""
    error.extensions = error.extensions or {"code": code}
    return error.with_traceback(None)
