"""Organisations: founding, joining, leaving, roles; and what anybody reads of them."""

import asyncio
from typing import Any

from modules.kernel.policy import Viewer
from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.civic.scenes import act
from tests.contents import announced, contents
from tests.identity.organisation_scenes import (
    ANSWER,
    CHANGE_ROLE,
    CREATE,
    INVITE,
    LEAVE,
    REMOVE,
    REQUEST,
    create,
    join,
    roles,
    verify,
)
from tests.people import BILA_TSERKVA, PEOPLE, municipality_id, person_id

LIST = """query($f: OrganisationFilter, $s: String! = "", $o: OrganisationOrder! = NAME, $n: Int! = 20, $a: Cursor) {
  organisations(filter: $f, search: $s, orderBy: $o, first: $n, after: $a) {
    totalCount edges { node { name } } pageInfo { endCursor hasNextPage } } }"""


async def names(ask: Ask, **variables: Any) -> list[str]:
    found = (await ask(LIST, variables))["organisations"]
    return [edge["node"]["name"] for edge in found["edges"]]


async def test_who_founds_it_is_its_creator_under_a_tidy_name(ask: Ask, storage: Storage) -> None:
    place = municipality_id(BILA_TSERKVA)
    told = {
        "name": "  Рось   жива ",
        "about": " Про річку. ",
        "website": "https://ros.example.org/",
        "municipalityId": place,
    }
    organisation = await create(ask, PEOPLE.mira, **told)

    shown = "{ name about website municipality { name } createdAt verificationState edrpou }"
    found = await ask(
        f"query($id: ID!) {{ organisation(id: $id) {shown} node(id: $id) {{ ... on Organisation {shown} }} }}",
        {"id": organisation},
    )
    assert found["node"] == found["organisation"]
    assert found["organisation"].pop("createdAt")
    assert found["organisation"] == {
        "name": "Рось жива",
        "about": "Про річку.",
        "website": "https://ros.example.org/",
        "municipality": {"name": "Білоцерківська"},
        "verificationState": "UNVERIFIED",
        "edrpou": None,
    }
    assert await roles(ask, organisation) == {"Mira": "CREATOR"}
    assert await announced(storage) == []  # nobody remembers anything of it


UNFIT: list[tuple[dict[str, str], str]] = [
    ({"name": " "}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"name": "а\u200fб"}, "name"),
    ({"about": "x" * 5_001}, "about"),
    ({"website": "javascript:alert(1)//x.org"}, "website"),
    ({"website": "example.org"}, "website"),
    ({"website": "https://[example.org"}, "website"),
    ({"municipalityId": "Municipality_UA00000000000000000"}, "municipalityId"),
    ({"municipalityId": "Debate_1"}, "municipalityId"),
]


async def test_what_cannot_be_is_named_and_nothing_is_kept(ask: Ask, storage: Storage) -> None:
    before = await contents(storage)
    for changed, field in UNFIT:
        told = {"municipalityId": municipality_id(), "name": "Кручі"} | changed
        answer = await act(ask, CREATE, PEOPLE.mira, **told)
        assert (answer["code"], answer["field"]) == ("BAD_USER_INPUT", field), changed
    assert await contents(storage) == before


async def test_organisations_are_filtered_searched_and_ordered(ask: Ask) -> None:
    kyiv, bila_tserkva = municipality_id(), municipality_id(BILA_TSERKVA)
    for name, place in (("Весна", kyiv), ("Абетка", bila_tserkva), ("Білий лелека", kyiv)):
        organisation = await create(ask, name=name, about=f"Спілка {name}", municipalityId=place)
        if name == "Весна":
            await verify(ask, organisation)

    assert await names(ask) == ["Абетка", "Білий лелека", "Весна"]
    assert await names(ask, o="NEWEST") == ["Білий лелека", "Абетка", "Весна"]
    assert await names(ask, s="лелеки") == ["Білий лелека"]
    assert await names(ask, s="32855961") == ["Весна"]
    assert await names(ask, f={"municipalityId": bila_tserkva}) == ["Абетка"]
    assert await names(ask, f={"verificationState": "VERIFIED"}) == ["Весна"]
    first = (await ask(LIST, {"n": 2}))["organisations"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (3, True)
    assert await names(ask, n=2, a=first["pageInfo"]["endCursor"]) == ["Весна"]


async def test_an_invitation_is_taken_up_by_who_got_it(ask: Ask, storage: Storage) -> None:
    of = {"organisationId": await create(ask)}
    invited = await act(ask, INVITE, PEOPLE.mira, **of, personId=person_id(PEOPLE.taras))
    assert invited["__typename"] == "MemberInvited"
    assert await roles(ask, of["organisationId"]) == {"Mira": "CREATOR"}  # not everybody's business
    assert await roles(ask, of["organisationId"], PEOPLE.taras) == {"Mira": "CREATOR"}
    assert await roles(ask, of["organisationId"], PEOPLE.mira) == {"Mira": "CREATOR", "Taras": "INVITED"}

    answer = {**of, "personId": person_id(PEOPLE.taras), "isAccepted": True}
    assert (await act(ask, ANSWER, PEOPLE.mira, **answer))["code"] == "NOT_FOUND"  # it is not hers to take up
    assert (await act(ask, ANSWER, PEOPLE.taras, **answer))["isAccepted"]
    assert (await act(ask, ANSWER, PEOPLE.taras, **answer))["code"] == "NOT_FOUND"

    assert await roles(ask, of["organisationId"]) == {"Mira": "CREATOR", "Taras": "MEMBER"}
    assert len(await announced(storage, "viewers")) == 1


async def test_who_asked_to_join_lets_nobody_in_and_is_let_in_by_admins(ask: Ask) -> None:
    of = {"organisationId": await create(ask)}
    assert (await act(ask, REQUEST, PEOPLE.taras, **of))["__typename"] == "MembershipRequested"
    assert (await act(ask, REQUEST, PEOPLE.taras, **of))["code"] == "ALREADY_MEMBER"
    invitation = {**of, "personId": person_id(PEOPLE.taras)}
    assert (await act(ask, INVITE, PEOPLE.mira, **invitation))["code"] == "ALREADY_MEMBER"
    answer = {**invitation, "isAccepted": True}
    assert (await act(ask, ANSWER, PEOPLE.taras, **answer))["code"] == "NOT_FOUND"
    assert (await act(ask, ANSWER, PEOPLE.official, **answer))["code"] == "NOT_ALLOWED"
    declined = await act(ask, ANSWER, PEOPLE.mira, **(answer | {"isAccepted": False}))
    assert declined["isAccepted"] is False
    assert await roles(ask, of["organisationId"], PEOPLE.mira) == {"Mira": "CREATOR"}
    assert (await act(ask, REQUEST, PEOPLE.taras, **of))["__typename"] == "MembershipRequested"
    assert (await act(ask, ANSWER, PEOPLE.mira, **answer))["isAccepted"]


async def test_only_the_viewer_sees_all_that_the_viewer_has_to_do_with(ask: Ask) -> None:
    asked, invited, own = [await create(ask, PEOPLE.mira, name=name) for name in ("Альфа", "Бета", "Гамма")]
    await act(ask, REQUEST, PEOPLE.taras, organisationId=asked)
    await act(ask, INVITE, PEOPLE.mira, organisationId=invited, personId=person_id(PEOPLE.taras))
    await join(ask, own, PEOPLE.taras)

    query = """query($id: ID!) { node(id: $id) { ... on Person { organisations { totalCount edges { node { name } } } } }
      viewer { memberships { totalCount edges { node { role organisation { name } person { name } } } } } }"""
    found = await ask(query, {"id": person_id(PEOPLE.taras)}, as_=PEOPLE.taras)

    assert found["node"]["organisations"] == {"totalCount": 1, "edges": [{"node": {"name": "Гамма"}}]}
    memberships = [edge["node"] for edge in found["viewer"]["memberships"]["edges"]]
    assert [(each["organisation"]["name"], each["role"]) for each in memberships] == [
        ("Альфа", "REQUESTED"),
        ("Бета", "INVITED"),
        ("Гамма", "MEMBER"),
    ]
    assert found["viewer"]["memberships"]["totalCount"] == 3


async def test_an_organisation_is_handed_over_and_never_without_a_creator(ask: Ask, storage: Storage) -> None:
    of = {"organisationId": await create(ask)}
    await join(ask, of["organisationId"], PEOPLE.taras)
    mira, taras = person_id(PEOPLE.mira), person_id(PEOPLE.taras)
    before = await contents(storage)
    for mutation, asked in (
        (LEAVE, of),
        (CHANGE_ROLE, {**of, "personId": mira, "role": "ADMIN"}),
        (REMOVE, {**of, "personId": mira}),
    ):
        assert (await act(ask, mutation, PEOPLE.mira, **asked))["code"] == "LAST_CREATOR"
    assert await contents(storage) == before

    await act(ask, CHANGE_ROLE, PEOPLE.mira, **of, personId=taras, role="CREATOR")
    assert await roles(ask, of["organisationId"]) == {"Mira": "CREATOR", "Taras": "CREATOR"}
    assert (await act(ask, LEAVE, PEOPLE.mira, **of))["__typename"] == "OrganisationLeft"
    assert (await act(ask, LEAVE, PEOPLE.mira, **of))["code"] == "NOT_FOUND"
    assert await roles(ask, of["organisationId"]) == {"Taras": "CREATOR"}
    assert (await act(ask, LEAVE, PEOPLE.taras, **of))["code"] == "LAST_CREATOR"


STEPS: list[tuple[str, str, str, str]] = [  # who, becomes or is removed (""), by whom, what comes of it
    ("moderator", "ADMIN", "taras", "NotAllowed"),  # an admin gives no role
    ("taras", "CREATOR", "taras", "NotAllowed"),
    ("taras", "MEMBER", "taras", "MemberRoleChanged"),  # but steps down
    ("taras", "REQUESTED", "mira", "InvalidInput"),
    ("official", "ADMIN", "mira", "NotFound"),  # no member
    ("mira", "", "taras", "NotAllowed"),  # an admin removes no creator
    ("taras", "", "moderator", "NotAllowed"),
    ("moderator", "", "taras", "MemberRemoved"),
    ("taras", "", "mira", "MemberRemoved"),
    ("official", "", "mira", "NotFound"),
    ("official", "", "official", "NotAllowed"),
]


async def test_roles_are_creators_to_give_and_admins_remove_members(ask: Ask, storage: Storage) -> None:
    """Each step in an organisation of its own: Mira is the creator, Taras an admin, the moderator a member, the official
    a stranger."""
    for who, role, by, result in STEPS:
        organisation = await create(ask)
        await join(ask, organisation, PEOPLE.taras, "ADMIN")
        await join(ask, organisation, PEOPLE.moderator)
        concerned: Viewer = getattr(PEOPLE, who)
        asked = {"organisationId": organisation, "personId": person_id(concerned)} | ({"role": role} if role else {})
        before = await contents(storage)

        answer = await act(ask, CHANGE_ROLE if role else REMOVE, getattr(PEOPLE, by), **asked)

        assert answer["__typename"] == result, (who, role, by)
        if not result.startswith("Member"):
            assert await contents(storage) == before
            continue
        assert (await roles(ask, organisation)).get(who.capitalize()) == (role or None)
        assert concerned.person_id is not None
        payload = {"organisation_id": organisation.partition("_")[2], "person_id": concerned.person_id.hex}
        assert (await announced(storage, "viewers"))[-1] == ("MembershipChanged", payload)


async def test_of_two_answers_at_once_one_counts(ask: Ask, storage: Storage) -> None:
    organisation = await create(ask)
    await join(ask, organisation, PEOPLE.taras, "ADMIN")
    for is_accepted in (True, False):
        await act(ask, REQUEST, PEOPLE.moderator, organisationId=organisation)
        before = len(await announced(storage))
        answer = {"organisationId": organisation, "personId": person_id(PEOPLE.moderator)}
        answers = await asyncio.gather(
            *(act(ask, ANSWER, who, **answer, isAccepted=is_accepted) for who in (PEOPLE.mira, PEOPLE.taras) * 3)
        )
        assert sorted(each["__typename"] for each in answers) == ["MembershipAnswered"] + ["NotFound"] * 5
        assert ("Moderator" in await roles(ask, organisation)) is is_accepted
        assert len(await announced(storage)) == before + is_accepted
        await act(ask, LEAVE, PEOPLE.moderator, organisationId=organisation)


async def test_of_creators_who_leave_at_once_one_stays(ask: Ask) -> None:
    creators = (PEOPLE.mira, PEOPLE.taras, PEOPLE.moderator, PEOPLE.official)
    organisation = await create(ask)
    for who in creators[1:]:
        await join(ask, organisation, who, "CREATOR")
    answers = await asyncio.gather(*(act(ask, LEAVE, who, organisationId=organisation) for who in creators))

    assert sorted(each["__typename"] for each in answers) == ["LastCreator"] + ["OrganisationLeft"] * 3
    assert list((await roles(ask, organisation)).values()) == ["CREATOR"]


async def test_who_is_removed_does_nothing_more_at_the_same_moment(ask: Ask) -> None:
    """An admin who is removed and invites at once either still invited, or did not."""
    organisation = await create(ask)
    await join(ask, organisation, PEOPLE.taras, "ADMIN")
    of = {"organisationId": organisation}
    removed, invited = await asyncio.gather(
        act(ask, REMOVE, PEOPLE.mira, **of, personId=person_id(PEOPLE.taras)),
        act(ask, INVITE, PEOPLE.taras, **of, personId=person_id(PEOPLE.moderator)),
    )

    assert removed["__typename"] == "MemberRemoved"
    is_invited = "Moderator" in await roles(ask, organisation, PEOPLE.mira)
    assert invited["__typename"] == ("MemberInvited" if is_invited else "NotAllowed")


async def test_what_is_not_there_is_said_so(ask: Ask) -> None:
    organisation, missing = await create(ask), "0" * 32
    nowhere = {"organisationId": f"Organisation_{missing}"}
    assert (await act(ask, REQUEST, PEOPLE.taras, **nowhere))["code"] == "NOT_FOUND"
    nobody = {"organisationId": organisation, "personId": f"Person_{missing}"}
    assert (await act(ask, INVITE, PEOPLE.mira, **nobody))["code"] == "NOT_FOUND"
    assert (await act(ask, REMOVE, PEOPLE.mira, **nobody))["code"] == "NOT_FOUND"
    assert await ask("query($id: ID!) { organisation(id: $id) { name } }", {"id": f"Organisation_{missing}"}) == {
        "organisation": None
    }
