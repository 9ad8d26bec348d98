"""What a graph type is made of: declarations over rows.

What flows between fields is a row (a mapping by column name), never an instance of the graph type. `column` reads it,
`computed` derives from it, `reference` names another entity by its key, `batched` is a relation: one function over all
parents of a level. Payloads of mutations are ordinary instances; the same declarations read their attributes.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any, TypeVar, overload
from uuid import UUID

import strawberry

from modules.kernel import clock, keys
from modules.kernel.context import Info

T = TypeVar("T", bound=type)
E = TypeVar("E", bound=Enum)
MARK = "spilno"


@dataclass(frozen=True)
class Key:
    """The global id of an entity."""


@dataclass(frozen=True)
class Column:
    """A column of the row; an empty name is the field's own."""

    name: str


@dataclass(frozen=True)
class Computed:
    rule: Callable[..., Any]
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    column: str


@dataclass(frozen=True)
class Batched:
    many: Callable[..., Any]


Mark = Key | Column | Computed | Reference | Batched


class TypedRow(dict[str, Any]):
    """A row, or only its key, that remembers which entity it is: where an interface or a union has to tell."""

    def __init__(self, typename: str, row: Mapping[str, Any]) -> None:
        super().__init__(row)
        self.typename = typename


def read(source: Any, name: str) -> Any:
    """A column of a row, or an attribute of a payload."""
    return source[name] if isinstance(source, Mapping) else getattr(source, name)


def column(description: str, *, of: str = "") -> Any:
    """A field that is a column of the row, or an attribute of a payload: the one of its own name, or `of`."""
    if not of:
        return strawberry.field(description=description, metadata={MARK: Column("")})

    def resolve(root: Any) -> Any:
        return read(root, of)

    return _field(resolve, Column(of), description)


def computed(rule: Callable[..., Any], needs: Sequence[str], description: str) -> Any:
    """A field worked out from columns: `rule(*needs)`. A rule with a keyword `now` is also given the time."""
    timed = "now" in inspect.signature(rule).parameters

    def resolve(root: Any) -> Any:
        values = [read(root, name) for name in needs]
        return rule(*values, now=clock.now()) if timed else rule(*values)

    return _field(resolve, Computed(rule, tuple(needs)), description)


def reference(column: str, description: str) -> Any:
    """A to-one field: the key of an entity, own or foreign. Its owner makes it whole, once for all that ask."""

    def resolve(root: Any) -> Any:
        key = read(root, column)
        return None if key is None else {"id": key}

    return _field(resolve, Reference(column), description)


def batched(many: Callable[..., Any], description: str) -> Any:
    """A relation: `async def many(parents, info, *, ...)` answers one value per parent, in their order.

    The keyword arguments of `many` are the arguments of the field.
    """

    async def resolve(root: Any, info: Any, **arguments: Any) -> Any:
        return await info.context.load(many, root, info, arguments)

    given = [
        parameter
        for parameter in inspect.signature(many).parameters.values()
        if parameter.kind is parameter.KEYWORD_ONLY
    ]
    named = partial(inspect.Parameter, kind=inspect.Parameter.POSITIONAL_OR_KEYWORD)
    resolve.__signature__ = inspect.Signature([named("root"), named("info", annotation=Info), *given])  # type: ignore[attr-defined]
    resolve.__annotations__ = {"info": Info, **{parameter.name: parameter.annotation for parameter in given}}
    return _field(resolve, Batched(many), description)


def described(kind: type[E], description: str, **values: str) -> type[E]:
    """An enum of the domain (standard library only) as an enum of the graph: each member by name with its description."""
    declared = strawberry.enum(kind, description=description)
    for value in declared.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]
    return declared


def _key() -> Any:
    def resolve(root: Any, info: Info) -> strawberry.ID:
        return strawberry.ID(keys.encode(info._raw_info.parent_type.name, read(root, "id")))

    return _field(resolve, Key(), "Global id: the same everywhere and for ever. `node(id)` finds its entity.")


def _field(resolve: Callable[..., Any], mark: Mark, description: str) -> Any:
    return strawberry.field(resolver=resolve, metadata={MARK: mark}, description=description)


@strawberry.interface(description="Anything with a page of its own; `node(id)` finds it.")
class Node:
    id: strawberry.ID = _key()


def entity(description: str, *, key: type = UUID) -> Callable[[T], T]:
    """An entity that this module owns. `key` is what its rows are keyed by: UUID, or str where a code is the key."""

    def declare(declared: T) -> T:
        return _declare(declared, key, description)

    return declare


@overload
def part(declared: T) -> T: ...
@overload
def part(*, key: type) -> Callable[[T], T]: ...
def part(declared: T | None = None, *, key: type = UUID) -> Any:
    """A foreign entity as this module sees it: its key, and the fields that this module adds."""
    return partial(_declare, key=key, description=None) if declared is None else _declare(declared, key, None)


def _declare(declared: T, key: type, description: str | None) -> T:
    declared.__key__ = key  # type: ignore[attr-defined]
    return strawberry.federation.type(declared, keys=["id"], description=description)
