"""Polls through the graph: opening, closing, reading."""

from datetime import timedelta
from typing import Any

import pytest

from modules.kernel import clock, keys
from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.civic.scenes import CLOSE as CLOSE_DEBATE
from tests.civic.scenes import act, start_debate
from tests.contents import announced, contents
from tests.people import BEGAN, BILA_TSERKVA, KYIV, LATER, PEOPLE, People, municipality_id
from tests.voting.scenes import CLOSE, OPEN, cast, open_poll

HOUR = timedelta(hours=1)
TOO_LATE = (clock.now() + timedelta(days=5 * 365 + 3)).isoformat()
NO_DEBATE = keys.encode("Debate", keys.unordered())
NO_POLL = keys.encode("Poll", keys.unordered())
QUESTION = {"title": "Що будуємо?", "options": ["Парк", "Школу"]}


@pytest.mark.parametrize(
    ("who", "result"),
    [
        ("nobody", "NotSignedIn"),
        ("taras", "NotAllowed"),
        ("moderator", "NotAllowed"),
        ("foreign_official", "NotAllowed"),
        ("mira", "PollOpened"),
        ("official", "PollOpened"),
    ],
)
async def test_who_started_the_debate_and_officials_there_open_polls(
    ask: Ask, storage: Storage, people: People, who: str, result: str
) -> None:
    debate = await start_debate(ask, people.mira)
    before = await contents(storage)
    came = await act(ask, OPEN, getattr(people, who), debateId=debate, **QUESTION)
    assert came["__typename"] == result
    if result == "PollOpened":
        assert [name for name, _ in await announced(storage)] == ["PollOpened"]
    else:
        assert await contents(storage) == before


@pytest.mark.parametrize(
    ("who", "result"),
    [
        ("nobody", "NotSignedIn"),
        ("taras", "NotAllowed"),
        ("moderator", "NotAllowed"),
        ("foreign_official", "NotAllowed"),
        ("mira", "PollClosed"),
        ("official", "PollClosed"),
    ],
)
async def test_who_opened_a_poll_and_officials_there_close_it(
    ask: Ask, storage: Storage, people: People, who: str, result: str
) -> None:
    debate = await start_debate(ask)
    poll = await open_poll(ask, debate, as_=people.mira)
    before = await contents(storage)
    came = await act(ask, CLOSE, getattr(people, who), pollId=poll.id)
    assert came["__typename"] == result
    if result == "PollClosed":
        assert came["poll"] == {"state": "CLOSED", "isOpen": False}
        told = {"poll_id": poll.key.hex}
        on_debate = told | {"debate_id": keys.split(debate)[1]}
        assert await announced(storage) == [
            ("VotingClosed", told),
            ("PollOpened", on_debate),
            ("PollClosed", on_debate),
        ]
    else:
        assert await contents(storage) == before


async def test_an_opened_poll_is_what_was_asked_for(ask: Ask) -> None:
    with clock.frozen(BEGAN):
        debate = await start_debate(ask)
        past, end = (BEGAN - HOUR).isoformat(), (BEGAN + HOUR).isoformat()
        asked = {"title": " Що  будуємо? ", "options": [" Парк", "Школу"], "opensAt": past, "closesAt": end}
        poll = (await act(ask, OPEN, PEOPLE.mira, debateId=debate, **asked))["poll"]
    ids = [option.pop("id") for option in poll["options"]]
    assert [keys.split(option)[0] for option in ids] == ["PollOption"] * 2
    assert poll == {
        "id": poll["id"],
        "title": "Що будуємо?",
        "state": "OPEN",
        "opensAt": "2026-05-01T09:00:00Z",  # a past beginning is now
        "closesAt": "2026-05-01T10:00:00Z",
        "options": [{"text": "Парк", "position": 1}, {"text": "Школу", "position": 2}],
    }


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"debateId": NO_DEBATE}, ("NotFound", None)),
        ({"debateId": NO_POLL}, ("InvalidInput", "debateId")),
        ({"title": " "}, ("InvalidInput", "title")),
        ({"title": "x" * 201}, ("InvalidInput", "title")),
        ({"options": ["одна"]}, ("InvalidInput", "options")),
        ({"options": ["Так", "так"]}, ("InvalidInput", "options")),
        ({"closesAt": (BEGAN - HOUR).isoformat()}, ("InvalidInput", "closesAt")),
        ({"opensAt": LATER, "closesAt": LATER}, ("InvalidInput", "closesAt")),
        ({"opensAt": TOO_LATE}, ("InvalidInput", "opensAt")),
        ({"closesAt": TOO_LATE}, ("InvalidInput", "closesAt")),
    ],
)
async def test_a_poll_that_cannot_be_is_refused(
    ask: Ask, storage: Storage, wrong: dict[str, Any], refusal: tuple[str, str | None]
) -> None:
    asked = {"debateId": await start_debate(ask), **QUESTION} | wrong
    before = await contents(storage)
    came = await act(ask, OPEN, PEOPLE.official, **asked)
    assert (came["__typename"], came.get("field")) == refusal
    assert await contents(storage) == before


async def test_a_debate_that_is_over_takes_no_polls(ask: Ask, storage: Storage) -> None:
    debate = await start_debate(ask)
    await act(ask, CLOSE_DEBATE, PEOPLE.mira, debateId=debate)
    before = await contents(storage)
    came = await act(ask, OPEN, PEOPLE.mira, debateId=debate, **QUESTION)
    assert (came["__typename"], came["field"]) == ("InvalidInput", "debateId")
    assert await contents(storage) == before


@pytest.mark.parametrize("state", ["scheduled", "closed"])
async def test_only_an_open_poll_is_closed(ask: Ask, storage: Storage, state: str) -> None:
    later: dict[str, Any] = {"opensAt": LATER} if state == "scheduled" else {}
    poll = await open_poll(ask, **later)
    if state == "closed":
        await act(ask, CLOSE, PEOPLE.official, pollId=poll.id)
    before = await contents(storage)
    assert (await act(ask, CLOSE, PEOPLE.official, pollId=poll.id))["__typename"] == "PollNotOpen"
    assert (await act(ask, CLOSE, PEOPLE.official, pollId=NO_POLL))["__typename"] == "NotFound"
    assert await contents(storage) == before


async def test_a_poll_points_at_its_debate_municipality_and_opener(ask: Ask) -> None:
    debate = await start_debate(ask)
    poll = await open_poll(ask, debate)
    query = """query($id: ID!) { node(id: $id) { ... on Poll {
        debate { id title } municipality { name } openedBy { name } viewerHasVoted ballotCount } } }"""
    assert (await ask(query, {"id": poll.id}))["node"] == {
        "debate": {"id": debate, "title": "Парк чи парковка?"},
        "municipality": {"name": "Київ"},
        "openedBy": {"name": "Official"},
        "viewerHasVoted": False,
        "ballotCount": 0,
    }


async def test_an_unknown_poll_is_null(ask: Ask) -> None:
    query = "query($id: ID!) { poll(id: $id) { title } node(id: $id) { id } }"
    assert await ask(query, {"id": NO_POLL}) == {"poll": None, "node": None}


async def test_polls_are_found_by_debate_municipality_and_state(ask: Ask) -> None:
    kyiv, other = await start_debate(ask), await start_debate(ask)
    away = await start_debate(ask, municipalityId=municipality_id(BILA_TSERKVA))
    opened = [
        await open_poll(ask, kyiv, title="closed"),
        await open_poll(ask, kyiv, title="open"),
        await open_poll(ask, kyiv, title="scheduled", opensAt=LATER),
        await open_poll(ask, other, title="other"),
        await open_poll(ask, away, PEOPLE.mira, title="away"),
    ]
    await act(ask, CLOSE, PEOPLE.official, pollId=opened[0].id)
    query = "query($f: PollFilter) { polls(filter: $f) { totalCount edges { node { title } } } }"

    async def found(**wanted: Any) -> list[str]:
        polls = (await ask(query, {"f": wanted}))["polls"]
        assert polls["totalCount"] == len(polls["edges"])
        return [edge["node"]["title"] for edge in polls["edges"]]

    assert await found() == ["scheduled", "away", "other", "open", "closed"]
    assert await found(debateId=kyiv) == ["scheduled", "open", "closed"]
    assert await found(municipalityId=municipality_id(KYIV)) == ["scheduled", "other", "open", "closed"]
    assert await found(municipalityId=municipality_id(BILA_TSERKVA)) == ["away"]
    assert await found(state="CLOSED") == ["closed"]
    assert await found(state="SCHEDULED") == ["scheduled"]
    assert await found(state="OPEN") == ["away", "other", "open"]
    assert await found(debateId=kyiv, state="OPEN") == ["open"]


async def test_polls_are_paged(ask: Ask) -> None:
    debate = await start_debate(ask)
    for number in range(5):
        await open_poll(ask, debate, title=str(number))
    query = """query($after: Cursor, $f: PollFilter) {
        polls(first: 2, after: $after, filter: $f) { pageInfo { hasNextPage endCursor } edges { node { title } } } }"""
    seen, after = [], None
    for _ in range(3):
        polls = (await ask(query, {"after": after}))["polls"]
        seen.append([edge["node"]["title"] for edge in polls["edges"]])
        after = polls["pageInfo"]["endCursor"]
    assert seen == [["4", "3"], ["2", "1"], ["0"]]
    assert not polls["pageInfo"]["hasNextPage"]
    refused = await ask.answer(query, {"after": after, "f": {"state": "OPEN"}})
    assert refused["errors"][0]["extensions"]["field"] == "after"


async def test_a_debate_shows_its_polls_oldest_first(ask: Ask) -> None:
    debate, silent = await start_debate(ask), await start_debate(ask)
    for title in ("one", "two", "three"):
        await open_poll(ask, debate, title=title)
    query = "query($ids: [ID!]!, $n: Int!) { nodes(ids: $ids) { ... on Debate { polls(first: $n) { title options { text } } } } }"
    options = [{"text": text} for text in ("Парк", "Школу", "Ринок")]
    first, second = (await ask(query, {"ids": [debate, silent], "n": 2}))["nodes"]
    assert first["polls"] == [{"title": "one", "options": options}, {"title": "two", "options": options}]
    assert second["polls"] == []
    refused = await ask.answer(query, {"ids": [debate], "n": -1})
    assert refused["errors"][0]["extensions"]["field"] == "first"


async def test_a_municipality_shows_its_polls_alone(ask: Ask) -> None:
    await open_poll(ask, title="Київ")
    away = await start_debate(ask, municipalityId=municipality_id(BILA_TSERKVA))
    await open_poll(ask, away, PEOPLE.mira, title="Біла Церква")
    query = "query($code: String!) { municipality(code: $code) { polls { totalCount edges { node { title } } } } }"
    for code, title in ((KYIV, "Київ"), (BILA_TSERKVA, "Біла Церква")):
        polls = (await ask(query, {"code": code}))["municipality"]["polls"]
        assert polls == {"totalCount": 1, "edges": [{"node": {"title": title}}]}


@pytest.mark.parametrize("number", [2, 6])
async def test_lists_of_polls_cost_the_same_statements_however_long(
    ask: Ask, statements: list[str], number: int
) -> None:
    debates = [await start_debate(ask) for _ in range(2)]
    for place in range(number):
        poll = await open_poll(ask, debates[place % 2])
        await cast(ask, poll, PEOPLE.mira)
    statements.clear()
    await ask("{ debates { edges { node { title polls { title options { text } } } } } }")
    assert len(statements) == 3, statements
    statements.clear()
    query = """{ polls { edges { node { title debate { title } municipality { name } openedBy { name } ballotCount
        viewerHasVoted options { text } tally { version total options { option { text } votes } } } } } }"""
    answer = await ask(query, as_=PEOPLE.mira)
    assert [edge["node"]["tally"]["total"] for edge in answer["polls"]["edges"]] == [1] * number
    assert len(statements) == 5, statements
    assert sum("GROUP BY voting_option.id" in statement for statement in statements) == 1
