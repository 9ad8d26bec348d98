"""What stitching takes from inside of Strawberry 0.341. A test that fails here names what breaks with a newer one."""

from dataclasses import fields
from importlib.metadata import version
from typing import Any, get_type_hints

import pytest
import strawberry
from graphql import GraphQLError, GraphQLObjectType, GraphQLSchema, graphql
from strawberry.exceptions import DuplicatedTypeName
from strawberry.federation.schema import FederationAny
from strawberry.federation.schema import Schema as FederationSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition

from gateway.joining import core, mark
from gateway.namesakes import named_types
from gateway.stitching import Stitched, Subgraph
from modules.kernel.fields import Batched, Column, Key, Reference
from tests.stitching.conftest import VILLAGE, asking
from tests.stitching.village import houses, neighbours, post


def test_another_minor_version_has_to_be_looked_at() -> None:
    assert version("strawberry-graphql").startswith("0.341.")


def test_the_engine_runs_the_schema_that_strawberry_keeps_as__schema(stitched: Stitched) -> None:
    assert isinstance(core(stitched), GraphQLSchema)


def test_declarations_are_found_behind_built_fields_so_that_plans_can_be_made_of_them(stitched: Stitched) -> None:
    house, query = core(stitched).type_map["House"], core(stitched).query_type
    assert isinstance(house, GraphQLObjectType)
    assert query is not None
    declared = {name: mark(field) for name, field in house.fields.items()}

    assert declared["id"] == Key()
    assert declared["street"] == Column("")
    assert declared["owner"] == Reference("owner_id")
    assert declared["letters"] == Batched(post.letters_by_house, needs=("id",))
    assert mark(query.fields["houses"]) is None


def test_parts_share_a_name_only_because_the_same_type_validation_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "_unsafe_disable_same_type_validation" in {field.name for field in fields(StrawberryConfig)}
    monkeypatch.setattr("gateway.stitching._config", lambda **_: StrawberryConfig())
    with pytest.raises(DuplicatedTypeName):
        Stitched(VILLAGE)


def test_the_types_argument_is_converted_first_so_an_owner_stands_for_its_parts() -> None:
    """In this order every module that comes before an owner speaks of its part."""
    for modules in (VILLAGE, tuple(reversed(VILLAGE))):
        house = Stitched(modules).get_type_by_name("House")
        assert isinstance(house, StrawberryObjectDefinition)
        assert house.origin is houses.House


def test_get_fields_is_asked_for_the_fields_of_an_owner(stitched: Stitched) -> None:
    """The hook that shows what parts add."""
    house = core(stitched).type_map["House"]
    assert isinstance(house, GraphQLObjectType)
    assert list(house.fields) == ["id", "street", "owner", "letters"]


def test_keys_of_federation_are_not_warned_of_in_the_stitched_schema() -> None:
    """Warnings are errors here: without the override this fails."""
    assert "_warn_for_federation_directives" in vars(strawberry.Schema)
    Stitched(VILLAGE)


def test_a_row_is_taken_for_any_type_because_is_type_of_can_be_cleared(stitched: Stitched) -> None:
    kinds = [kind for kind in core(stitched).type_map.values() if isinstance(kind, GraphQLObjectType)]
    assert [kind.name for kind in kinds if kind.is_type_of is not None] == []


async def test_the_executor_asks_the_resolve_type_and_resolve_that_were_put_in_later(stitched: Stitched) -> None:
    answer = await asking(stitched)("{ rounds { pages { __typename } } celebrated { name } }")
    assert [page and page["__typename"] for page in answer["data"]["rounds"][0]["pages"]] == [
        "House",
        None,
        "Neighbour",
    ]
    assert answer["data"]["celebrated"] == {"name": "Neighbour 12"}


def test_a_subgraph_answers_entities_by_the_method_that_the_library_calls() -> None:
    built = core(Subgraph(post.module)).query_type
    assert built is not None
    assert "_entities" in built.fields
    hints = get_type_hints(FederationSchema.entities_resolver, {"Info": strawberry.Info}, include_extras=True)
    assert hints["representations"] == list[FederationAny]
    assert Subgraph.entities_resolver is not FederationSchema.entities_resolver


def test_subgraphs_do_not_share_their_entity_union() -> None:
    """The library writes the union into the annotations of the method, which all subgraphs have in common."""
    first = Subgraph(houses.module)
    Subgraph(neighbours.module)
    members = {name: core(Subgraph(module)).type_map["_Entity"].types for name, module in {"post": post.module}.items()}  # type: ignore[attr-defined]

    assert [kind.name for kind in core(first).type_map["_Entity"].types] == ["House", "Neighbour", "Square"]  # type: ignore[attr-defined]
    assert [kind.name for kind in members["post"]] == ["House", "Neighbour"]


def test_a_class_that_inherits_several_roots_has_all_their_fields(stitched: Stitched) -> None:
    query = core(stitched).query_type
    assert query is not None
    assert {"houses", "atHome", "rounds", "node", "nodes"} <= set(query.fields)


def test_an_exception_handler_is_known_by_its_attributes(stitched: Stitched) -> None:
    """`exception_type` and `error_type`: otherwise no refusal would reach its union."""
    handled = [handler.exception_type.__name__ for handler in stitched.exception_handlers]  # type: ignore[attr-defined]
    assert handled == ["DoorLocked", "InvalidInput", "NotAllowed"]


async def test_an_exception_that_is_returned_is_an_error_so_refusals_are_answered_as_rows() -> None:
    @strawberry.type
    class Query:
        @strawberry.field
        def broken(self) -> str | None:
            return GraphQLError("returned, not raised")  # type: ignore[return-value]

    result = await graphql(core(strawberry.Schema(Query)), "{ broken }")
    assert [error.message for error in result.errors or ()] == ["returned, not raised"]


async def test_a_resolver_is_told_the_type_that_it_answers_for_so_ids_are_named_after_it(stitched: Stitched) -> None:
    """`info._raw_info.parent_type`: one declaration of `id` serves every entity."""
    answer = await asking(stitched)("{ houses { id owner { id } } }")
    assert answer["data"]["houses"][0]["id"].startswith("House_")
    assert answer["data"]["houses"][0]["owner"]["id"].startswith("Neighbour_")


def test_every_type_of_a_module_is_found_in_the_librarys_definitions() -> None:
    """Lists, options, unions, interfaces, arguments and subscriptions are walked to find namesakes."""

    def names(module: Any) -> list[str]:
        return sorted({name for name, _, _ in named_types(module)})

    assert names(post.module) == ["House", "ID", "Int", "Letter", "Neighbour", "Node", "Round", "Stop", "String"]
    refusals = ["DoorLocked", "InvalidInput", "NotAllowed", "Refusal"]
    assert names(neighbours.module) == sorted(
        ["DoorOpened", "ID", "KnockResult", "Neighbour", "Node", "String", *refusals]
    )
