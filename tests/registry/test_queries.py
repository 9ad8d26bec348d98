"""The register as the graph shows it."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from gateway.execution.answers import encoded
from modules.kernel import keys
from modules.kernel.storage import Storage
from modules.registry.imports import Entity, put_legal_entities
from modules.registry.queries import ORDERS, LegalEntityOrder
from modules.registry.relations import LEGAL_ENTITY
from modules.registry.rules import LegalEntityKind
from modules.registry.tables import LegalEntityRow
from tests.asking import Ask
from tests.people import BILA_TSERKVA, KYIV, municipality_id
from tests.spending import spent

SAD, KYIV_BRANCH, BILA_BRANCH, LIBRARY, WRONG = "00013497", "14360570", "20077720", "00032129", "12345670"

ENTITIES = [
    Entity(SAD, "Політична партія «Сад»", LegalEntityKind.PARTY, "Україна", short_name="Сад"),
    Entity(
        KYIV_BRANCH,
        "Київський осередок партії «Сад»",
        LegalEntityKind.PARTY_BRANCH,
        "м.Київ",
        SAD,
        municipality_id=KYIV,
    ),
    Entity(
        BILA_BRANCH,
        "Білоцерківський осередок",
        LegalEntityKind.PARTY_BRANCH,
        "Київська обл.",
        SAD,
        municipality_id=BILA_TSERKVA,
    ),
    Entity(LIBRARY, "Бібліотека імені Лук’яненка", LegalEntityKind.LIBRARY, "м.Київ", municipality_id=KYIV),
    Entity(WRONG, "Обʼєднання 100%", LegalEntityKind.OTHER),
]


@pytest.fixture(autouse=True)
async def register(storage: Storage) -> None:
    async with storage.writing() as work:
        await put_legal_entities(work, ENTITIES)
    async with storage.writing() as work:  # later than the others
        await put_legal_entities(
            work,
            [
                Entity(
                    LIBRARY,
                    "Бібліотека імені Лук’яненка",
                    LegalEntityKind.LIBRARY,
                    "м.Київ",
                    municipality_id=KYIV,
                    short_name="Бібліотека",
                )
            ],
        )


def entity_id(edrpou: str) -> str:
    return keys.encode("LegalEntity", keys.derived("UA-EDR", edrpou))


LIST = """query($filter: LegalEntityFilter, $search: String! = "", $orderBy: LegalEntityOrder! = EDRPOU, $first: Int! = 20, $after: Cursor) {
  legalEntities(filter: $filter, search: $search, orderBy: $orderBy, first: $first, after: $after) {
    edges { node { edrpou } } totalCount pageInfo { hasNextPage endCursor } } }"""


async def listed(ask: Ask, **variables: Any) -> list[str]:
    found = (await ask(LIST, variables))["legalEntities"]
    assert found["totalCount"] == len(found["edges"])
    return [edge["node"]["edrpou"] for edge in found["edges"]]


async def test_an_entity_shows_what_it_is(ask: Ask) -> None:
    found = await ask(
        """query($edrpou: String!) { legalEntity(edrpou: $edrpou) {
            id edrpou name shortName kind region municipality { name } parent { edrpou parent { id } } isVerified
            branches { totalCount } identifier { scheme id legalName } updatedAt } }""",
        {"edrpou": KYIV_BRANCH},
    )
    assert encoded(found["legalEntity"].pop("updatedAt")).endswith(b'Z"')
    assert found["legalEntity"] == {
        "id": entity_id(KYIV_BRANCH),
        "edrpou": KYIV_BRANCH,
        "name": "Київський осередок партії «Сад»",
        "shortName": "",
        "kind": "PARTY_BRANCH",
        "region": "м.Київ",
        "municipality": {"name": "Київ"},
        "parent": {"edrpou": SAD, "parent": None},
        "isVerified": True,
        "branches": {"totalCount": 0},
        "identifier": {"scheme": "UA-EDR", "id": KYIV_BRANCH, "legalName": "Київський осередок партії «Сад»"},
    }


async def test_an_unknown_code_is_null_and_what_is_no_code_is_refused(ask: Ask) -> None:
    assert await ask('{ legalEntity(edrpou: "99999999") { id } }') == {"legalEntity": None}
    for bad in ("", "13497", "000134977", " 0013497", "0001349a", "٠٠٠١٣٤٩٧"):
        answer = await ask.answer("query($e: String!) { legalEntity(edrpou: $e) { id } }", {"e": bad})
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert "EDRPOU" in error["message"]


async def test_node_finds_an_entity(ask: Ask) -> None:
    query = "query($id: ID!) { node(id: $id) { id ... on LegalEntity { edrpou } } }"
    assert (await ask(query, {"id": entity_id(SAD)}))["node"] == {"id": entity_id(SAD), "edrpou": SAD}


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        (None, {SAD, KYIV_BRANCH, BILA_BRANCH, LIBRARY, WRONG}),
        ({}, {SAD, KYIV_BRANCH, BILA_BRANCH, LIBRARY, WRONG}),
        ({"kind": "PARTY_BRANCH"}, {KYIV_BRANCH, BILA_BRANCH}),
        ({"municipalityId": municipality_id(KYIV)}, {KYIV_BRANCH, LIBRARY}),
        ({"municipalityId": municipality_id("UA99000000000000000")}, set()),
        ({"parentId": entity_id(SAD)}, {KYIV_BRANCH, BILA_BRANCH}),
        ({"isVerified": False}, {WRONG}),
        ({"isVerified": True}, {SAD, KYIV_BRANCH, BILA_BRANCH, LIBRARY}),
        ({"region": "м.Київ"}, {KYIV_BRANCH, LIBRARY}),
        ({"region": ""}, {WRONG}),
        ({"region": "м.Київ", "kind": "LIBRARY", "isVerified": True}, {LIBRARY}),
    ],
)
async def test_a_filter_narrows(ask: Ask, filter: dict[str, Any] | None, expected: set[str]) -> None:
    assert await listed(ask, filter=filter) == sorted(expected)


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("партія", {SAD, KYIV_BRANCH}),
        ("київська партія", {KYIV_BRANCH}),
        ("сади", {SAD, KYIV_BRANCH}),
        ("Лук'яненко", {LIBRARY}),
        ("бібліотеці", {LIBRARY}),
        ("0003", {LIBRARY}),
        ("об'єднань", {WRONG}),
        ("%", {SAD, KYIV_BRANCH, BILA_BRANCH, LIBRARY, WRONG}),
        ("слон", set()),
    ],
)
async def test_search_finds_names_short_names_and_codes(ask: Ask, search: str, expected: set[str]) -> None:
    assert await listed(ask, search=search) == sorted(expected)


async def test_orders(ask: Ask) -> None:
    names = sorted(ENTITIES, key=lambda entity: entity.name)
    assert await listed(ask, orderBy="NAME") == [entity.edrpou for entity in names]
    assert await listed(ask, orderBy="EDRPOU") == sorted(entity.edrpou for entity in ENTITIES)
    assert (await listed(ask, orderBy="NEWEST"))[0] == LIBRARY


@pytest.mark.parametrize("order", ["NAME", "EDRPOU", "NEWEST"])
async def test_pages_follow_each_other(ask: Ask, order: str) -> None:
    whole, read, after = await listed(ask, orderBy=order), [], None
    for _ in range(5):
        page = (await ask(LIST, {"orderBy": order, "first": 1, "after": after}))["legalEntities"]
        read += [edge["node"]["edrpou"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
    assert read == whole
    assert page["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize(
    ("variables", "field"),
    [
        ({"filter": {"parentId": municipality_id(KYIV)}}, "filter.parentId"),
        ({"filter": {"parentId": ""}}, "filter.parentId"),
        ({"filter": {"municipalityId": "UA80000000000093317"}}, "filter.municipalityId"),
        ({"first": 101}, "first"),
        ({"after": "nonsense"}, "after"),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_name(ask: Ask, variables: dict[str, Any], field: str) -> None:
    (error,) = (await ask.answer(LIST, variables))["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert field in error["message"]


async def test_a_cursor_of_another_list_is_refused(ask: Ask) -> None:
    page = (await ask(LIST, {"first": 1}))["legalEntities"]
    answer = await ask.answer(LIST, {"orderBy": "NAME", "after": page["pageInfo"]["endCursor"]})
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_relations_cost_one_statement_a_level(ask: Ask, statements: list[str]) -> None:
    statements.clear()
    found = await ask(
        """{ legalEntities(orderBy: EDRPOU) { edges { node { edrpou municipality { name legalEntities { edges { node { edrpou } } } }
             parent { name } branches(first: 1) { edges { node { edrpou } } pageInfo { hasNextPage } } } } } }"""
    )
    nodes = {edge["node"]["edrpou"]: edge["node"] for edge in found["legalEntities"]["edges"]}
    own = [edge["node"]["edrpou"] for edge in nodes[LIBRARY]["municipality"]["legalEntities"]["edges"]]
    assert own == [LIBRARY, KYIV_BRANCH]
    assert nodes[SAD]["branches"] == {
        "edges": [{"node": {"edrpou": BILA_BRANCH}}],
        "pageInfo": {"hasNextPage": True},
    }
    assert nodes[WRONG]["municipality"] is None and nodes[WRONG]["branches"]["edges"] == []
    assert nodes[BILA_BRANCH]["parent"] == {"name": "Політична партія «Сад»"}
    assert spent(statements) == 3, "\n\n".join(statements)


@pytest.mark.parametrize(
    ("where", "order", "index"),
    [
        ({}, LegalEntityOrder.NAME, "registry_legal_entity_name"),
        ({}, LegalEntityOrder.NEWEST, "registry_legal_entity_updated"),
        ({}, LegalEntityOrder.EDRPOU, "registry_legal_entity_edrpou_key"),
        ({"kind": LegalEntityKind.PARTY}, LegalEntityOrder.NAME, "registry_legal_entity_kind"),
        ({"municipality_id": KYIV}, LegalEntityOrder.NAME, "registry_legal_entity_municipality"),
        ({"parent_id": keys.derived("UA-EDR", SAD)}, LegalEntityOrder.NAME, "registry_legal_entity_parent"),
    ],
)
async def test_lists_are_read_from_an_index_in_its_order(
    storage: Storage, where: dict[str, Any], order: LegalEntityOrder, index: str
) -> None:
    statement = LEGAL_ENTITY.where(*(col(getattr(LegalEntityRow, name)) == value for name, value in where.items()))
    ordered = statement.order_by(*ORDERS[order].clauses()).limit(21)
    plan = await explained(storage, ordered)
    assert index in plan or "autoindex" in plan  # SQLite names those of unique columns itself
    assert "Sort" not in plan and "TEMP B-TREE" not in plan


async def explained(storage: Storage, statement: sa.Select[Any]) -> str:
    """How the database reads a statement; PostgreSQL is told not to prefer what suits a table of five rows."""
    async with storage.writing() as work:
        is_postgres = work.dialect == "postgresql"
        for other in ("seqscan", "bitmapscan", "sort") if is_postgres else ():
            await work.run(sa.text(f"set local enable_{other} = off"))
        sql = statement.compile(dialect=storage.writer.dialect, compile_kwargs={"literal_binds": True})
        rows = await work.rows(sa.text(f"explain {'' if is_postgres else 'query plan'} {sql}".replace(":", "\\:")))
    return "\n".join(str(row) for row in rows)
