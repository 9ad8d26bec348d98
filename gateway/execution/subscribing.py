"""Subscriptions: looked at once, then answered event by event, for whoever shares them.

Where events come from is not decided here: a root field names its topic (`modules/kernel/live.py`), the hub follows it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from graphql import (
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLSchema,
    NonNullTypeNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    Visitor,
    execute_subscription_event,
    visit,
)
from graphql.execution.collect_fields import collect_fields
from graphql.execution.values import get_argument_values
from strawberry.utils.await_maybe import await_maybe

from gateway.execution.compiled import Compiled, Programs
from gateway.execution.documents import Document
from gateway.execution.errors import MASKED, format_error
from gateway.execution.program import Below
from gateway.execution.running import Run
from gateway.joining import Converting, definition, mark
from modules.kernel.context import Context
from modules.kernel.fields import OF_VIEWER
from modules.kernel.live import Followed, Topic
from modules.kernel.scalars import read_cursor

KNOWN, LOOKED = "subscriptions", "looked"
MOST_KNOWN = 16  # of one operation of a document


@dataclass(frozen=True)
class Looked:
    """What is known of a document whoever sends it. of_viewer: it shows something of who asks. mentioned: how often it
    names each variable, where it is declared among them."""

    of_viewer: bool
    mentioned: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Subscription:
    """A subscription with its variables, fit to be run.

    arguments: by Python name. text, operation_name and variables are what it was asked with; the variable that only
    says where to start (`after`) is not among them.
    """

    topic: Topic
    arguments: Mapping[str, Any]
    text: str
    operation_name: str | None
    variables: bytes
    of_viewer: bool
    name: str  # under which the root field answers
    executor: Any
    compiled: Compiled

    async def answers(self, values: Sequence[Any], context: Context, programs: Programs) -> list[dict[str, Any]]:
        """An answer for each value of the root field, ready for JSON; compiled code makes all of them at once."""
        below = programs.below(self.compiled, context, self.executor.variable_values)
        answered = await self._at_once(below, values, context) if below is not None else None
        if answered is not None:
            return [{"data": {self.name: value}} for value in answered]
        return [await self._alone(value, context.fresh()) for value in values]

    async def _at_once(self, below: Below, values: Sequence[Any], context: Context) -> list[Any] | None:
        """None when graphql-core is to say what is wrong, and with which of them."""
        try:
            run = Run(context.fresh(), self.executor.variable_values)
            return await below.complete[self.name](run, list(values))
        except Exception:  # told, and logged, by graphql-core
            return None

    async def _alone(self, value: Any, context: Context) -> dict[str, Any]:
        one = self.executor.build_per_event_executor(value)
        one.context_value = context
        result: ExecutionResult = await await_maybe(execute_subscription_event(one))
        if not result.errors:
            return {"data": result.data}
        return {"errors": [format_error(error, context.request_id) for error in result.errors], "data": result.data}


class Subscriptions:
    """Makes subscriptions of documents, and finds them again: thousands ask for the same, but for where they start."""

    def __init__(self, schema: GraphQLSchema, converting: Converting) -> None:
        self._schema, self._converting = schema, converting

    def found(
        self, document: Document, operation_name: str | None, variables: Mapping[str, Any]
    ) -> Subscription | None:
        """One that was made before, starting where these variables say; None when it has to be made."""
        known: Known | None = document.told.get((KNOWN, operation_name))
        if known is None:
            return None
        made = known.by_variables.get(known.shared(variables))
        if made is None or not known.starting:
            return made
        start = variables.get(known.starting)
        is_fit = known.may_be_absent if start is None else _is_cursor(start)
        return replace(made, arguments={**made.arguments, "after": start}) if is_fit else None

    def made(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        operation_name: str | None,
        variables: Mapping[str, Any],
        executor: Any,
        compiled: Compiled,
    ) -> Subscription:
        """Raises a Refusal or GraphQLError for what cannot be followed."""
        assert document.ast is not None and document.ast.loc is not None
        name, nodes, field = _root(executor, operation)
        followed = mark(field)
        if not isinstance(followed, Followed):
            raise GraphQLError("This cannot be followed.", nodes, extensions={"code": "GRAPHQL_VALIDATION_FAILED"})
        given = get_argument_values(field, nodes[0], executor.variable_values)
        looked = _looked(document, self._schema)
        known = document.told.get((KNOWN, operation_name))
        if known is None:
            known = document.told[KNOWN, operation_name] = _known(operation, _starting(nodes[0], looked))
        shared = known.shared(variables)
        made = Subscription(
            topic=followed.topic,
            arguments=self._converting.arguments(field, given),
            text=document.ast.loc.source.body,
            operation_name=operation.name.value if operation.name else None,
            variables=shared,
            of_viewer=looked.of_viewer,
            name=name,
            executor=executor,
            compiled=compiled,
        )
        if len(known.by_variables) >= MOST_KNOWN:
            known.by_variables.clear()
        known.by_variables[shared] = made
        return made


@dataclass(frozen=True)
class Known:
    """Subscriptions of one operation, by their variables. `starting` is the variable that only says where to start, empty where
    there is none; `may_be_absent` whether it can be left out, and is null then."""

    declared: tuple[str, ...]
    starting: str
    may_be_absent: bool
    by_variables: dict[bytes, Subscription] = field(default_factory=dict)

    def shared(self, variables: Mapping[str, Any]) -> bytes:
        """The variables that count, as JSON."""
        counted = {name: variables[name] for name in self.declared if name in variables and name != self.starting}
        return orjson.dumps(counted, option=orjson.OPT_SORT_KEYS)


def _known(operation: OperationDefinitionNode, starting: str) -> Known:
    definitions = {each.variable.name.value: each for each in operation.variable_definitions or ()}
    start = definitions.get(starting)
    may_be_absent = start is not None and start.default_value is None and not isinstance(start.type, NonNullTypeNode)
    return Known(tuple(definitions), starting, may_be_absent)


def _is_cursor(start: Any) -> bool:
    """Whether a start needs no further look."""
    try:
        return bool(read_cursor(start))
    except GraphQLError:
        return False


def is_broken(answer: Mapping[str, Any]) -> bool:
    """Whether something failed on our side: what was to be told is not in the answer."""
    return any(error["message"] == MASKED for error in answer.get("errors", ()))


def _root(executor: Any, operation: OperationDefinitionNode) -> tuple[str, list[FieldNode], GraphQLField]:
    kind = executor.schema.subscription_type
    grouped = collect_fields(
        executor.schema, executor.fragments, executor.variable_values, kind, operation, hide_suggestions=True
    ).grouped_field_set
    for name, details in grouped.items():
        nodes = [each.node for each in details]
        return name, nodes, kind.fields[nodes[0].name.value]
    raise GraphQLError("Nothing is left to follow.", operation, extensions={"code": "GRAPHQL_VALIDATION_FAILED"})


def _starting(node: FieldNode, looked: Looked) -> str:
    """The variable that is used for `after` and for nothing else."""
    for argument in node.arguments or ():
        value = argument.value
        if argument.name.value == "after" and isinstance(value, VariableNode):
            name = value.name.value
            return name if looked.mentioned[name] == 2 else ""  # declared, and used here
    return ""


def _looked(document: Document, schema: Any) -> Looked:
    found: Looked | None = document.told.get(LOOKED)
    if found is None:
        assert document.ast is not None
        looking = _Looking(TypeInfo(schema))
        visit(document.ast, TypeInfoVisitor(looking.types, looking))
        found = document.told[LOOKED] = Looked(looking.of_viewer, looking.mentioned)
    return found


class _Looking(Visitor):
    """Walks a whole document: a field of the viewer counts wherever it stands."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types, self.of_viewer = types, False
        self.mentioned: Counter[str] = Counter()

    def enter_field(self, *_: Any) -> None:
        field = self.types.get_field_def()
        if field is not None and field.extensions:
            self.of_viewer = self.of_viewer or bool(definition(field).metadata.get(OF_VIEWER))

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.mentioned[node.name.value] += 1
