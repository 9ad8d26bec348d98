"""The subgraphs, composed by the composers of the world, are the stitched graph."""

from difflib import unified_diff
from typing import Any

import pytest
from graphql import build_schema, lexicographic_sort_schema, parse, print_ast, print_schema
from graphql.language import DocumentNode, ObjectTypeDefinitionNode

from gateway.app import schema
from gateway.modules import MODULES
from gateway.printing import sdl
from gateway.stitching import FEDERATION
from tests.federation.javascript import run
from tests.node_packages import require_node_modules

COMPOSERS = ("@apollo/composition", "@theguild/federation-composition")
GATEWAYS_OWN = ("node", "nodes")  # root fields that no subgraph has: the gateway finds the owner by the id


async def composed(composer: str, **changed: str) -> dict[str, Any]:
    require_node_modules()
    texts = {module.name: sdl(schema(module.name)) for module in MODULES} | changed
    services = [{"name": name, "sdl": text} for name, text in texts.items()]
    answer: dict[str, Any] = await run("compose.cjs", {"composer": composer, "services": services})
    return answer


def tidy(text: str) -> str:
    """A schema as text: sorted, without what is the gateway's own, printed by one printer."""
    document = parse(text)
    kept = tuple(_without_gateways_own(definition) for definition in document.definitions)
    text = print_ast(DocumentNode(definitions=kept))
    return print_schema(lexicographic_sort_schema(build_schema(text)))


def _without_gateways_own(definition: Any) -> Any:
    if not isinstance(definition, ObjectTypeDefinitionNode) or definition.name.value != "Query":
        return definition
    kept = tuple(field for field in definition.fields or () if field.name.value not in GATEWAYS_OWN)
    return ObjectTypeDefinitionNode(name=definition.name, description=definition.description, fields=kept)


@pytest.mark.parametrize("composer", COMPOSERS)
async def test_the_composed_graph_is_the_stitched_graph(composer: str) -> None:
    """With every description: only one subgraph tells it of a type that has parts, the others say nothing."""
    answer = await composed(composer)

    assert answer["errors"] == []
    expected, found = tidy(sdl(schema())), tidy(answer["api"])
    assert "\n".join(unified_diff(expected.splitlines(), found.splitlines(), lineterm="")) == ""


def test_only_the_gateway_has_node_and_nodes() -> None:
    stitched = sdl(schema())
    for field in GATEWAYS_OWN:
        assert f"\n  {field}(" in stitched
        assert all(f"\n  {field}(" not in sdl(schema(module.name)) for module in MODULES)


@pytest.mark.parametrize("composer", COMPOSERS)
async def test_a_composer_refuses_what_stitching_refuses(composer: str) -> None:
    """So the comparison above can fail: a field that two subgraphs define does not compose either."""
    twice = sdl(schema("voting")).replace("type Person implements Node", "type Person implements Node", 1)
    twice = twice.replace(
        'type Person implements Node @key(fields: "id") {',
        'type Person implements Node @key(fields: "id") {\n  name: String!',
    )

    assert any("name" in error for error in (await composed(composer, voting=twice))["errors"])


async def test_the_librarys_own_federation_version_is_refused_by_a_composer() -> None:
    """Why stitching names a version. When both take the newer one, it can go."""
    newer = {module.name: sdl(schema(module.name)).replace(f"v{FEDERATION}", "v2.11") for module in MODULES}

    assert (await composed("@apollo/composition", **newer))["errors"] == []
    assert "Invalid version v2.11" in (await composed("@theguild/federation-composition", **newer))["errors"][0]
