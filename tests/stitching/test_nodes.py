"""`node` and `nodes` of the village: any entity, by the type that its id names."""

import pytest

from tests.stitching.conftest import Asking
from tests.stitching.village.records import house, neighbour

NODE = "query($id: ID!) { node(id: $id) { __typename id ... on House { street letters { text } } ... on Square { trees } } }"
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on House { street } ... on Neighbour { name } } }"
Looked = list[tuple[str, int]]


async def test_any_entity_is_found_with_what_others_add(ask: Asking, looked: Looked) -> None:
    answer = await ask(NODE, id=house(2))

    letters = [{"text": "2-0"}, {"text": "2-1"}]
    assert answer["data"]["node"] == {"__typename": "House", "id": house(2), "street": "Street 2", "letters": letters}
    assert looked == [("houses", 1), ("letters", 1)]


async def test_an_entity_is_found_by_its_code(ask: Asking) -> None:
    assert (await ask(NODE, id="Square_main"))["data"]["node"] == {
        "__typename": "Square",
        "id": "Square_main",
        "trees": 7,
    }


@pytest.mark.parametrize(
    "id",
    [
        *(
            "",
            "_",
            "House",
            "House_",
            "House_1",
            "House_zz",
            "Castle_1",
            "Query_1",
            "Letter_1",
            "Node_1",
            "__typename_1",
        ),
        *(f"{house(1)}0", f" {house(1)}", house(1).replace("House", "house"), "Square_", "Square_main_"),
        "Square_площа",
    ],
)
async def test_an_id_of_nothing_is_null_and_costs_nothing(ask: Asking, looked: Looked, id: str) -> None:
    assert await ask(NODE, id=id) == {"data": {"node": None}}
    assert looked == ([("squares", 1)] if id == "Square_main_" else [])


async def test_an_id_of_what_is_gone_is_null_even_when_only_the_id_is_asked_for(ask: Asking, looked: Looked) -> None:
    assert await ask("query($id: ID!) { node(id: $id) { id } }", id=house(9)) == {"data": {"node": None}}
    assert looked == [("houses", 1)]


async def test_many_are_found_in_their_order_each_owner_asked_once(ask: Asking, looked: Looked) -> None:
    ids = [house(2), neighbour(11), "Castle_1", house(9), house(1), "nonsense", neighbour(12), house(2)]
    answer = await ask(NODES, ids=ids)

    assert answer["data"]["nodes"] == [
        {"street": "Street 2"},
        {"name": "Neighbour 11"},
        None,
        None,
        {"street": "Street 1"},
        None,
        {"name": "Neighbour 12"},
        {"street": "Street 2"},
    ]
    assert sorted(looked) == [("houses", 3), ("neighbours", 2)]


@pytest.mark.parametrize("count", [0, 1, 100])
async def test_up_to_a_hundred_are_found(ask: Asking, count: int) -> None:
    answer = await ask(NODES, ids=[house(1)] * count)

    assert answer["data"]["nodes"] == [{"street": "Street 1"}] * count


async def test_more_than_a_hundred_are_refused(ask: Asking, looked: Looked) -> None:
    answer = await ask(NODES, ids=[house(1)] * 101)

    [error] = answer["errors"]
    assert answer["data"] is None
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("BAD_USER_INPUT", "ids")
    assert error["message"] == "`ids` takes at most 100 ids, not 101."
    assert looked == []
