"""What every part of the compiler knows of: the schema, who owns what, the database's dialect, the code so far."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from graphql import FieldNode, GraphQLField, GraphQLNamedType, GraphQLNonNull, GraphQLSchema, GraphQLType
from graphql.execution.values import VariableValues
from sqlalchemy.engine import Dialect

from gateway.execution.arguments import Arguments
from gateway.execution.selecting import Selecting
from gateway.execution.writing import Source
from gateway.joining import Converting, Owners, asks_only_for_the_key
from modules.kernel.fields import Batched
from modules.kernel.prepared import Prepared
from modules.kernel.relations import Relation
from modules.kernel.storage import Storage

Fields = Mapping[str, Sequence[FieldNode]]


class NotPlanned(Exception):
    """No statement can answer this alone: it is answered by batches and resolvers. The message says why."""


@dataclass(frozen=True)
class Compiling:
    """One operation of one document with its switches set, for one dialect.

    `notes` tell what is answered without a statement of its own, and why; with `statements` they are for `spilno explain`.
    """

    schema: GraphQLSchema
    owners: Owners
    converting: Converting
    selecting: Selecting
    dialect: Dialect | None
    source: Source
    parts: "Parts"
    notes: list[str] = field(default_factory=list)
    statements: list["Planned"] = field(default_factory=list)

    def arguments(self, asked: GraphQLField, nodes: Sequence[FieldNode]) -> Arguments:
        return Arguments(asked, nodes[0], self.converting)

    def only_the_key(self, nodes: Sequence[FieldNode]) -> bool:
        """Whether nothing but the key is asked for, which is known without its owner."""
        return asks_only_for_the_key(nodes, self.selecting.fragments)

    def planned(self, about: str, make: "Make") -> None:
        """Tell of a statement that the code runs: for whoever wants to see it."""
        self.statements.append(Planned(about, make))

    def note(self, about: str) -> None:
        if about not in self.notes:
            self.notes.append(about)

    @cached_property
    def keys(self) -> Mapping[str, Any]:
        """The batch of each entity by its key."""
        return self.owners.batches


Make = Callable[[Storage, VariableValues], Prepared]


@dataclass(frozen=True)
class Planned:
    """A statement of a program, by the field that it reads; `make` needs the variables where its text depends on them."""

    about: str
    make: Make


Complete = Callable[..., Awaitable[list[Any]]]


@dataclass(frozen=True)
class Parts:
    """How the parts of the compiler reach each other: rows have lists, lists have objects, objects have rows.

    listed: the name of a written function `(run, raw keys) -> one value per key`, None when it cannot be one.
    completed: `(run, values) -> what the answer shows of each`. batched: `(run, parents) -> the same of their batch`.
    """

    listed: Callable[["Compiling", GraphQLNamedType, Relation, GraphQLField, Sequence[FieldNode]], str | None]
    completed: Callable[["Compiling", GraphQLType, Sequence[FieldNode]], Complete]
    batched: Callable[["Compiling", Batched, GraphQLField, Sequence[FieldNode]], Complete]


def nullable(kind: GraphQLType) -> tuple[GraphQLType, bool]:
    """The type without its `!`, and whether it may be null."""
    return (kind.of_type, False) if isinstance(kind, GraphQLNonNull) else (kind, True)


def field_of(kind: GraphQLNamedType, nodes: Sequence[FieldNode]) -> GraphQLField:
    found: GraphQLField = kind.fields[nodes[0].name.value]  # type: ignore[attr-defined] # validated: an object type
    return found
