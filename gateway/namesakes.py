"""What the types of several modules may not do to each other. Only declared parts may share the name of an entity."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from strawberry.schema.name_converter import NameConverter
from strawberry.schema.types.scalar import DEFAULT_SCALAR_REGISTRY
from strawberry.types.base import StrawberryContainer, StrawberryObjectDefinition, get_object_definition
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from strawberry.types.scalar import ScalarDefinition
from strawberry.types.union import StrawberryUnion

from modules.kernel.contract import Module
from modules.kernel.fields import MARK, Reference
from modules.kernel.scalars import SCALARS

_NAMES = NameConverter()
_SCALARS: Mapping[Any, ScalarDefinition] = {**DEFAULT_SCALAR_REGISTRY, **SCALARS}


class StitchingError(Exception):
    """The modules cannot be joined into one schema; the sentence says what to do."""


def refuse_twins(modules: Iterable[Module]) -> None:
    """Two modules of one name: their subgraphs, migrations and command line arguments could not be told apart."""
    names: set[str] = set()
    for module in modules:
        if module.name in names:
            raise StitchingError(f"Two modules are named {module.name}. Rename one, or install it once.")
        names.add(module.name)


def refuse_namesakes(modules: Iterable[Module], owned: Mapping[str, type]) -> None:
    """The library's own check is off so that parts may share a name. Nothing else may."""
    seen: dict[str, Any] = dict(owned)
    for module in modules:
        for name, kind, meaning in named_types(module):
            if kind not in module.extends and seen.setdefault(name, meaning) != meaning:
                raise StitchingError(
                    f"Two types are named {name}; {module.name} has one. Rename it, or declare it as a part of an entity."
                )


def refuse_unknown_references(modules: Iterable[Module]) -> None:
    """A reference is made whole by an owner: its type is an entity, of the module itself or one that it extends."""
    for module in modules:
        known = {*module.owns, *module.extends}
        for name, kind, _ in named_types(module):
            for field in references(kind):
                if bare(field.type) not in known:
                    raise StitchingError(
                        f"{name}.{graphql_name(field)} is a reference to {_name(bare(field.type))}, which {module.name} "
                        "neither owns nor extends. Make it an entity with an owner, and declare it in the module."
                    )


def named_types(module: Module) -> Iterator[tuple[str, Any, Any]]:
    """Every type that a module brings in but its roots: (name in the graph, class, what makes it the same type)."""
    roots = [root for root in (module.query, module.mutation, module.subscription) if root is not None]
    stack: list[Any] = [*roots, *module.owns, *module.extends]
    met: set[int] = set()
    while stack:
        kind = stack.pop()
        if id(kind) in met:
            continue
        met.add(id(kind))
        if kind not in roots and (named := _named(kind)):
            yield (named[0], kind, named[1])
        stack += _mentioned(kind)


def references(kind: Any) -> list[StrawberryField]:
    """The fields of a type that are declared as references."""
    definition = get_object_definition(kind)
    fields = definition.fields if definition else []
    return [field for field in fields if isinstance(field.metadata.get(MARK), Reference)]


def graphql_name(field: StrawberryField) -> str:
    """A field's name as clients write it."""
    return _NAMES.from_field(field)


def bare(kind: Any) -> Any:
    """A field's type without its lists, options and laziness."""
    while isinstance(kind, StrawberryContainer):
        kind = kind.of_type
    return kind.resolve_type() if isinstance(kind, LazyType) else kind


def _named(kind: Any) -> tuple[str, Any] | None:
    """(name, what makes it the same type); None for what has no name of its own."""
    if isinstance(kind, StrawberryEnumDefinition):
        return kind.name, kind.wrapped_cls
    if isinstance(kind, StrawberryUnion):
        members = sorted(_name(bare(member)) for member in kind.types)
        return (kind.graphql_name, tuple(members)) if kind.graphql_name else None
    definition = get_object_definition(kind)
    if definition:
        return _NAMES.from_type(definition), _made_of(definition) or kind
    scalar = getattr(kind, "_scalar_definition", None) or _SCALARS.get(kind)
    return (scalar.name, scalar) if scalar else None


def _made_of(definition: StrawberryObjectDefinition) -> tuple[Any, ...] | None:
    """A generic and the names it is made with: a page of a part is a page of its owner. None for what is no generic."""
    generic = definition.concrete_of
    if generic is None:
        return None
    return generic.origin, *(_NAMES.get_name_from_type(of) for of in definition.type_var_map.values())


def _mentioned(kind: Any) -> list[Any]:
    """The types that a type speaks of."""
    if isinstance(kind, StrawberryUnion):
        return [bare(member) for member in kind.types]
    definition = get_object_definition(kind)
    if definition is None:
        return []
    arguments = [argument.type for field in definition.fields for argument in field.arguments]
    interfaces = [interface.origin for interface in definition.interfaces]
    return [*interfaces, *map(bare, (*(field.type for field in definition.fields), *arguments))]


def _name(kind: Any) -> str:
    return _NAMES.get_name_from_type(kind)
