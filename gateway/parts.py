"""Entities and their parts: who owns what, which fields others add to it, and what they let the viewer do with it."""

from collections.abc import Iterable, Mapping
from typing import Any

from strawberry.types.base import StrawberryObjectDefinition, get_object_definition

from gateway.joining import Owners
from gateway.namesakes import StitchingError, graphql_name
from modules.kernel import keys
from modules.kernel.contract import Module
from modules.kernel.permissions import Elsewhere, Telling

Added = dict[str, list[Any]]


def owners(modules: Iterable[Module]) -> Owners:
    """The entities of these modules by name, each with its batch by key."""
    types: dict[str, type] = {}
    batches: dict[str, Any] = {}
    for module in modules:
        for entity, by_keys in module.owns.items():
            name = _definition(entity, module).name
            if name in types:
                raise StitchingError(
                    f"{name} is owned twice, the second time by {module.name}. Let one module own it and the other extend it."
                )
            types[name], batches[name] = entity, by_keys
    return Owners(types, batches)


def added_fields(modules: Iterable[Module], owned: Mapping[str, type]) -> Added:
    """The fields that parts add to each entity, by its name."""
    added: Added = {name: [] for name in owned}
    for module in modules:
        refuse_own_parts(module)
        for part in module.extends:
            definition = _definition(part, module)
            owner = owned.get(definition.name)
            if owner is None:
                raise StitchingError(
                    f"{module.name} extends {definition.name}, which no module owns. Add its owner to the modules."
                )
            _refuse_mismatch(module, part, owner)
            _add(module, definition, owner, added[definition.name])
    return added


def told_elsewhere(modules: Iterable[Module]) -> Elsewhere:
    """What modules tell of the entities of others."""
    told: dict[str, list[Telling]] = {}
    for module in modules:
        for part, many in module.permissions.items():
            if part not in module.extends:
                raise StitchingError(
                    f"{module.name} tells what the viewer may do with {part.__name__}, which it does not extend. "
                    "Declare the part, or let an entity's own `viewer_can` tell it."
                )
            told.setdefault(_definition(part, module).name, []).append(many)
    return Elsewhere(told)


def refuse_untold(modules: Iterable[Module], owned: Mapping[str, type]) -> None:
    """What is told of an entity is shown in the `viewerCan` of its owner."""
    for name in told_elsewhere(modules).told:
        if "viewerCan" not in map(graphql_name, get_object_definition(owned[name], strict=True).fields):
            raise StitchingError(
                f"{name} has no `viewerCan`, where modules would tell what the viewer may do with it. "
                "Let its owner declare it by `viewer_can`."
            )


def refuse_own_parts(module: Module) -> None:
    """A module speaks of an entity once: as its owner, or with one part."""
    seen = {_definition(entity, module).name for entity in module.owns}
    for part in module.extends:
        name = _definition(part, module).name
        if name in seen:
            raise StitchingError(
                f"{module.name} declares {name} twice. Put all that it says of it into its one entity, or one part."
            )
        seen.add(name)


def _refuse_mismatch(module: Module, part: type, owner: type) -> None:
    """A part has its owner's key, and no interface that the owner has not."""
    definition, whole = _definition(part, module), get_object_definition(owner, strict=True)
    if keys.entity_key(part) is not keys.entity_key(owner):
        raise StitchingError(
            f"{module.name} keys {definition.name} by {keys.entity_key(part).__name__}, its owner by "
            f"{keys.entity_key(owner).__name__}. Give the part the owner's key."
        )
    for interface in definition.interfaces:
        if interface not in whole.interfaces:
            raise StitchingError(
                f"{module.name} makes {definition.name} a {interface.name}, its owner does not. "
                "Let the owner implement the interface too, or leave it off the part."
            )


def _add(module: Module, part: StrawberryObjectDefinition, owner: type, added: list[Any]) -> None:
    own = {graphql_name(field) for field in get_object_definition(owner, strict=True).fields}
    others = {graphql_name(field) for field in added}
    for field in part.fields:
        name = graphql_name(field)
        if name == "id":
            continue
        if name in own:
            raise StitchingError(
                f"{part.name}.{name} is its owner's, and {module.name} defines it again. "
                "Leave it out of the part, or give it another name."
            )
        if name in others:
            raise StitchingError(
                f"{part.name}.{name} is added twice, the second time by {module.name}. Rename one of them."
            )
        added.append(field)


def _definition(kind: type, module: Module) -> StrawberryObjectDefinition:
    definition = get_object_definition(kind)
    if definition is None or not hasattr(kind, "__key__"):
        raise StitchingError(
            f"{kind.__name__} of {module.name} has no key. Declare it with @entity where it is owned, with @part elsewhere."
        )
    return definition
