"""The graph as its clients read it: reviewed, described, named by rule."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
)

from gateway.app import schema
from gateway.joining import core, definition
from gateway.modules import MODULES
from gateway.printing import sdl
from modules.kernel import keys
from modules.kernel.fields import OF_VIEWER
from tests.asking import Ask
from tests.people import KYIV, municipality_id

ROOT = Path(__file__).parents[2]
STITCHED = schema()
GRAPH = core(STITCHED)
FEDERATIONS_OWN = {"_FieldSet"}
TYPES = [
    kind
    for kind in GRAPH.type_map.values()
    if not is_introspection_type(kind) and not is_specified_scalar_type(kind) and kind.name not in FEDERATIONS_OWN
]

# Lists that are no connections, each because it cannot grow for ever.
SHORT_LISTS = {
    "Comment.viewerCan": "one for each act",
    "Debate.viewerCan": "one for each act",
    "Membership.viewerCan": "one for each act",
    "Municipality.viewerCan": "one for each act",
    "Organisation.viewerCan": "one for each act",
    "OrganisationVerification.viewerCan": "one for each act",
    "TeamMember.viewerCan": "one for each act",
    "VerificationRequest.viewerCan": "one for each act",
    "CensusUploaded.preview": "five at most",
    "CensusUploaded.problems": "as many as are wrong in what was uploaded, which is limited",
    "HandOverFirst.municipalities": "those of which one person is the only administrator",
    "HandOverFirst.organisations": "those of which one person is the only creator: they are told what to do with each",
    "ApiClient.scopes": "as many as there are scopes",
    "Debate.polls": "a debate has few, and `first` is at most 100",
    "DebatePolls.polls": "as `Debate.polls`",
    "Permission.missing": "one for each step that there is",
    "MunicipalitySettings.languages": "those that a municipality speaks: 7 at most",
    "Person.interests": "20 at most",
    "Poll.options": "20 at most",
    "Poll.viewerCan": "one for each act",
    "PollTally.options": "one for each option",
    "Query.nodes": "as many as were asked for",
    "ReactionCounts.comments": "as many as were asked for",
    "Verification.handlers": "one for each way to be verified",
    "Verification.wrongFields": "a person gives few",
    "VerificationFailed.fields": "a person gives few",
    "VerificationOffer.needs": "a person gives few",
    "Query.oidcProviders": "as many as the settings name",
    "TotpConfirmed.recoveryCodes": "ten",
    "Viewer.identities": "one for each provider",
    "VerificationSettings.handlers": "one for each way to prove residence",
    "VerificationSettings.postalCodes": "500 at most, which a form takes whole",
    "Viewer.apiClients": "ten at most",
    "Viewer.roles": "one for each municipality that the viewer works for",
    "Viewer.sessions": "one for each device of the viewer",
}
# What a Boolean says begins with one of these; the others are said by a page of the specification, or by live.md.
SAYS = re.compile(r"(is|has|can|viewerHas|viewerIs|viewerCan)[A-Z]")
BOOLEANS = {
    "Permission.allowed": "read behind its field: `viewerCan { allowed }`",
    "PollTally.final": "the name that clients of live tallies rely on",
}
WITHOUT_INPUT = {
    "signOut": "it takes nothing",
    "exportMyData": "it takes nothing",
    "signOutEverywhere": "it takes nothing",
    "enableTotp": "it takes nothing",
    "startPasskeyRegistration": "it takes nothing",
    "startPasskeySignIn": "it takes nothing",
}


def fields(kind: GraphQLNamedType) -> dict[str, Any]:
    return kind.fields if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType) else {}


def all_fields() -> Iterator[tuple[str, Any]]:
    for kind in TYPES:
        for name, field in fields(kind).items():
            yield f"{kind.name}.{name}", field


def list_of(kind: Any) -> Any:
    """What a list holds; None for what is no list."""
    bare = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return get_named_type(bare) if isinstance(bare, GraphQLList) else None


def test_schema_graphql_is_the_graph() -> None:
    """When this fails on purpose: `make schema`, and look at what changed."""
    assert (ROOT / "schema.graphql").read_text() == sdl(STITCHED) + "\n"


def test_everything_is_described() -> None:
    told = {kind.name: kind.description for kind in TYPES}
    for name, field in all_fields():
        told[name] = field.description
        told |= {f"{name}({argument}:)": each.description for argument, each in getattr(field, "args", {}).items()}
    for kind in TYPES:
        if isinstance(kind, GraphQLEnumType):
            told |= {f"{kind.name}.{name}": value.description for name, value in kind.values.items()}

    assert len(told) > 300
    assert [name for name, description in told.items() if not description] == []
    assert [name for name, description in told.items() if not re.search(r"[.`]$", description or "")] == []


def test_names_are_camel_case() -> None:
    names = [name for kind in TYPES for name in fields(kind)]
    names += [argument for _, field in all_fields() for argument in getattr(field, "args", {})]

    assert [name for name in names if not re.fullmatch(r"[a-z][a-zA-Z0-9]*", name)] == []
    assert [kind.name for kind in TYPES if not re.fullmatch(r"[A-Z][a-zA-Z0-9]*", kind.name)] == []


def test_times_end_in_at_and_nothing_else_does() -> None:
    for name, field in all_fields():
        is_time = get_named_type(field.type).name == "DateTime"
        assert is_time == (name.endswith("At") or name == "SignedOut.at"), name


def test_booleans_say_what_is_so() -> None:
    odd = {name for name, field in all_fields() if get_named_type(field.type).name == "Boolean"}
    assert {name for name in odd if not SAYS.match(name.partition(".")[2])} == set(BOOLEANS)


def test_references_are_not_ids() -> None:
    """An output field with an id in its name should be the entity itself."""
    answered = {
        name
        for name, _ in all_fields()
        if not isinstance(GRAPH.type_map[name.partition(".")[0]], GraphQLInputObjectType)
    }
    assert {name for name in answered if re.search(r"I[dD]s?$", name)} == set()


def test_a_list_that_can_grow_is_a_connection() -> None:
    lists = {
        name
        for name, field in all_fields()
        if isinstance(field, GraphQLField) and list_of(field.type) and not name.endswith("Connection.edges")
    }
    assert lists == set(SHORT_LISTS)


def test_a_connection_is_cut_by_first_and_after() -> None:
    connections = {
        name: field for name, field in all_fields() if get_named_type(field.type).name.endswith("Connection")
    }

    assert len(connections) > 8
    for name, field in connections.items():
        first, after = field.args["first"], field.args["after"]
        assert (str(first.type), str(after.type)) == ("Int!", "Cursor"), name
        assert first.default_value == 20, name


def test_a_mutation_takes_one_input_and_answers_with_a_payload_or_refusals() -> None:
    assert GRAPH.mutation_type is not None
    for name, field in GRAPH.mutation_type.fields.items():
        inputs = {argument: str(each.type) for argument, each in field.args.items()}
        upper = name[0].upper() + name[1:]
        assert inputs == ({} if name in WITHOUT_INPUT else {"input": f"{upper}Input!"}), name
        result = get_named_type(field.type)
        assert isinstance(result, GraphQLUnionType), name
        assert result.name == f"{upper}Result"
        payloads = [member.name for member in result.types if not is_refusal(member)]
        assert len(payloads) == 1, name


def is_refusal(kind: GraphQLObjectType) -> bool:
    return "Refusal" in {interface.name for interface in kind.interfaces}


def test_every_refusal_has_a_code_of_its_own() -> None:
    refusals = [kind for kind in TYPES if isinstance(kind, GraphQLObjectType) and is_refusal(kind)]
    codes = [
        field.default
        for kind in refusals
        for field in kind.extensions["strawberry-definition"].fields
        if field.python_name == "code"
    ]
    assert len(codes) >= 8
    assert len(set(codes)) == len(codes)
    assert [code for code in codes if not re.fullmatch(r"[A-Z]+(_[A-Z]+)*", code)] == []


@pytest.mark.parametrize(
    "entity", [entity for module in MODULES for entity in module.owns], ids=lambda kind: kind.__name__
)
def test_an_entity_has_a_global_id_that_is_its_own(entity: type) -> None:
    kind = GRAPH.type_map[entity.__name__]

    assert isinstance(kind, GraphQLObjectType)
    assert [interface.name for interface in kind.interfaces] == ["Node"]
    assert str(kind.fields["id"].type) == "ID!"


@pytest.mark.parametrize(
    "entity", [entity for module in MODULES for entity in module.owns], ids=lambda kind: kind.__name__
)
async def test_an_entity_is_asked_for_by_node(ask: Ask, entity: type) -> None:
    """Its owner's batch is asked with a key of its kind; there is nobody with this one."""
    key = "UA00000000000000000" if keys.entity_key(entity) is str else keys.new()
    asked = "query($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }"

    assert await ask(asked, {"id": keys.encode(entity.__name__, key)}) == {"node": None, "nodes": [None]}


async def test_a_municipality_is_found_by_its_code(ask: Ask) -> None:
    found = await ask(
        "query($id: ID!) { node(id: $id) { id ... on Municipality { code name } } }", {"id": municipality_id()}
    )

    assert found == {"node": {"id": municipality_id(), "code": KYIV, "name": "Київ"}}


def test_what_is_of_the_viewer_is_declared_so() -> None:
    """Who follows it live has updates of their own: without that one viewer would be told what is another's."""
    named = [
        (f"{kind.name}.{name}", field)
        for kind in TYPES
        if isinstance(kind, GraphQLObjectType) and kind is not GRAPH.query_type
        for name, field in kind.fields.items()
        if re.match(r"viewer[A-Z]", name)
    ]
    declared = {name: bool(definition(field).metadata.get(OF_VIEWER)) for name, field in named}
    assert {name for name, is_so in declared.items() if not is_so} == {"Presence.viewerCount"}
