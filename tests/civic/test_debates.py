"""Debates through the graph: starting, closing, reading."""

from datetime import timedelta
from typing import Any

import pytest

from modules.kernel import clock, keys
from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.civic.scenes import CLOSE, START, act, add_comment, start_debate
from tests.contents import announced, contents
from tests.people import BEGAN, BILA_TSERKVA, KYIV, LATER, PEOPLE, People, municipality_id
from tests.spending import spent

HOUR = timedelta(hours=1)
TOO_LATE = (clock.now() + timedelta(days=5 * 365 + 3)).isoformat()
NO_DEBATE = keys.encode("Debate", keys.unordered())
ABOUT = {"municipalityId": municipality_id(), "title": "Парк чи парковка?", "body": "Що буде на пустирі?"}


@pytest.mark.parametrize(
    ("who", "result"), [("nobody", "NotSignedIn"), ("mira", "DebateStarted"), ("foreign_official", "DebateStarted")]
)
async def test_everybody_who_is_signed_in_starts_debates(
    ask: Ask, storage: Storage, people: People, who: str, result: str
) -> None:
    before = await contents(storage)
    assert (await act(ask, START, getattr(people, who), **ABOUT))["__typename"] == result
    assert (await contents(storage) == before) is (result == "NotSignedIn")


@pytest.mark.parametrize(
    ("who", "result"),
    [
        ("nobody", "NotSignedIn"),
        ("taras", "NotAllowed"),
        ("moderator", "NotAllowed"),
        ("foreign_official", "NotAllowed"),
        ("mira", "DebateClosed"),
        ("official", "DebateClosed"),
    ],
)
async def test_who_started_a_debate_and_officials_there_close_it(
    ask: Ask, storage: Storage, people: People, who: str, result: str
) -> None:
    debate = await start_debate(ask, people.mira)
    before = await contents(storage)
    came = await act(ask, CLOSE, getattr(people, who), debateId=debate)
    assert came["__typename"] == result
    if result == "DebateClosed":
        assert came["debate"] == {"id": debate, "state": "CLOSED"}
        assert await announced(storage) == [("DebateClosed", {"debate_id": keys.split(debate)[1]})]
    else:
        assert await contents(storage) == before


@pytest.mark.parametrize("state", ["scheduled", "closed"])
async def test_only_an_open_debate_is_closed(ask: Ask, storage: Storage, state: str) -> None:
    later: dict[str, Any] = {"opensAt": LATER} if state == "scheduled" else {}
    debate = await start_debate(ask, **later)
    if state == "closed":
        await act(ask, CLOSE, PEOPLE.mira, debateId=debate)
    before = await contents(storage)
    assert (await act(ask, CLOSE, PEOPLE.mira, debateId=debate))["__typename"] == "DebateNotOpen"
    assert (await act(ask, CLOSE, PEOPLE.mira, debateId=NO_DEBATE))["__typename"] == "NotFound"
    assert await contents(storage) == before


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"municipalityId": municipality_id("UA00")}, "municipalityId"),
        ({"municipalityId": NO_DEBATE}, "municipalityId"),
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"body": ""}, "body"),
        ({"body": "x" * 10_001}, "body"),
        ({"closesAt": "2020-01-01T00:00:00Z"}, "closesAt"),
        ({"opensAt": LATER, "closesAt": LATER}, "closesAt"),
        ({"opensAt": TOO_LATE}, "opensAt"),
        ({"opensAt": "9999-12-31T00:00:00Z", "closesAt": "9999-12-31T00:00:00Z"}, "opensAt"),
        ({"closesAt": TOO_LATE}, "closesAt"),
    ],
)
async def test_a_debate_that_cannot_be_is_refused(
    ask: Ask, storage: Storage, wrong: dict[str, Any], field: str
) -> None:
    before = await contents(storage)
    came = await act(ask, START, PEOPLE.mira, **(ABOUT | wrong))
    assert (came["__typename"], came["code"], came["field"]) == ("InvalidInput", "BAD_USER_INPUT", field)
    assert await contents(storage) == before


async def test_a_debate_is_what_was_asked_for(ask: Ask) -> None:
    with clock.frozen(BEGAN):
        past, end = (BEGAN - HOUR).isoformat(), (BEGAN + HOUR).isoformat()
        debate = await start_debate(ask, title=" Парк? ", opensAt=past, closesAt=end)
        query = """query($id: ID!) { debate(id: $id) { id title body state isOpen opensAt closesAt commentCount
            municipality { name } openedBy { name } polls { title } } }"""
        assert (await ask(query, {"id": debate}))["debate"] == {
            "id": debate,
            "title": "Парк?",
            "body": "Що буде на пустирі?",
            "state": "OPEN",
            "isOpen": True,
            "opensAt": "2026-05-01T09:00:00Z",  # a past beginning is now
            "closesAt": "2026-05-01T10:00:00Z",
            "commentCount": 0,
            "municipality": {"name": "Київ"},
            "openedBy": {"name": "Mira"},
            "polls": [],
        }
    with clock.frozen(BEGAN + HOUR):
        assert (await ask(query, {"id": debate}))["debate"]["state"] == "CLOSED"


async def test_debates_are_found_by_municipality_state_and_words(ask: Ask) -> None:
    over = await start_debate(ask, title="Ремонт школи")
    await start_debate(ask, title="Новий парк")
    await start_debate(ask, title="Парковка", opensAt=LATER)
    await start_debate(ask, title="Парк над Россю", municipalityId=municipality_id(BILA_TSERKVA))
    await act(ask, CLOSE, PEOPLE.mira, debateId=over)
    query = 'query($f: DebateFilter, $s: String! = "") { debates(filter: $f, search: $s) { totalCount edges { node { title } } } }'

    async def found(search: str = "", **wanted: Any) -> list[str]:
        debates = (await ask(query, {"f": wanted, "s": search}))["debates"]
        assert debates["totalCount"] == len(debates["edges"])
        return [edge["node"]["title"] for edge in debates["edges"]]

    assert await found() == ["Парковка", "Парк над Россю", "Новий парк", "Ремонт школи"]
    assert await found(municipalityId=municipality_id(KYIV)) == ["Парковка", "Новий парк", "Ремонт школи"]
    assert await found(municipalityId=municipality_id(BILA_TSERKVA)) == ["Парк над Россю"]
    assert await found(state="CLOSED") == ["Ремонт школи"]
    assert await found(state="SCHEDULED") == ["Парковка"]
    assert await found(state="OPEN") == ["Парк над Россю", "Новий парк"]
    assert await found("школу") == ["Ремонт школи"]
    assert await found("парк нов") == ["Новий парк"]
    assert await found("озеро") == []


async def test_a_municipality_shows_its_debates_alone(ask: Ask) -> None:
    await start_debate(ask, title="Київ")
    await start_debate(ask, title="Біла Церква", municipalityId=municipality_id(BILA_TSERKVA))
    query = "query($code: String!) { municipality(code: $code) { debates { totalCount edges { node { title } } } } }"
    for code, title in ((KYIV, "Київ"), (BILA_TSERKVA, "Біла Церква")):
        debates = (await ask(query, {"code": code}))["municipality"]["debates"]
        assert debates == {"totalCount": 1, "edges": [{"node": {"title": title}}]}


@pytest.mark.parametrize("number", [2, 6])
async def test_the_page_of_debates_costs_six_statements_however_long(
    ask: Ask, statements: list[str], number: int
) -> None:
    for _ in range(number):
        debate = await start_debate(ask)
        for person in (PEOPLE.mira, PEOPLE.taras):
            await add_comment(ask, debate, person)
    statements.clear()
    answer = await ask("""{ debates(first: 20) { edges { node { title openedBy { name } comments(first: 10) { edges {
        node { body author { name } } } } polls { title options { text } } } } } }""")
    assert [len(edge["node"]["comments"]["edges"]) for edge in answer["debates"]["edges"]] == [2] * number
    assert spent(statements) <= 6, statements
