"""Many modules, one schema; or one module as a federated subgraph. The same classes, both ways.

A module declares its own part of a foreign entity: the key, plus the fields it adds. In a subgraph those parts are
plain Apollo Federation entities and the federation gateway joins them. Here the same join is done in process: the
fields that a part adds are shown on the owner's type, and a reference is made whole by the owner's batch.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import strawberry
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition, get_object_definition
from strawberry.types.field import StrawberryField

from gateway.joining import join
from gateway.namesakes import (
    StitchingError,
    graphql_name,
    named_types,
    refuse_namesakes,
    refuse_twins,
    refuse_unknown_references,
)
from gateway.nodes import node_queries
from gateway.parts import added_fields, owners, refuse_own_parts, refuse_untold
from modules.kernel import keys
from modules.kernel.contract import Module
from modules.kernel.fields import MARK, TypedRow, read
from modules.kernel.live import Followed
from modules.kernel.refusals import InvalidInput, Refusal
from modules.kernel.scalars import SCALARS

FEDERATION: Literal["2.9"] = "2.9"  # the library's default is refused by one of the two composers in use
MOST_REPRESENTATIONS = 1_000  # that a federation gateway may ask for at once
_ROOTS = {"Query": "What can be asked.", "Mutation": "What can be done.", "Subscription": "What can be followed live."}


class Stitched(strawberry.Schema):
    """All modules in one process, with `node` and `nodes`. Raises StitchingError when they cannot be one schema."""

    def __init__(self, modules: Sequence[Module]) -> None:
        refuse_twins(modules)
        self.owners = owners(modules)
        self._added = added_fields(modules, self.owners.types)
        refuse_untold(modules, self.owners.types)
        refuse_namesakes(modules, self.owners.types)
        refuse_unknown_references(modules)
        super().__init__(
            query=_root("Query", [*(module.query for module in modules), node_queries(self.owners)]),
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
    """One module served on its own, behind a federation gateway. Raises StitchingError as `Stitched` does."""

    def __init__(self, module: Module) -> None:
        self.owners = owners([module])
        self._entities = {_name(entity): entity for entity in (*module.owns, *module.extends)}
        refuse_own_parts(module)
        refuse_unknown_references([module])
        super().__init__(
            query=_root("Query", [module.query]),
            mutation=_root("Mutation", [module.mutation]),
            subscription=_root("Subscription", [module.subscription]),
            types=tuple(self._entities.values()),
            federation_version=FEDERATION,
            config=_config(),
            exception_handlers=_handlers([module]),
        )
        join(self, self.owners)

    def entities_resolver(self, info: strawberry.Info, representations: list[FederationAny]) -> list[FederationAny]:
        """Entities by their keys: an own one through its batch, a part as its key. Raises InvalidInput."""
        if len(representations) > MOST_REPRESENTATIONS:
            told = f"At most {MOST_REPRESENTATIONS:,} representations are taken at once, not {len(representations):,}."
            raise InvalidInput(field="representations", message=told)
        return [self._entity(info, representation) for representation in representations]

    def _entity(self, info: strawberry.Info, representation: Any) -> Any:
        """The entity, None when there is none, or the refusal of what names no entity: an error of this item alone."""
        named = representation if isinstance(representation, dict) else {}
        name = named.get("__typename")
        if not isinstance(name, str):
            told = "A representation is an object with a `__typename`."
            return InvalidInput(field="representations", message=told)
        if name not in self._entities:
            return InvalidInput(field="representations", message=f"{name:.60} is no entity of this subgraph.")
        try:
            key = {"id": keys.decode(self._entities[name], str(named.get("id")), "representations")}
        except InvalidInput as refusal:
            return refusal
        return self.owners.whole(name, key, info) if name in self.owners.types else TypedRow(name, key)


def _root(name: str, roots: Sequence[type | None]) -> Any:
    """One root of these roots, None when there are none."""
    present = tuple(root for root in roots if root is not None)
    seen: set[str] = set()
    for field in (graphql_name(field) for root in present for field in _fields(root)):
        if field in seen:
            raise StitchingError(f"{name}.{field} is defined twice. A root field has one home: rename one of them.")
        seen.add(field)
    if name == "Subscription":
        _refuse_sources(present)
    # A class that inherits the roots has their fields; so does the library's own merge_types, without a description.
    return strawberry.type(type(name, present, {}), description=_ROOTS[name]) if present else None


def _refuse_sources(roots: Iterable[type]) -> None:
    """Raises StitchingError for a subscription that has a source of its own: nobody would read it."""
    for field in (field for root in roots for field in _fields(root)):
        if not isinstance(field.metadata.get(MARK), Followed):
            raise StitchingError(
                f"Subscription.{graphql_name(field)} follows no topic. Declare the topic, and the field by `followed`."
            )


def _config(**options: Any) -> StrawberryConfig:
    return StrawberryConfig(default_resolver=read, disable_field_suggestions=True, scalar_map=SCALARS, **options)


def _handlers(modules: Iterable[Module]) -> list[Any]:
    """One for each refusal in the schema: raised where its union carries it, it becomes the answer."""
    found = {
        kind
        for module in modules
        for _, kind, _ in named_types(module)
        if isinstance(kind, type) and issubclass(kind, Refusal) and kind is not Refusal
    }
    # The first that fits is taken: a refusal that refines another comes before it.
    return [_Answer(kind) for kind in sorted(found, key=lambda kind: (-len(kind.__mro__), kind.__name__))]


class _Answer(strawberry.ExceptionHandler):  # type: ignore[type-arg] # parameters would fix the types per class
    def __init__(self, kind: type[Refusal]) -> None:
        self.exception_type = self.error_type = kind

    def handle(self, exception: Any, *, field: StrawberryField, info: strawberry.Info) -> TypedRow:
        """The refusal as a row: an exception, even when it is answered and not raised, is an error to graphql-core."""
        return TypedRow(_name(self.error_type), vars(exception))


def _fields(kind: type) -> list[StrawberryField]:
    return get_object_definition(kind, strict=True).fields


def _name(kind: type) -> str:
    return get_object_definition(kind, strict=True).name
