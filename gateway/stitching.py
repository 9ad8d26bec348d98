"""Many modules, one schema; or one module as a federated subgraph. The same classes, both ways.

A module declares its own part of a foreign entity: the key, plus the fields it adds. In a subgraph those parts are
plain Apollo Federation entities and the federation gateway joins them. Here the same join is done in process: the
fields that a part adds are shown on the owner's type, and a reference is made whole by the owner's batch.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, cast

import strawberry
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types
from strawberry.types.base import StrawberryObjectDefinition, get_object_definition
from strawberry.types.field import StrawberryField

from gateway.joining import Owners, TypedRow, join
from gateway.namesakes import StitchingError, named_types, refuse_namesakes
from modules.kernel import keys
from modules.kernel.contract import Module
from modules.kernel.fields import read
from modules.kernel.refusals import Refusal
from modules.kernel.scalars import SCALARS

FEDERATION: Literal["2.9"] = "2.9"  # the library's default is refused by one of the two composers in use


class Stitched(strawberry.Schema):
    """All modules in one process. Raises StitchingError when they cannot be one schema."""

    def __init__(self, modules: Sequence[Module], *, roots: Sequence[type] = ()) -> None:
        """`roots` are root queries of the gateway's own."""
        self.owners = owners(modules)
        self._added = _added_fields(modules, self.owners)
        refuse_namesakes(modules, self.owners)
        super().__init__(
            query=cast(type, _root("Query", [*(module.query for module in modules), *roots])),
            mutation=_root("Mutation", [module.mutation for module in modules]),
            subscription=_root("Subscription", [module.subscription for module in modules]),
            types=tuple(self.owners.types.values()),  # the first of a name stands for all: owners lead
            config=_config(_unsafe_disable_same_type_validation=True),
            exception_handlers=_handlers(modules),
        )
        join(self, self.owners)

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        """The owner's fields, and those that parts add (Strawberry's documented hook)."""
        if type_definition.origin is self.owners.types.get(type_definition.name):
            return [*type_definition.fields, *self._added[type_definition.name]]
        return type_definition.fields

    def _warn_for_federation_directives(self) -> None:
        """Keys are how modules name entities, here as in a subgraph: nothing to warn of."""


class Subgraph(strawberry.federation.Schema):
    """One module served on its own, behind a federation gateway."""

    def __init__(self, module: Module) -> None:
        self.owners = owners([module])
        super().__init__(
            query=module.query,
            mutation=module.mutation,
            subscription=module.subscription,
            types=(*module.owns, *module.extends),
            federation_version=FEDERATION,
            config=_config(),
            exception_handlers=_handlers([module]),
        )
        self._parts = {_name(part): part for part in module.extends}
        join(self, self.owners)

    def entities_resolver(self, info: strawberry.Info, representations: list[FederationAny]) -> list[FederationAny]:
        """Entities by their keys: an own one through its batch, a part as its key."""
        return [self._entity(info, representation) for representation in representations]

    def _entity(self, info: strawberry.Info, representation: Any) -> Any:
        name = representation.get("__typename")
        kind = self.owners.types.get(name) or self._parts.get(name)
        if kind is None:
            return TypeError(f"{name} is no entity of this subgraph")
        try:
            key = {"id": keys.decode(kind, str(representation.get("id")))}
        except Refusal as refusal:
            return refusal
        return self.owners.whole(name, key, info) if name in self.owners.types else TypedRow(name, key)


def owners(modules: Iterable[Module]) -> Owners:
    """The entities of these modules by name, each with its batch by key."""
    types: dict[str, type] = {}
    batches: dict[str, Any] = {}
    for module in modules:
        for entity, by_keys in module.owns.items():
            name = _name(entity)
            if name in types:
                raise StitchingError(
                    f"{name} is owned twice, the second time by {module.name}. Let one module own it and the other extend it."
                )
            types[name], batches[name] = entity, by_keys
    return Owners(types, batches)


def _added_fields(modules: Iterable[Module], owners: Owners) -> dict[str, list[StrawberryField]]:
    added: dict[str, list[StrawberryField]] = {name: [] for name in owners.types}
    for module in modules:
        for part in module.extends:
            owner = owners.types.get(_name(part))
            if owner is None:
                raise StitchingError(
                    f"{module.name} extends {_name(part)}, which no module owns. Add its owner to the modules."
                )
            if keys.entity_key(part) is not keys.entity_key(owner):
                raise StitchingError(
                    f"{module.name} keys {_name(part)} by {keys.entity_key(part).__name__}, its owner does not. Give the part the owner's key."
                )
            taken = {field.python_name for field in (*_fields(owner), *added[_name(part)])}
            for field in _fields(part):
                if field.python_name == "id":
                    continue
                if field.python_name in taken:
                    raise StitchingError(
                        f"{_name(part)}.{field.python_name} is defined twice, the second time by {module.name}. Rename one of them."
                    )
                added[_name(part)].append(field)
    return added


def _root(name: str, roots: Sequence[type | None]) -> type | None:
    present = tuple(root for root in roots if root is not None)
    seen: set[str] = set()
    for field in (field for root in present for field in _fields(root)):
        if field.python_name in seen:
            raise StitchingError(
                f"{name}.{field.python_name} is defined twice. A root field has one home: rename one of them."
            )
        seen.add(field.python_name)
    return merge_types(name, present) if present else None


def _config(**options: Any) -> StrawberryConfig:
    return StrawberryConfig(default_resolver=read, disable_field_suggestions=True, scalar_map=SCALARS, **options)


def _handlers(modules: Iterable[Module]) -> list[Any]:
    """One for each refusal in the schema: raised where its union carries it, it becomes the answer."""
    found = {
        kind
        for module in modules
        for _, kind in named_types(module)
        if isinstance(kind, type) and issubclass(kind, Refusal)
    }
    return [_Answer(kind) for kind in sorted(found, key=lambda kind: kind.__name__)]


class _Answer(strawberry.ExceptionHandler):  # type: ignore[type-arg] # parameters would fix the types per class
    def __init__(self, kind: type[Refusal]) -> None:
        self.exception_type = self.error_type = kind

    def handle(self, exception: Any, *, field: StrawberryField, info: strawberry.Info) -> Any:
        return exception


def _fields(kind: type) -> list[StrawberryField]:
    return get_object_definition(kind, strict=True).fields


def _name(kind: type) -> str:
    return get_object_definition(kind, strict=True).name
