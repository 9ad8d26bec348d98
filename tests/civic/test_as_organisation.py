"""Debates and comments in the name of an organisation: who may, what is shown, what stays."""

from typing import Any

from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.civic.scenes import COMMENT, HIDE, START, act, add_comment, following, start_debate
from tests.contents import contents
from tests.identity.organisation_scenes import CHANGE_ROLE, DECIDE, LEAVE, create, join, verify
from tests.people import PEOPLE, municipality_id, person_id

SHOWN = """query($id: ID!) { debate(id: $id) { openedBy { name } openedByOrganisation { name edrpou }
  comments { edges { node { author { name } organisation { name edrpou } } } } } }"""
SAID = """query($id: ID!) { organisation(id: $id) { debates { totalCount edges { node { id } } }
  comments { totalCount edges { node { body author { name } } } } } }"""
CRUCHI = {"name": "Дніпровські кручі", "edrpou": "32855961"}


async def shown(ask: Ask, debate: str) -> Any:
    found = (await ask(SHOWN, {"id": debate}))["debate"]
    return found | {"comments": [edge["node"] for edge in found["comments"]["edges"]]}


async def test_the_graph_shows_the_person_and_the_organisation_whoever_leaves_later(ask: Ask) -> None:
    organisation = await create(ask)
    await join(ask, organisation, PEOPLE.taras, "ADMIN")
    await verify(ask, organisation)
    debate = await start_debate(ask, PEOPLE.mira, asOrganisationId=organisation)
    await add_comment(ask, debate, PEOPLE.taras, asOrganisationId=organisation)
    await add_comment(ask, debate, PEOPLE.taras)
    expected = {
        "openedBy": {"name": "Mira"},
        "openedByOrganisation": CRUCHI,
        "comments": [
            {"author": {"name": "Taras"}, "organisation": CRUCHI},
            {"author": {"name": "Taras"}, "organisation": None},
        ],
    }
    assert await shown(ask, debate) == expected

    await act(ask, LEAVE, PEOPLE.taras, organisationId=organisation)
    assert await shown(ask, debate) == expected
    refused = await act(ask, COMMENT, PEOPLE.taras, debateId=debate, body="Ще.", asOrganisationId=organisation)
    assert refused["code"] == "NOT_ALLOWED"


async def test_who_may_not_speak_for_it_says_nothing(ask: Ask, storage: Storage) -> None:
    organisation, unverified = await create(ask), await create(ask, name="Ніким не знана")
    request = await verify(ask, organisation)
    await join(ask, organisation, PEOPLE.taras)
    debate = await start_debate(ask)
    start = {"municipalityId": municipality_id(), "title": "Ринок", "body": "Де?"}
    for who, name, code in (
        (PEOPLE.nobody, organisation, "NOT_SIGNED_IN"),
        (PEOPLE.taras, organisation, "NOT_ALLOWED"),  # a member, no admin
        (PEOPLE.official, organisation, "NOT_ALLOWED"),  # a stranger who decides on it
        (PEOPLE.mira, unverified, "NOT_ALLOWED"),  # its creator, but nobody vouches for it
        (PEOPLE.mira, "Organisation_" + "0" * 32, "NOT_ALLOWED"),
        (PEOPLE.mira, "Person_" + "0" * 32, "BAD_USER_INPUT"),
    ):
        before = await contents(storage)
        assert (await act(ask, COMMENT, who, debateId=debate, body="Так.", asOrganisationId=name))["code"] == code
        assert (await act(ask, START, who, **start, asOrganisationId=name))["code"] == code
        assert await contents(storage) == before

    await act(
        ask, CHANGE_ROLE, PEOPLE.mira, organisationId=organisation, personId=person_id(PEOPLE.taras), role="ADMIN"
    )
    spoken = {"debateId": debate, "body": "Так.", "asOrganisationId": organisation}
    assert (await act(ask, COMMENT, PEOPLE.taras, **spoken))["__typename"] == "CommentAdded"
    await act(ask, DECIDE, PEOPLE.official, verificationId=request, verdict="REJECTED", reason="Не та печатка.")
    assert (await act(ask, COMMENT, PEOPLE.taras, **spoken))["code"] == "NOT_ALLOWED"


async def test_an_organisation_has_what_was_said_in_its_name_and_is_not_hidden(ask: Ask) -> None:
    organisation = await create(ask)
    await verify(ask, organisation)
    debate = await start_debate(ask, asOrganisationId=organisation)
    await start_debate(ask)
    said = [await add_comment(ask, debate, body=body, asOrganisationId=organisation) for body in ("Перше", "Друге")]
    await add_comment(ask, debate, body="Своє")
    await act(ask, HIDE, PEOPLE.moderator, commentId=said[0], reason="SPAM")

    found = (await ask(SAID, {"id": organisation}))["organisation"]
    assert found == {
        "debates": {"totalCount": 1, "edges": [{"node": {"id": debate}}]},
        "comments": {"totalCount": 1, "edges": [{"node": {"body": "Друге", "author": {"name": "Mira"}}}]},
    }


async def test_a_live_debate_tells_in_whose_name_a_comment_is(ask: Ask) -> None:
    organisation = await create(ask)
    await verify(ask, organisation)
    debate = await start_debate(ask)
    read = await ask("query($id: ID!) { debate(id: $id) { liveCursor } }", {"id": debate})
    await add_comment(ask, debate, asOrganisationId=organisation)
    query = """subscription($id: ID!, $after: Cursor) { debateEvents(debateId: $id, after: $after) {
        event { ... on CommentAdded { comment { author { name } organisation { name edrpou } } } } } }"""
    async with following(ask, query, id=debate, after=read["debate"]["liveCursor"]) as heard:
        push = await heard()
    comment = {"author": {"name": "Mira"}, "organisation": CRUCHI}
    assert push == {"data": {"debateEvents": {"event": {"comment": comment}}}}
