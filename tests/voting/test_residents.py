"""Polls for residents: who votes in them, and what the others are told."""

from datetime import timedelta
from typing import Any

import pytest

from modules.kernel import clock
from modules.kernel.policy import Viewer
from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.civic.scenes import act, start_debate
from tests.contents import contents
from tests.identity import profiles, residence
from tests.people import BILA_TSERKVA, KYIV, PEOPLE, municipality_id
from tests.spending import spent
from tests.voting.scenes import CAST, Poll, cast, open_poll, votes

NOT_VERIFIED = """mutation($i: CastBallotInput!) { r: castBallot(input: $i) { __typename ...R
  ... on NotVerified { level } } }"""
SHOWN = """query($id: ID!) { poll(id: $id) { minimumLevel
  viewerCan(actions: ["castBallot"]) { allowed reason missing } } }"""
PAGE = "{ polls { edges { node { viewerCan { allowed } } } } }"


async def confirm(ask: Ask, who: Viewer) -> None:
    """Let an official see them at the desk."""
    waits = await residence.pending(ask, who, "DESK")
    done = await act(ask, residence.COMPLETE, PEOPLE.official, requestId=waits, documentNumber=residence.NUMBER)
    assert done["person"]["verificationLevel"] == "CONFIRMED"


async def tried(ask: Ask, poll: Poll, as_: Viewer) -> tuple[dict[str, Any], dict[str, Any]]:
    """What somebody is told of voting beforehand, and what comes of it."""
    told = (await ask(SHOWN, {"id": poll.id}, as_=as_))["poll"]["viewerCan"][0]
    return told, await act(ask, NOT_VERIFIED, as_, pollId=poll.id, optionId=poll.options[0])


async def test_a_poll_is_for_everybody_unless_it_says_for_whom(ask: Ask) -> None:
    plain, confirmed = await open_poll(ask), await open_poll(ask, minimumLevel="CONFIRMED")
    levels = [(await ask(SHOWN, {"id": poll.id}))["poll"]["minimumLevel"] for poll in (plain, confirmed)]
    assert levels == ["REGISTERED", "CONFIRMED"]
    assert await cast(ask, plain, PEOPLE.taras) == "BallotCast"


async def test_only_residents_vote_and_the_others_are_told_what_to_do(ask: Ask, storage: Storage) -> None:
    poll = await open_poll(ask, minimumLevel="RESIDENT")
    await residence.request(ask, PEOPLE.mira)
    assert await tried(ask, poll, PEOPLE.mira) == (
        {"allowed": True, "reason": None, "missing": []},
        {"__typename": "BallotCast"},
    )
    before = await contents(storage)
    for who in (PEOPLE.taras, PEOPLE.official, PEOPLE.platform_administrator):
        told, refused = await tried(ask, poll, who)
        assert (refused["__typename"], refused["code"], refused["level"]) == ("NotVerified", "NOT_VERIFIED", "RESIDENT")
        assert told == {"allowed": False, "reason": refused["message"], "missing": ["VERIFY_RESIDENCE"]}
    told, refused = await tried(ask, poll, PEOPLE.nobody)
    assert (refused["__typename"], told["missing"]) == ("NotSignedIn", ["SIGN_IN"])
    assert await contents(storage) == before
    assert await votes(ask, poll) == [1, 0, 0]


async def test_a_level_includes_those_before_it(ask: Ask) -> None:
    for_residents = await open_poll(ask, minimumLevel="RESIDENT")
    for_confirmed = await open_poll(ask, minimumLevel="CONFIRMED")
    await residence.request(ask, PEOPLE.mira, documentNumber="АМ 111111")
    await confirm(ask, PEOPLE.taras)
    came = [
        await cast(ask, poll, who) for poll in (for_residents, for_confirmed) for who in (PEOPLE.mira, PEOPLE.taras)
    ]
    assert came == ["BallotCast", "BallotCast", "NotVerified", "BallotCast"]


async def test_it_counts_where_somebody_lives(ask: Ask) -> None:
    """Being a resident elsewhere opens nothing here; and who moves is none of the former place any more."""
    elsewhere = municipality_id(BILA_TSERKVA)
    debate = await start_debate(ask, PEOPLE.taras, municipalityId=elsewhere)
    here, there = (
        await open_poll(ask, minimumLevel="RESIDENT"),
        await open_poll(ask, debate, PEOPLE.taras, minimumLevel="RESIDENT"),
    )
    await residence.request(ask, PEOPLE.mira)
    assert (await cast(ask, here), await cast(ask, there)) == ("BallotCast", "NotVerified")
    await residence.request(ask, PEOPLE.mira, municipalityId=elsewhere)
    another = await open_poll(ask, minimumLevel="RESIDENT")
    assert (await cast(ask, another), await cast(ask, there)) == ("NotVerified", "BallotCast")


async def test_who_takes_part_elsewhere_from_now_on_votes_as_no_resident_of_before(ask: Ask) -> None:
    first, second = [await open_poll(ask, minimumLevel="RESIDENT") for _ in range(2)]
    await residence.request(ask, PEOPLE.mira)
    assert await cast(ask, first) == "BallotCast"
    for place in (BILA_TSERKVA, KYIV):
        await profiles.update(ask, PEOPLE.mira, municipalityId=municipality_id(place))
        assert await cast(ask, second) == "NotVerified"
    await residence.request(ask, PEOPLE.mira)
    assert await cast(ask, second) == "BallotCast"


async def test_what_has_expired_does_not_count(ask: Ask) -> None:
    poll = await open_poll(ask, minimumLevel="RESIDENT")
    await residence.request(ask, PEOPLE.mira)
    with clock.frozen(clock.now() + timedelta(days=731)):
        told, refused = await tried(ask, poll, PEOPLE.mira)
        assert (refused["__typename"], told["missing"]) == ("NotVerified", ["VERIFY_RESIDENCE"])
    assert await cast(ask, poll) == "BallotCast"


async def test_a_level_that_does_not_exist_opens_nothing(ask: Ask, storage: Storage) -> None:
    debate = await start_debate(ask)
    before = await contents(storage)
    asked = {"debateId": debate, "title": "Де?", "options": ["Тут", "Там"], "minimumLevel": "NEIGHBOUR"}
    text = "mutation($i: OpenPollInput!) { openPoll(input: $i) { __typename } }"
    answer = await ask.answer(text, {"i": asked}, as_=PEOPLE.official)
    assert "minimumLevel" in answer["errors"][0]["message"]
    assert await contents(storage) == before


@pytest.mark.parametrize("level", ["REGISTERED", "RESIDENT"])
async def test_a_page_is_told_of_in_two_statements_more(ask: Ask, statements: list[str], level: str) -> None:
    """Who has voted where, and where somebody lives; the latter only when one of the polls is for residents."""
    costs = []
    for polls in (1, 4):
        for _ in range(polls):
            await open_poll(ask, minimumLevel=level)
        await ask(PAGE, as_=PEOPLE.mira)
        statements.clear()
        await ask(PAGE, as_=PEOPLE.mira)
        costs.append(spent(statements))
    assert costs == [2 if level == "REGISTERED" else 3] * 2


async def test_the_ballot_costs_one_statement_more(ask: Ask, statements: list[str]) -> None:
    costs = []
    await residence.request(ask, PEOPLE.mira)
    for level in ("REGISTERED", "RESIDENT"):
        poll = await open_poll(ask, minimumLevel=level)
        statements.clear()
        await act(ask, CAST, PEOPLE.mira, pollId=poll.id, optionId=poll.options[0])
        costs.append(spent(statements))
    assert costs[1] == costs[0] + 1
