"""People are listed and found: by what is public of them."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from modules.identity.tables import PersonRow
from modules.kernel import clock
from modules.kernel.policy import Viewer
from modules.kernel.storage import Storage
from modules.kernel.tables import col
from tests.asking import Ask
from tests.civic.scenes import act
from tests.identity import residence
from tests.identity.profiles import LIST, PAGE, names, update
from tests.identity.residence import pending, request
from tests.people import BEGAN, BILA_TSERKVA, PEOPLE, municipality_id, person_id
from tests.spending import spent

EVERYBODY = sorted(name.capitalize() for name, who in vars(PEOPLE).items() if who.person_id)


async def test_all_are_listed_by_name_a_page_at_a_time(ask: Ask) -> None:
    first = (await ask(LIST, {"n": 4}))["persons"]
    assert [edge["node"]["name"] for edge in first["edges"]] == EVERYBODY[:4]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (len(EVERYBODY), True)
    assert await names(ask, n=100, a=first["pageInfo"]["endCursor"]) == EVERYBODY[4:]
    wrong = await ask.answer(LIST, {"a": first["pageInfo"]["endCursor"], "o": "NEWEST"})
    assert wrong["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_who_joined_last_comes_first(ask: Ask, storage: Storage) -> None:
    async with storage.writing() as work:
        for days, who in enumerate((PEOPLE.taras, PEOPLE.mira), 1):
            own = col(PersonRow.id) == who.person_id
            await work.run(sa.update(PersonRow).where(own).values(joined_at=BEGAN + timedelta(days=days)))
    page = (await ask(LIST, {"o": "NEWEST", "n": 1}))["persons"]
    assert [edge["node"]["name"] for edge in page["edges"]] == ["Mira"]
    assert (await names(ask, o="NEWEST", a=page["pageInfo"]["endCursor"]))[0] == "Taras"


async def test_they_are_found_by_name_and_by_nothing_else(ask: Ask) -> None:
    await update(ask, PEOPLE.taras, name="Тарас Шевчук", about="Живу біля каштана", interests=["каштани"])
    for search in ("шевчука", "Тарасові", "ТАРАС шевч"):
        assert await names(ask, s=search) == ["Тарас Шевчук"], search
    assert await names(ask, s="каштан") == []
    assert await names(ask, s="Taras") == [], "the name from before finds nobody"


async def test_they_are_filtered(ask: Ask) -> None:
    kyiv, bila_tserkva = municipality_id(), municipality_id(BILA_TSERKVA)
    await update(ask, PEOPLE.mira, interests=["Шахи", "Сквери"], municipalityId=bila_tserkva)
    await update(ask, PEOPLE.taras, interests=["сквери"])

    assert await names(ask, f={"interest": " #СКВЕРИ "}) == ["Mira", "Taras"]
    assert await names(ask, f={"interest": "шахи"}) == ["Mira"]
    assert await names(ask, f={"interest": "сквер"}) == []
    assert await names(ask, f={"interest": "сквери", "municipalityId": kyiv}) == ["Taras"]
    assert await names(ask, f={"municipalityId": bila_tserkva}) == ["Mira"]
    assert await names(ask, f={"municipalityId": kyiv}) == [name for name in EVERYBODY if name != "Mira"]
    assert await names(ask, f={"interest": "сквери"}, s="тар") == []
    assert await names(ask, f={"interest": "сквери"}, s="tar") == ["Taras"]
    await update(ask, PEOPLE.mira, interests=["сквери"])
    assert await names(ask, f={"interest": "шахи"}) == []


async def confirm(ask: Ask, who: Viewer, number: str) -> None:
    told = {"requestId": await pending(ask, who, "DESK", documentNumber=number), "documentNumber": number}
    assert (await act(ask, residence.COMPLETE, PEOPLE.official, **told))["__typename"] == "VerificationCompleted"


async def test_they_are_filtered_by_what_they_proved_where_they_take_part(ask: Ask) -> None:
    await request(ask, PEOPLE.mira)
    await confirm(ask, PEOPLE.taras, "АМ 000001")
    await request(ask, PEOPLE.moderator, municipalityId=municipality_id(BILA_TSERKVA))  # takes part in Kyiv

    assert await names(ask, f={"verificationLevel": "RESIDENT"}) == ["Mira", "Taras"]
    assert await names(ask, f={"verificationLevel": "CONFIRMED"}) == ["Taras"]
    assert await names(ask, f={"verificationLevel": "REGISTERED"}) == EVERYBODY
    assert await names(ask, f={"verificationLevel": "RESIDENT", "municipalityId": municipality_id(BILA_TSERKVA)}) == []
    with clock.frozen(clock.now() + timedelta(days=731)):
        assert await names(ask, f={"verificationLevel": "RESIDENT"}) == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"f": {"municipalityId": "Debate_1"}}, "filter.municipalityId"),
        ({"f": {"interest": "#"}}, "filter.interest"),
        ({"n": 101}, "first"),
        ({"a": "no cursor"}, "after"),
    ],
)
async def test_what_cannot_be_asked_is_named(ask: Ask, given: dict[str, object], field: str) -> None:
    [error] = (await ask.answer(LIST, given))["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("BAD_USER_INPUT", field)


async def test_one_is_found_by_id(ask: Ask) -> None:
    await request(ask, PEOPLE.mira)
    found = (await ask(PAGE, {"id": person_id(PEOPLE.mira)}))["person"]
    assert found == {
        "id": person_id(PEOPLE.mira),
        "name": "Mira",
        "about": "",
        "avatar": None,
        "interests": [],
        "joinedAt": "2026-05-01T09:00:00Z",
        "verificationLevel": "RESIDENT",
        "municipality": {"name": "Київ"},
    }
    assert (await ask(PAGE, {"id": f"Person_{'0' * 32}"}))["person"] is None
    [error] = (await ask.answer(PAGE, {"id": municipality_id()}))["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_the_list_is_read_in_one_statement_and_interests_in_another(
    ask: Ask, crowd: list[Viewer], statements: list[str]
) -> None:
    for who in crowd[:10]:
        await update(ask, who, interests=["шахи", "сквери"])
    statements.clear()
    found = await ask("""{ persons(first: 100) { edges { node { name interests verificationLevel } } } }""")
    assert len(found["persons"]["edges"]) == 100
    assert [edge["node"]["interests"] for edge in found["persons"]["edges"]].count(["шахи", "сквери"]) > 0
    assert spent(statements) == 3


async def test_nothing_private_is_among_it(ask: Ask) -> None:
    fields = await ask('{ __type(name: "Person") { fields { name } } }')
    names = {field["name"] for field in fields["__type"]["fields"]}
    assert {"name", "about", "avatar", "interests", "municipality", "verificationLevel"} <= names
    assert not names & {"email", "locale", "settings", "verification", "sessions"}
