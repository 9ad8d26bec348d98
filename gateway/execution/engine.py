"""Runs operations of one schema."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Protocol, Self, cast

import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    Executor,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    execute_root_selection_set,
)
from strawberry.execution import optimized_is_awaitable
from strawberry.utils.await_maybe import await_maybe

from gateway.execution.compiled import Compiled, Programs
from gateway.execution.completing import completing
from gateway.execution.documents import Document, Documents, prepare
from gateway.execution.errors import format_error
from gateway.execution.limits import Limits, oversize_request
from gateway.execution.program import Compiler
from gateway.execution.subscribing import Subscription, Subscriptions
from gateway.execution.texts import unfit_variables
from gateway.execution.variables import MOST_ERRORS
from gateway.joining import Converting, core, owners_of
from modules.kernel.refusals import Refusal

QUERIES = frozenset({OperationType.QUERY})
QUERIES_AND_MUTATIONS = QUERIES | {OperationType.MUTATION}
SUBSCRIPTIONS = frozenset({OperationType.SUBSCRIPTION})


class Carried(Protocol):
    """What the engine asks of a context; the rest is between whoever makes it and the resolvers."""

    @property
    def request_id(self) -> str: ...

    def fresh(self) -> Self:
        """The same, for the next event: with loaders that remember nothing."""


class Engine:
    """One per schema. An answer is a dict ready for JSON; one without `data` is a request that could not be run."""

    def __init__(self, schema: strawberry.Schema, *, limits: Limits | None = None, documents: int = 1000) -> None:
        self.schema = core(schema)
        self.limits = limits or Limits()
        self.documents = Documents(partial(prepare, self.schema, self.limits), documents)
        self.executor_class: type[Executor[Any]] = completing(schema.execution_context_class)
        converting = Converting(schema)
        self.programs = Programs(Compiler(self.schema, owners_of(schema), converting))
        self.subscriptions = Subscriptions(self.schema, converting)

    @property
    def fallbacks(self) -> Counter[str]:
        """How often graphql-core answered instead of compiled code, by reason."""
        return self.programs.fallbacks

    def prepare(self, query: str) -> Document:
        """The document of this text, out of the cache when it is there. Never raises: see `Document.errors`."""
        return self.documents.find(query)

    async def execute(
        self,
        document: Document,
        *,
        context: Carried,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        root: Any = None,
        allow: frozenset[OperationType] = QUERIES_AND_MUTATIONS,
        compiled: bool = True,
    ) -> dict[str, Any]:
        """Run one operation to its end; of another kind than `allow` it is refused."""
        operation = self._operation(document, operation_name, variables or {}, allow)
        if isinstance(operation, list):
            return refused(operation, context.request_id)
        found = self.programs.found(document, operation) if compiled else None
        if found is not None and operation.operation is OperationType.QUERY and root is None:
            data = await self.programs.data(found, context, variables or {})
            if data is not None:
                return {"data": data}
            context = context.fresh()
        return await self._run(document, context, variables, operation_name, root, found)

    async def reference(self, document: Document, **asked: Any) -> dict[str, Any]:
        """The same by graphql-core alone: what compiled code has to equal."""
        return await Engine.execute(self, document, compiled=False, **asked)  # and of no engine that answers otherwise

    async def _run(
        self,
        document: Document,
        context: Carried,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        root: Any,
        compiled: Compiled | None,
    ) -> dict[str, Any]:
        """Run by graphql-core; what is below the root fields of a mutation by compiled code, if it is given."""
        executor = self._executor(document, context, variables, operation_name, root)
        if isinstance(executor, list):
            return refused(executor, context.request_id)
        if compiled is not None and compiled.operation.operation is OperationType.MUTATION:
            executor.complete_with(self.programs.below(compiled, context, executor.variable_values))
        return _answer(await await_maybe(execute_root_selection_set(executor)), context.request_id)

    def subscription(
        self,
        document: Document,
        *,
        request_id: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
    ) -> Subscription | dict[str, Any]:
        """What is to be followed and how it is answered; or the answer to a request that cannot be run."""
        given = variables or {}
        found = self.subscriptions.found(document, operation_name, given)
        if found is not None:
            return found
        operation = self._operation(document, operation_name, given, SUBSCRIPTIONS)
        if isinstance(operation, list):
            return refused(operation, request_id)
        executor = self._executor(document, None, variables, operation_name, None)
        if isinstance(executor, list):
            return refused(executor, request_id)
        compiled = self.programs.found(document, operation)
        try:
            return self.subscriptions.made(document, operation, operation_name, given, executor, compiled)
        except (GraphQLError, Refusal) as error:
            told = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
            return refused([told], request_id)

    def _operation(
        self,
        document: Document,
        operation_name: str | None,
        variables: Mapping[str, Any],
        allow: frozenset[OperationType],
    ) -> OperationDefinitionNode | list[GraphQLError]:
        """The operation to run, or why the request cannot be run."""
        if document.ast is None:
            return list(document.errors)
        try:
            operation = document.operation(operation_name)
        except GraphQLError as error:
            return [error]
        return self._refusals(document, operation, variables, allow) or operation

    def _executor(
        self,
        document: Document,
        context: Carried | None,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        root: Any,
    ) -> Any:
        """What runs the operation, or what is wrong with its variables."""
        executor = self.executor_class.build(
            self.schema,
            cast(DocumentNode, document.ast),
            root,
            context,
            dict(variables or {}),
            operation_name,
            max_coercion_errors=MOST_ERRORS,
            is_awaitable=cast(Any, optimized_is_awaitable),  # a TypeGuard in all but its annotation
            hide_suggestions=True,
        )
        if isinstance(executor, list):
            for wrong in executor:
                wrong.extensions = {"code": "BAD_USER_INPUT"} | (wrong.extensions or {})
        return executor

    def _refusals(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
        allow: frozenset[OperationType],
    ) -> list[GraphQLError]:
        if operation.operation not in allow:
            told = f"A {operation.operation.value} cannot be run here."
            return [GraphQLError(told, extensions={"code": "OPERATION_NOT_ALLOWED"})]
        if self.schema.get_root_type(operation.operation) is None:
            told = f"There is no {operation.operation.value} in this graph."
            return [GraphQLError(told, extensions={"code": "GRAPHQL_VALIDATION_FAILED"})]
        if document.pages_decide and document.ast is not None:
            errors = oversize_request(self.schema, document.ast, self.limits, operation, variables)
            return errors or unfit_variables(variables)
        return unfit_variables(variables)


def refused(errors: Iterable[GraphQLError], request_id: str) -> dict[str, Any]:
    """The answer of a request that was not run."""
    return {"errors": [format_error(error, request_id) for error in errors]}


def _answer(result: ExecutionResult, request_id: str) -> dict[str, Any]:
    if result.errors:
        return refused(result.errors, request_id) | {"data": result.data}
    return {"data": result.data}
