"""References, keys and parts, joined in process: what is asked is looked up, once for all that ask."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import strawberry

from gateway.execution.engine import Engine
from gateway.execution.limits import Limits
from gateway.namesakes import StitchingError
from gateway.stitching import Stitched, Subgraph
from modules.kernel.contract import Module
from tests.stitching.conftest import VILLAGE, Asking, asking, context
from tests.stitching.village import houses, neighbours, post
from tests.stitching.village.neighbours import DoorLocked
from tests.stitching.village.records import house, neighbour

Looked = list[tuple[str, int]]
ENTITIES = "query($r: [_Any!]!) { _entities(representations: $r) { SELECTION } }"
FRAGMENTS = {
    "...Key": "fragment Key on Neighbour { id ...Kind } fragment Kind on Node { __typename }",
    "...Who": "fragment Who on Neighbour { id ...Called } fragment Called on Neighbour { name }",
}


def of_houses(selection: str) -> str:
    fragments = [fragment for spread, fragment in FRAGMENTS.items() if spread in selection]
    return f"{{ houses {{ {selection} }} }} {' '.join(fragments)}"


async def test_three_modules_deep_each_is_asked_once(ask: Asking, looked: Looked) -> None:
    answer = await ask(
        "{ houses { street owner { name friends { name } } letters(most: 1) { text sender { name } } } }"
    )

    assert "errors" not in answer
    assert answer["data"]["houses"][0] == {
        "street": "Street 1",
        "owner": {"name": "Neighbour 11", "friends": [{"name": "Neighbour 12"}]},
        "letters": [{"text": "1-0", "sender": {"name": "Neighbour 11"}}],
    }
    assert answer["data"]["houses"][2]["owner"] is None  # who has moved away is nobody
    assert sorted(looked) == [("all houses", 1), ("friends", 2), ("letters", 3), ("neighbours", 3)]


@pytest.mark.parametrize(
    "selection",
    [
        "owner { id }",
        "owner { __typename id }",
        "owner { key: id kind: __typename }",
        "owner { ...Key }",
        "owner { ... on Node { id } ... { __typename } }",
        "owner { id } owner { __typename }",
    ],
)
async def test_a_reference_stays_a_key_as_long_as_only_its_key_is_asked_for(
    ask: Asking, looked: Looked, selection: str
) -> None:
    answer = await ask(of_houses(selection))

    assert "errors" not in answer
    owner = answer["data"]["houses"][0]["owner"]
    assert set(owner.values()) <= {neighbour(11), "Neighbour"}
    assert looked == [("all houses", 1)]


@pytest.mark.parametrize(
    "selection",
    [
        "owner { id name }",
        "owner { id: name }",
        "owner { ...Who }",
        "owner { ... on Neighbour { name } }",
        "owner { id } owner { name }",
        "by: owner { id } owner { name }",
    ],
)
async def test_a_reference_is_looked_up_as_soon_as_more_is_asked_for(
    ask: Asking, looked: Looked, selection: str
) -> None:
    answer = await ask(of_houses(selection))

    assert "errors" not in answer
    assert "Neighbour 11" in answer["data"]["houses"][0]["owner"].values()
    assert looked == [("all houses", 1), ("neighbours", 3)]


async def test_a_chain_of_fragments_is_walked_once(stitched: Stitched, looked: Looked) -> None:
    """Each of thirty spreads the next twice: a billion ways lead to the last. (Ordinary limits refuse such a chain.)"""
    chain = " ".join(f"fragment F{n} on Neighbour {{ ...F{n + 1} ...F{n + 1} }}" for n in range(30))
    ask = asking(stitched, Limits(depth=100, cost=10**12, nesting=1_000))
    answer = await ask(f"{{ houses {{ owner {{ ...F0 }} }} }} {chain} fragment F30 on Neighbour {{ id }}")

    assert answer["data"]["houses"][0] == {"owner": {"id": neighbour(11)}}
    assert looked == [("all houses", 1)]


@pytest.mark.parametrize("field", ["stops", "pages"])
async def test_unions_interfaces_lists_and_nulls_of_keys_are_made_whole(
    ask: Asking, looked: Looked, field: str
) -> None:
    answer = await ask(
        f"{{ rounds {{ {field} {{ __typename ... on House {{ street }} ... on Neighbour {{ name }} }} }} }}"
    )

    assert "errors" not in answer
    stops = [{"__typename": "House", "street": "Street 2"}, None, {"__typename": "Neighbour", "name": "Neighbour 12"}]
    assert answer["data"] == {"rounds": [{field: stops}, {field: stops}]}
    assert sorted(looked) == [("houses", 1), ("neighbours", 1), ("stops", 2)]


async def test_members_of_a_union_stay_keys_too(ask: Asking, looked: Looked) -> None:
    answer = await ask("{ rounds { pages { id } } }")

    assert answer["data"]["rounds"][0]["pages"] == [{"id": house(2)}, None, {"id": neighbour(12)}]
    assert looked == [("stops", 2)]


async def test_a_root_field_may_answer_with_a_key(ask: Asking, looked: Looked) -> None:
    assert (await ask("{ celebrated { name } gone { name } }"))["data"] == {
        "celebrated": {"name": "Neighbour 12"},
        "gone": None,
    }
    assert looked == [("neighbours", 2)]


async def test_a_subscription_may_push_keys(stitched: Stitched, looked: Looked) -> None:
    engine = Engine(stitched)
    document = engine.prepare("subscription ($house: ID!) { passing(houseId: $house) { name } }")
    passing = engine.subscription(document, request_id="test", variables={"house": house(1)})
    assert not isinstance(passing, dict)
    answers = await passing.answers([{"id": UUID(int=key)} for key in (11, 12)], context(), engine.programs)

    assert [answer["data"]["passing"]["name"] for answer in answers] == ["Neighbour 11", "Neighbour 12"]
    assert looked == [("neighbours", 2)]


class Unfollowed:
    @strawberry.subscription
    async def passing(self) -> AsyncIterator[int]:
        yield 1


def test_a_subscription_has_a_topic() -> None:
    module = Module(name="post", subscription=strawberry.type(Unfollowed))
    with pytest.raises(StitchingError, match="`followed`"):
        Stitched([houses.module, neighbours.module, module])


@pytest.mark.parametrize(
    ("module", "selection", "wanted", "batch"),
    [
        (neighbours, "... on Neighbour { name }", [{"name": "Neighbour 11"}, {"name": "Neighbour 12"}], "neighbours"),
        (post, "... on Neighbour { friends { id } }", [{"friends": [{"id": neighbour(12)}]}, {"friends": [{"id": neighbour(11)}]}], "friends"),
    ],
)  # fmt: skip
async def test_a_subgraph_answers_entities_in_one_batch(
    looked: Looked, module: object, selection: str, wanted: object, batch: str
) -> None:
    ask = asking(Subgraph(module.module))  # type: ignore[attr-defined]
    asked = [{"__typename": "Neighbour", "id": neighbour(number)} for number in (11, 12)]
    answer = await ask(ENTITIES.replace("SELECTION", selection), r=asked)

    assert answer == {"data": {"_entities": wanted}}
    assert looked == [(batch, 2)]


async def test_a_subgraph_tells_missing_entities_from_what_names_none(looked: Looked) -> None:
    ask = asking(Subgraph(houses.module))
    asked = [
        {"__typename": "House", "id": house(1)},
        {"__typename": "House", "id": house(9)},
        {"__typename": "House", "id": neighbour(11)},
        {"__typename": "Castle", "id": "Castle_1"},
        {"id": house(1)},
        "House",
    ]
    answer = await ask(ENTITIES.replace("SELECTION", "... on House { street }"), r=asked)

    assert answer["data"] == {"_entities": [{"street": "Street 1"}, None, None, None, None, None]}
    assert [(error["path"][1], error["extensions"]["code"]) for error in answer["errors"]] == [
        (place, "BAD_USER_INPUT") for place in (2, 3, 4, 5)
    ]


async def test_a_subgraph_says_what_a_representation_is(looked: Looked) -> None:
    answer = await asking(Subgraph(houses.module))("{ _entities(representations: [5]) { __typename } }")
    assert [error["message"] for error in answer["errors"]] == ["A representation is an object with a `__typename`."]


async def test_a_subgraph_refuses_endless_representations(looked: Looked) -> None:
    ask, asked = asking(Subgraph(houses.module)), [{"__typename": "House", "id": house(1)}]
    query = ENTITIES.replace("SELECTION", "__typename")
    assert len((await ask(query, r=asked * 1_000))["data"]["_entities"]) == 1_000
    refused = await ask(query, r=asked * 1_001)
    assert (refused["data"], refused["errors"][0]["extensions"]["code"]) == (None, "BAD_USER_INPUT")


async def test_a_lone_subgraph_leaves_foreign_entities_as_keys(looked: Looked) -> None:
    answer = await asking(Subgraph(houses.module))("{ houses { owner { id __typename } } }")

    assert answer["data"]["houses"][2] == {"owner": {"id": neighbour(13), "__typename": "Neighbour"}}
    assert looked == [("all houses", 1)]


@pytest.mark.parametrize("field", ["knock", "knockAtOnce"])
@pytest.mark.parametrize("schema", [Stitched(VILLAGE), Subgraph(neighbours.module)], ids=["stitched", "subgraph"])
async def test_a_refusal_that_the_union_has_is_an_answer(schema: object, field: str) -> None:
    ask = asking(schema)  # type: ignore[arg-type]
    query = (
        f"mutation M($door: String!) {{ r: {field}(door: $door) "
        "{ __typename ... on DoorOpened { name } ... on Refusal { code message } ... on InvalidInput { field } } }"
    )

    assert (await ask(query, door="open"))["data"] == {"r": {"__typename": "DoorOpened", "name": "Neighbour 11"}}
    for door, refusal in {
        "no": {"__typename": "NotAllowed", "code": "NOT_ALLOWED", "message": "Go away."},
        "locked": {"__typename": "DoorLocked", "code": "DOOR_LOCKED", "message": "Locked."},
        "twice": {
            "__typename": "InvalidInput",
            "code": "BAD_USER_INPUT",
            "message": "Once is enough.",
            "field": "door",
        },
    }.items():
        assert await ask(query, door=door) == {"data": {"r": refusal}}


async def test_a_refusal_that_no_union_carries_is_an_error_with_its_code(ask: Asking) -> None:
    knocked = await ask('mutation { knock(door: "empty") { __typename } }')
    listened = await ask('{ listen(door: "locked") }')

    assert knocked["data"] is None
    assert [(error["message"], error["extensions"]["code"]) for error in (*knocked["errors"], *listened["errors"])] == [
        ("Nobody lives here.", "NOT_FOUND"),
        ("Locked.", DoorLocked(message="").code),
    ]


async def test_what_is_no_refusal_is_masked(ask: Asking) -> None:
    answer = await ask('mutation { knock(door: "ghost") { __typename } }')

    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "ghost" not in str(answer)


async def test_schemas_do_not_change_each_other() -> None:
    """They are built of the same classes, in any order."""
    before = Stitched(VILLAGE).as_str()
    alone = {module.name: Subgraph(module).as_str() for module in VILLAGE}

    Stitched(tuple(reversed(VILLAGE)))
    assert {module.name: Subgraph(module).as_str() for module in reversed(VILLAGE)} == alone
    assert Stitched(VILLAGE).as_str() == before
    assert "letters" in before
    assert "letters" not in alone["houses"]
    assert "street" not in alone["post"]


async def test_the_order_of_modules_does_not_matter(looked: Looked) -> None:
    query = "{ houses { owner { name friends { name } } letters { text } } }"

    one = await asking(Stitched(VILLAGE))(query)
    other = await asking(Stitched(tuple(reversed(VILLAGE))))(query)
    assert one == other
    assert "errors" not in one
