"""A query as a program: written once for each selection, run for each request."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
)
from sqlalchemy.engine import Dialect

from gateway.execution import objects, running
from gateway.execution.compiling import Compiling, Complete, NotPlanned, Parts, Planned, field_of
from gateway.execution.lists import listed, rooted
from gateway.execution.running import Run
from gateway.execution.selecting import Selecting, Unsupported
from gateway.execution.writing import Source
from gateway.joining import Converting, Owners, mark
from modules.kernel.fields import Asked

PARTS = Parts(listed=listed, completed=objects.completed, batched=objects.batched)


@dataclass(frozen=True)
class Compiler:
    """Writes programs for operations of one schema."""

    schema: GraphQLSchema
    owners: Owners
    converting: Converting

    def query(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        switches: Mapping[str, bool],
        dialect: Dialect | None,
    ) -> "Program":
        """The program of a query. Raises Unsupported for what is left to graphql-core."""
        compiling, kind = self._compiling(fragments, switches, dialect), self.schema.query_type
        assert kind is not None
        fields = compiling.selecting.fields(kind, [operation.selection_set])
        answer = _query(compiling, kind, fields)
        text = compiling.source.text
        return Program(text, compiling.source.made()[answer], compiling.notes, compiling.statements)

    def below(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        switches: Mapping[str, bool],
        dialect: Dialect | None,
    ) -> "Below":
        """What completes each root field of a mutation or subscription, by the name it answers under."""
        compiling, kind = self._compiling(fragments, switches, dialect), self.schema.get_root_type(operation.operation)
        assert isinstance(kind, GraphQLObjectType)
        fields = compiling.selecting.fields(kind, [operation.selection_set])
        complete = {
            name: objects.completed(compiling, field_of(kind, nodes).type, nodes)
            for name, nodes in fields.items()
            if nodes[0].name.value in kind.fields
        }
        text = compiling.source.text
        compiling.source.made()
        return Below(text, complete, compiling.notes, compiling.statements)

    def _compiling(
        self, fragments: Mapping[str, FragmentDefinitionNode], switches: Mapping[str, bool], dialect: Dialect | None
    ) -> Compiling:
        selecting = Selecting(self.schema, fragments, switches)
        return Compiling(self.schema, self.owners, self.converting, selecting, dialect, Source(), PARTS)


@dataclass(frozen=True)
class Program:
    """`answer(run)` is the data of a query. `notes` say what is not read by a statement of its own, and why."""

    text: str
    answer: Callable[[Run], Awaitable[dict[str, Any]]]
    notes: Sequence[str]
    statements: Sequence[Planned]


@dataclass(frozen=True)
class Below:
    """What is below the root fields of a mutation: graphql-core runs these in turn, this completes what they return."""

    text: str
    complete: Mapping[str, Complete]
    notes: Sequence[str]
    statements: Sequence[Planned]


def _query(compiling: Compiling, kind: GraphQLObjectType, fields: Mapping[str, Sequence[FieldNode]]) -> str:
    """The name of the function that answers the whole."""
    written, values, waiting = compiling.source, {}, []
    for name, nodes in fields.items():
        asked = nodes[0].name.value
        if asked == "__typename":
            values[name] = repr(kind.name)
        elif asked.startswith("__"):
            raise Unsupported("introspection")
        else:
            values[name] = written.name(f"{name}_value")
            waiting.append((values[name], f"{_root(compiling, kind, nodes)}(run)"))
    written.names["gather"] = running.gather
    lines = [f"return {{{', '.join(f'{name!r}: {value}' for name, value in values.items())}}}"]
    if len(waiting) == 1:
        lines.insert(0, f"{waiting[0][0]} = await {waiting[0][1]}")
    elif waiting:
        names, calls = zip(*waiting, strict=True)
        lines.insert(0, f"{', '.join(names)} = await gather({', '.join(calls)})")
    return written.function(written.name("query"), "run", "The data of the answer.", lines)


def _root(compiling: Compiling, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> str:
    """The name of what answers one root field: a written function, or a constant."""
    field = field_of(kind, nodes)
    declared, before = mark(field), compiling.source.mark()
    if isinstance(declared, Asked):
        try:
            return rooted(compiling, field, declared, nodes)
        except NotPlanned as reason:
            compiling.source.back_to(before)
            compiling.note(str(reason))
    fetch, complete = objects.resolved(compiling, field, nodes), objects.completed(compiling, field.type, nodes)

    async def answer(run: Run) -> Any:
        (value,) = await complete(run, await fetch(run, [None]))
        return value

    return compiling.source.constant(f"answer_{nodes[0].name.value}", answer)
