"""What becomes of an operation, in words: for `spilno explain`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql.execution.values import VariableValues

from gateway.execution.compiling import Planned
from gateway.execution.documents import Document
from gateway.execution.engine import Engine
from modules.kernel.storage import Storage


@dataclass(frozen=True)
class _Held:
    """As much of a context as it takes to compile."""

    storage: Storage


def explained(
    engine: Engine, storage: Storage, document: Document, name: str | None, variables: Mapping[str, Any]
) -> Iterator[str]:
    """Paragraphs: the Python of an operation, its statements, and what is left to batches, resolvers or graphql-core.

    No database is asked. Raises GraphQLError when the operation cannot be told.
    """
    operation = document.operation(name)
    compiled = engine.programs.found(document, operation)
    coerced = compiled.variables.coerced(variables)
    if isinstance(coerced, list) and variables:
        raise coerced[0]
    given = coerced if isinstance(coerced, VariableValues) else VariableValues({}, {})
    program = engine.programs.program(compiled, _Held(storage), given)
    told = f"{operation.operation.value} {operation.name.value if operation.name else ''}".strip()
    if isinstance(program, str):
        yield f"# {told}: graphql-core answers it, field by field. The reason: {program}."
        return
    yield f"# {told}: compiled. The values in capitals are constants: types, relations, statements, arguments."
    yield program.text.rstrip()
    yield from _statements(program.statements, storage, given)
    if program.notes:
        yield "# Read by batches and resolvers, not by a statement of their own:"
        yield "\n".join(f"#   {note}" for note in program.notes)


def _statements(planned: Sequence[Planned], storage: Storage, given: VariableValues) -> Iterator[str]:
    yield f"# Statements on {storage.dialect.name}: {len(planned)}, each once however many rows a level has."
    for number, each in enumerate(planned, 1):
        try:
            text = each.make(storage, given).text
        except (
            Exception
        ) as error:  # of a resolver that does not take these arguments, or of a variable that is not there
            text = f"Depends on the variables; with these: {error or type(error).__name__}"
        yield f"-- {number}. {each.about}\n{text}"
