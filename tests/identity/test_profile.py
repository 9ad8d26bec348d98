"""Saying who one is: what is changed, what stays, what cannot be, and what a move ends."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from modules.identity.profile.rules import MOST_INTERESTS, NotInterests, tidy_interest, tidy_interests
from modules.identity.rules import is_https
from modules.identity.tables import PersonRow
from modules.identity.verification.tables import DocumentRow
from modules.kernel.log import ACCESS
from modules.kernel.policy import Viewer
from modules.kernel.storage import Storage
from modules.kernel.tables import col, pick
from tests.asking import Ask
from tests.civic.scenes import act
from tests.contents import announced, contents
from tests.identity import residence
from tests.identity.conftest import Town
from tests.identity.profiles import PAGE, names, update
from tests.identity.residence import badge, mine, pending, request
from tests.people import BILA_TSERKVA, PEOPLE, municipality_id, person_id

PICTURE = "https://pictures.example/mira.jpg?size=200"
ALL: dict[str, Any] = {
    "name": " Мирослава  Кравець ",
    "about": "  Люблю сквери.\nІ тишу. ",
    "avatar": f" {PICTURE} ",
    "interests": ["Велосипеди", "#Сквери", "здоров'я", "  ВЕЛОСИПЕДИ ", "здоров’я"],
    "municipalityId": municipality_id(BILA_TSERKVA),
    "locale": "en",
}
SHOWN = {
    "name": "Мирослава Кравець",
    "about": "Люблю сквери.\nІ тишу.",
    "avatar": PICTURE,
    "interests": ["велосипеди", "сквери", "здоровʼя"],
    "municipality": {"name": "Білоцерківська"},
}
MIRA: dict[str, Any] = {"name": "Mira", "about": "", "avatar": None, "interests": [], "municipality": {"name": "Київ"}}


async def page(ask: Ask) -> Any:
    """What everybody sees of Mira."""
    found = (await ask(PAGE, {"id": person_id(PEOPLE.mira)}))["person"]
    return {name: found[name] for name in MIRA}


async def test_all_is_said_at_once_and_seen_by_all(ask: Ask) -> None:
    done = await update(ask, PEOPLE.mira, **ALL)

    assert done == {
        "__typename": "ProfileUpdated",
        "person": SHOWN,
        "viewer": {"settings": {"locale": "en"}, "person": {"name": "Мирослава Кравець"}},
    }
    assert await page(ask) == SHOWN
    assert (await names(ask, s="Кравця"), await names(ask, s="mira")) == (["Мирослава Кравець"], [])


@pytest.mark.parametrize("field", ALL)
async def test_what_is_left_out_stays(ask: Ask, field: str) -> None:
    await update(ask, PEOPLE.mira, **ALL)
    other = {
        "name": "Інша",
        "about": "Інше",
        "avatar": "https://pictures.example/2",
        "interests": ["шахи"],
        "municipalityId": municipality_id(),
        "locale": "uk",
    }

    done = await update(ask, PEOPLE.mira, **{field: other[field]})

    shown = {**SHOWN, "locale": "en"}
    changed = {**other, "municipality": {"name": "Київ"}}
    name = "municipality" if field == "municipalityId" else field
    assert {**done["person"], "locale": done["viewer"]["settings"]["locale"]} == {**shown, name: changed[name]}


async def test_nothing_said_is_nothing_done(ask: Ask, storage: Storage) -> None:
    await update(ask, PEOPLE.mira, **ALL)
    before = await contents(storage)
    assert (await update(ask, PEOPLE.mira))["person"] == SHOWN
    assert (await update(ask, PEOPLE.mira, **ALL))["person"] == SHOWN
    assert await contents(storage) == before


async def test_null_takes_away_what_can_be(ask: Ask) -> None:
    await update(ask, PEOPLE.mira, **ALL)
    done = await update(ask, PEOPLE.mira, about=None, avatar=None, interests=None, municipalityId=None)
    nothing: dict[str, Any] = {"about": "", "avatar": None, "interests": [], "municipality": None}
    assert done["person"] == {"name": "Мирослава Кравець", **nothing}
    assert done["viewer"]["settings"] == {"locale": "en"}

    await update(ask, PEOPLE.mira, **ALL)
    assert (await update(ask, PEOPLE.mira, avatar=" ", about=" ", interests=[]))["person"]["avatar"] is None


UNFIT: list[tuple[str, Any]] = [
    *(("name", name) for name in (None, "", "a", "a" * 101, "a\u0007b")),
    ("about", "a" * 1_001),
    *(
        ("avatar", avatar)
        for avatar in (
            "http://pictures.example/mira.jpg",
            "//pictures.example/mira.jpg",
            "pictures.example/mira.jpg",
            "javascript:alert(1)",
            "data:image/png;base64,AAAA",
            "https://mira:secret@pictures.example/",
            "https://mira@pictures.example/",
            "https://:secret@pictures.example/",
            "https:///mira.jpg",
            "https://[pictures.example/",
            "https://pictures.example:port/",
            "https://pictures.example/a b",
            "https://pictures.example/<b>",
            "https://картинки.example/",
            "https://pictures.example/" + "a" * 476,
        )
    ),
    *(("interests", interests) for interests in (["a"], ["ok", "#"], ["a" * 41], ["…!"], ["a\u0007b"])),
    ("interests", [f"interest {number}" for number in range(MOST_INTERESTS + 1)]),
    ("municipalityId", "Municipality_UA00000000000000000"),
    ("municipalityId", "Debate_1"),
    *(("locale", locale) for locale in (None, "", "pl", "UK")),
]


async def test_what_cannot_be_is_named_and_nothing_is_changed(ask: Ask, storage: Storage) -> None:
    await update(ask, PEOPLE.mira, **ALL)
    before = await contents(storage)
    for field, value in UNFIT:
        told = {"about": "Нове", "interests": ["нове"], "municipalityId": municipality_id()} | {field: value}
        answer = await update(ask, PEOPLE.mira, **told)
        assert (answer.get("code"), answer.get("field")) == ("BAD_USER_INPUT", field), (field, value)
    assert await contents(storage) == before


async def test_letters_are_in_the_language_that_was_chosen(town: Town) -> None:
    viewer = await town.join()
    subjects = []
    for locale in ("en", "uk"):
        assert (await update(town.ask, viewer, locale=locale))["viewer"]["settings"] == {"locale": locale}
        await town.act("requestPasswordReset", email="lesia@example.org")
        subjects.append((await town.post.letter()).subject)
    assert subjects == ["A new password", "Новий пароль"]


async def test_who_has_just_joined_is_found_by_name_and_not_before(town: Town) -> None:
    await town.sign_up()
    assert await names(town.ask, s="Ткач") == []
    await town.act("confirmEmail", token=(await town.post.letter()).token)
    assert await names(town.ask, s="лесі ткач") == ["Леся Ткач"]


async def test_somebody_who_is_gone_changes_nothing(ask: Ask, storage: Storage) -> None:
    async with storage.writing() as work:
        await work.run(sa.delete(PersonRow).where(col(PersonRow.id) == PEOPLE.taras.person_id))
    before = await contents(storage)
    assert (await update(ask, PEOPLE.taras, name="Тарас", interests=["шахи"]))["code"] == "NOT_FOUND"
    assert await contents(storage) == before


async def test_who_moves_away_is_no_resident_there_any_more(ask: Ask, storage: Storage) -> None:
    await request(ask, PEOPLE.mira)
    assert await badge(ask, PEOPLE.mira) == "RESIDENT"

    await update(ask, PEOPLE.mira, municipalityId=municipality_id(BILA_TSERKVA))

    assert await badge(ask, PEOPLE.mira) == "REGISTERED"
    assert (await mine(ask, PEOPLE.mira, municipality_id()))["status"] == "MISSING"
    assert [kind for kind, _ in await announced(storage, ACCESS)] == ["ResidenceVerified", "ResidenceEnded"]
    assert (await request(ask, PEOPLE.taras))["status"] == "OK", "the document is free in Kyiv"
    await update(ask, PEOPLE.mira, municipalityId=municipality_id())
    assert await badge(ask, PEOPLE.mira) == "REGISTERED", "who comes back proves it again"
    assert (await mine(ask, PEOPLE.mira))["status"] == "MISSING"


async def test_who_takes_part_nowhere_is_no_resident(ask: Ask) -> None:
    await request(ask, PEOPLE.mira)
    await update(ask, PEOPLE.mira, municipalityId=None)
    assert await badge(ask, PEOPLE.mira) == "REGISTERED"
    assert (await mine(ask, PEOPLE.mira, municipality_id()))["status"] == "MISSING"


async def test_a_request_does_not_make_a_resident_of_where_one_has_left(ask: Ask) -> None:
    waiting = await pending(ask, PEOPLE.mira, "DESK")
    await update(ask, PEOPLE.mira, municipalityId=municipality_id(BILA_TSERKVA))

    told = {"requestId": waiting, "documentNumber": residence.NUMBER}
    assert (await act(ask, residence.COMPLETE, PEOPLE.official, **told))["code"] == "NOT_FOUND"
    found = await mine(ask, PEOPLE.mira)
    assert (found["status"], found["municipality"]["name"], found["pending"]) == ("MISSING", "Білоцерківська", None)


async def test_what_was_proved_where_one_moves_to_holds(ask: Ask, storage: Storage) -> None:
    await request(ask, PEOPLE.mira, municipalityId=municipality_id(BILA_TSERKVA))
    await update(ask, PEOPLE.mira, municipalityId=municipality_id(), name="Мирослава")
    assert await badge(ask, PEOPLE.mira) == "REGISTERED", "the profile says Kyiv, as it did"
    await update(ask, PEOPLE.mira, municipalityId=municipality_id(BILA_TSERKVA))
    assert await badge(ask, PEOPLE.mira) == "RESIDENT"
    taken = await request(ask, PEOPLE.taras, municipalityId=municipality_id(BILA_TSERKVA))
    assert taken["__typename"] == "DocumentTaken"
    assert [kind for kind, _ in await announced(storage, ACCESS)] == ["ResidenceVerified"]


async def test_who_moves_while_an_official_decides_is_no_resident_of_before(ask: Ask, crowd: list[Viewer]) -> None:
    movers = crowd[:8]
    numbers = {who: f"АМ {number:06}" for number, who in enumerate(movers)}
    for who in movers[::2]:  # of these a decision says where they take part
        await update(ask, who, municipalityId=None)
    waiting = {who: await pending(ask, who, "DESK", documentNumber=numbers[who]) for who in movers}

    async def decide(who: Viewer) -> str:
        told = {"requestId": waiting[who], "documentNumber": numbers[who]}
        return str((await act(ask, residence.COMPLETE, PEOPLE.official, **told))["__typename"])

    async def move(who: Viewer) -> str:
        return str((await update(ask, who, municipalityId=municipality_id(BILA_TSERKVA)))["__typename"])

    acts = [each(who) for who in movers for each in (decide, move)]
    done = await asyncio.gather(*acts)

    assert set(done[::2]) <= {"VerificationCompleted", "NotFound"}
    assert set(done[1::2]) == {"ProfileUpdated"}
    for who in movers:
        found = await mine(ask, who, municipality_id())
        assert (found["status"], found["pending"]) == ("MISSING", None)
    async with ask.storage.reading() as read:
        assert await read.rows(pick(DocumentRow, "person_id")) == []


async def test_moving_unlocks_nobody(ask: Ask) -> None:
    for _ in range(4):
        await request(ask, PEOPLE.mira, dateOfBirth="2020-01-01")
    assert (await mine(ask, PEOPLE.mira))["status"] == "UNAUTHORIZED"
    await update(ask, PEOPLE.mira, municipalityId=municipality_id(BILA_TSERKVA))
    locked = await request(ask, PEOPLE.mira, municipalityId=municipality_id(BILA_TSERKVA))
    assert locked["__typename"] == "VerificationLocked"
    assert (await mine(ask, PEOPLE.mira))["wrongFields"] == [], "what was wrong was told of the place that was left"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Велосипеди", "велосипеди"),
        (" # міське  планування ", "міське планування"),
        ("C++", "c++"),
        ("здоров`я", "здоровʼя"),
        ("І\u0308ЖА", "їжа"),
        ("ＡＢ", "ab"),
        ("##", None),
        ("я", None),
        ("a" * 40, "a" * 40),
        ("a" * 41, None),
        ("a\u200bb", None),
    ],
)
def test_an_interest_is_written_in_one_way(written: str, kept: str | None) -> None:
    assert tidy_interest(written) == kept


def test_twenty_interests_are_not_too_many_however_often_they_are_named() -> None:
    names = [f"interest {number}" for number in range(MOST_INTERESTS)]
    assert tidy_interests([*names, *(name.upper() for name in names)]) == tuple(names)
    with pytest.raises(NotInterests, match="20 at most"):
        tidy_interests([*names, "one more"])


def test_a_port_of_an_address_is_a_number() -> None:
    assert is_https("https://a.example:8443/x", 100)
    assert not is_https("https://a.example:0/x", 100)
    assert not is_https("https://a.example:99999/x", 100)
