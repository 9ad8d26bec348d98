"""Two modules may not mean different things by one name. Only declared parts may share the name of an entity."""

from collections.abc import Iterable, Iterator
from typing import Any

from strawberry.types.base import StrawberryContainer, get_object_definition
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.lazy_type import LazyType
from strawberry.types.union import StrawberryUnion

from gateway.joining import Owners
from modules.kernel.contract import Module


class StitchingError(Exception):
    """The modules cannot be joined into one schema; the sentence says what to do."""


def refuse_namesakes(modules: Iterable[Module], owners: Owners) -> None:
    """The library's own check is off so that parts may share a name. Nothing else may."""
    seen: dict[str, Any] = dict(owners.types)
    for module in modules:
        for name, kind in named_types(module):
            if kind not in module.extends and seen.setdefault(name, kind) != kind:
                raise StitchingError(
                    f"Two types are named {name}; {module.name} has one. Rename it, or declare it as a part of an entity."
                )


def named_types(module: Module) -> Iterator[tuple[str, Any]]:
    """Every type that a module brings in, by name: objects, interfaces, inputs, enums and unions."""
    roots = [root for root in (module.query, module.mutation, module.subscription) if root is not None]
    stack: list[Any] = [*roots, *module.owns, *module.extends]
    met: set[int] = set()
    while stack:
        kind = stack.pop()
        if id(kind) in met:
            continue
        met.add(id(kind))
        if isinstance(kind, StrawberryEnumDefinition):
            yield kind.name, kind.wrapped_cls
        elif isinstance(kind, StrawberryUnion):
            members = [_bare(member) for member in kind.types]
            if kind.graphql_name:
                yield kind.graphql_name, (kind.graphql_name, *sorted(_name(member) for member in members))
            stack += members
        elif definition := get_object_definition(kind):
            if kind not in roots and definition.concrete_of is None:
                yield definition.name, kind
            stack += (interface.origin for interface in definition.interfaces)
            for field in definition.fields:
                stack += (_bare(field.type), *(_bare(argument.type) for argument in field.arguments))


def _bare(kind: Any) -> Any:
    """A field's type without its lists, options and laziness."""
    while isinstance(kind, StrawberryContainer):
        kind = kind.of_type
    return kind.resolve_type() if isinstance(kind, LazyType) else kind


def _name(kind: Any) -> str:
    return get_object_definition(kind, strict=True).name
