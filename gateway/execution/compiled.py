"""Operations that were compiled: found again with their document, one program for each way its switches stand."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from graphql import FragmentDefinitionNode, GraphQLError, OperationDefinitionNode
from graphql.execution.values import VariableValues

from gateway.execution.documents import Document
from gateway.execution.leaves import Anomaly
from gateway.execution.program import Below, Compiler, Program
from gateway.execution.running import Run
from gateway.execution.selecting import Unsupported, switches_of
from gateway.execution.variables import Variables
from modules.kernel.refusals import Refusal

log = structlog.get_logger()
MOST_PROGRAMS = 32  # of one operation: five switches in all their combinations
Key = tuple[bool | str | None, ...]


@dataclass
class Compiled:
    """One operation of a document. `programs` are by the values of its switches and the database's dialect; a text is
    why there is none."""

    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Variables
    switches: tuple[str, ...]
    programs: dict[Key, Program | Below | str] = field(default_factory=dict)


class Programs:
    """Answers with compiled code, as far as it goes. What is left to graphql-core is counted in `fallbacks` by reason,
    and logged once for each document."""

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler
        self.fallbacks: Counter[str] = Counter()

    def found(self, document: Document, operation: OperationDefinitionNode) -> Compiled:
        """What is known of an operation of a document."""
        name = operation.name.value if operation.name else None
        compiled: Compiled | None = document.compiled.get(name)
        if compiled is None:
            assert document.ast is not None
            definitions = document.ast.definitions
            fragments = {each.name.value: each for each in definitions if isinstance(each, FragmentDefinitionNode)}
            compiled = document.compiled[name] = Compiled(
                operation, fragments, Variables(self.compiler.schema, operation), switches_of(operation, fragments)
            )
        return compiled

    async def data(self, compiled: Compiled, context: Any, given: Mapping[str, Any]) -> dict[str, Any] | None:
        """The data of a query; None when graphql-core has to answer: nothing was changed, so it can ask again."""
        variables = compiled.variables.coerced(given)
        if isinstance(variables, list):
            self.leave("variables")
            return None
        program = self.program(compiled, context, variables)
        if not isinstance(program, Program):
            self.leave(str(program))
            return None
        try:
            return await program.answer(Run(context, variables))
        except (Anomaly, Refusal, GraphQLError):
            self.leave("an error in the answer")
        except Exception as error:  # of a resolver, which graphql-core finds and logs again; or of compiled code
            self.leave(f"{type(error).__name__} in the answer")
        return None

    def below(self, compiled: Compiled, context: Any, variables: VariableValues) -> Below | None:
        """What completes the root fields of a mutation; None when graphql-core has to."""
        program = self.program(compiled, context, variables)
        if isinstance(program, Below):
            return program
        self.leave(str(program))
        return None

    def leave(self, reason: str) -> None:
        """Count an operation that is left to graphql-core."""
        self.fallbacks[reason] += 1

    def program(self, compiled: Compiled, context: Any, variables: VariableValues) -> Program | Below | str:
        """The program of an operation with its switches as the variables say; a text is why there is none."""
        storage = getattr(context, "storage", None)
        dialect = None if storage is None else storage.dialect
        stand = tuple(variables.coerced.get(name) for name in compiled.switches)
        key = (*stand, dialect and dialect.name)
        program = compiled.programs.get(key)
        if program is None:
            program = self._compiled(compiled, stand, dialect)
            if len(compiled.programs) < MOST_PROGRAMS:
                compiled.programs[key] = program
        return program

    def _compiled(self, compiled: Compiled, stand: tuple[Any, ...], dialect: Any) -> Program | Below | str:
        if any(type(value) is not bool for value in stand):
            return "a switch without a value"
        if len(compiled.programs) >= MOST_PROGRAMS:
            return "too many switches"
        operation = compiled.operation
        write = self.compiler.query if operation.operation.value == "query" else self.compiler.below
        try:
            return write(operation, compiled.fragments, dict(zip(compiled.switches, stand, strict=True)), dialect)
        except Unsupported as reason:
            log.info("not_compiled", reason=str(reason), operation=operation.name and operation.name.value)
            return str(reason)
        except (Refusal, GraphQLError, Anomaly):
            return "arguments that are refused"
