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
# Metadata of a field: its Mark; its Freshness, where it has one of its own; True where it shows something of the viewer.
MARK, FRESH, OF_VIEWER = "spilno", "spilno.fresh", "spilno.of_viewer"


@dataclass(frozen=True)
class Key:
    """The global id of an entity."""


@dataclass(frozen=True)
class Column:
    """A column of the row; an empty name is the field's own."""

    name: str


@dataclass(frozen=True)
class Computed:
    """`rule` takes the columns `needs`, in this order."""

    rule: Callable[..., Any]
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    column: str


@dataclass(frozen=True)
class Batched:
    """`needs` are the columns of a parent that `many` reads."""

    many: Callable[..., Any]
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """A root field: `ask(self, info, ...)` says which rows of `source`. See `asks`."""

    ask: Callable[..., Any]
    source: Any


Mark = Key | Column | Computed | Reference | Batched | Asked


@dataclass(frozen=True)
class Freshness:
    """How long an answer to nobody in particular may be shown again without asking, in seconds; 0 is never.

    in_register: it changes with announced imports only (`RegisterChanged`): not with time, nor by anything else.
    """

    seconds: int = 0
    in_register: bool = False

    def least(self, other: "Freshness") -> "Freshness":
        """Of an answer that has both."""
        return Freshness(min(self.seconds, other.seconds), self.in_register and other.in_register)


NEVER, ALWAYS = Freshness(), Freshness(2**31, in_register=True)
TIMED = Freshness(ALWAYS.seconds)


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
    ruled = _timed(rule)

    def resolve(root: Any) -> Any:
        return ruled(*(read(root, name) for name in needs))

    return _field(resolve, Computed(ruled, tuple(needs)), description, None if ruled is rule else TIMED)


def _timed(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The rule as one of columns alone."""
    if "now" not in inspect.signature(rule).parameters:
        return rule

    def ruled(*values: Any) -> Any:
        return rule(*values, now=clock.now())

    return ruled


def reference(column: str, description: str) -> Any:
    """A to-one field: the key of an entity, own or foreign. Its owner makes it whole, once for all that ask."""

    def resolve(root: Any) -> Any:
        key = read(root, column)
        return None if key is None else {"id": key}

    return _field(resolve, Reference(column), description)


def batched(
    many: Callable[..., Any], description: str, *, needs: Sequence[str] = ("id",), of_viewer: bool = False
) -> Any:
    """A relation: `async def many(parents, info, *, ...)` answers one value per parent, in their order.

    The keyword arguments of `many` are the arguments of the field; `needs` are the columns of a parent that it reads,
    beside its key.
    `many` is a function or, for rows of a table, a `relations.Relation`. What is `of_viewer` is in no cached answer and in
    nothing that is rendered for several.
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
    return _field(
        resolve,
        Batched(many, tuple(dict.fromkeys(("id", *needs)))),
        description,
        NEVER if of_viewer else None,
        of_viewer=of_viewer,
    )


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


def _field(
    resolve: Callable[..., Any],
    mark: Mark,
    description: str,
    fresh: Freshness | None = None,
    *,
    of_viewer: bool = False,
) -> Any:
    metadata: dict[str, Any] = {MARK: mark, OF_VIEWER: of_viewer}
    if fresh is not None:
        metadata[FRESH] = fresh
    return strawberry.field(resolver=resolve, metadata=metadata, description=description)


@strawberry.interface(description="Anything with a page of its own; `node(id)` finds it.")
class Node:
    id: strawberry.ID = _key()


def entity(description: str, *, key: type = UUID, fresh_for: int = 0, in_register: bool = False) -> Callable[[T], T]:
    """An entity that this module owns. `key` is what its rows are keyed by: UUID, or str where a code is the key.
    `fresh_for` and `in_register` are its Freshness."""

    def declare(declared: T) -> T:
        return _declare(declared, key, description, Freshness(fresh_for, in_register))

    return declare


@overload
def part(declared: T) -> T: ...
@overload
def part(*, key: type) -> Callable[[T], T]: ...
def part(declared: T | None = None, *, key: type = UUID) -> Any:
    """A foreign entity as this module sees it: its key, and the fields that this module adds."""
    return partial(_declare, key=key, description=None) if declared is None else _declare(declared, key, None)


def _declare(declared: T, key: type, description: str | None, fresh: Freshness = NEVER) -> T:
    declared.__key__ = key  # type: ignore[attr-defined]
    declared.__fresh__ = fresh  # type: ignore[attr-defined]
    return strawberry.federation.type(declared, keys=["id"], description=description)
