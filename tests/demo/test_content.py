"""The demo data: enough of it, consistent in itself, and the same on every run."""

import re
import time
from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest
from stdnum.ua import edrpou

from gateway.demo import prose
from gateway.demo.content import build
from gateway.demo.shapes import Demo
from modules.identity.profile.rules import tidy_interests

CODES = {"UA80000000000093317": "K", "UA32020010000093088": "H", "UA32080210000074136": "H"}


def test_there_is_enough_of_everything(demo: Demo) -> None:
    assert len(demo.people) == 320
    assert len(demo.organisations) == 51
    assert len(demo.debates) == 39
    assert len(demo.comments) == 2335
    assert len(demo.polls) == 32
    assert len(demo.ballots) == 1739
    assert len(demo.reactions) > 4000


def test_it_is_the_same_for_the_same_moment(demo: Demo, now: datetime) -> None:
    assert build(now) == demo


def test_words_do_not_depend_on_the_moment_and_times_move_with_it(demo: Demo, now: datetime) -> None:
    later = build(now + timedelta(hours=31))
    assert [comment.body for comment in later.comments] == [comment.body for comment in demo.comments]
    assert later.comments[0].written_at - demo.comments[0].written_at == timedelta(hours=31)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        build(datetime(2026, 3, 5))  # noqa: DTZ001 - what is refused here


def test_another_time_zone_is_the_same_moment(demo: Demo, now: datetime) -> None:
    assert build(now.astimezone(timezone(timedelta(hours=2)))) == demo


def test_it_is_built_in_under_half_a_second(now: datetime) -> None:
    def seconds() -> float:
        begin = time.perf_counter()
        build(now)
        return time.perf_counter() - begin

    assert min(seconds() for _ in range(3)) < 0.5


def test_municipalities_form_a_tree_with_three_tenants(demo: Demo) -> None:
    assert {unit.code: unit.kind for unit in demo.municipalities if unit.settings} == CODES
    for position, unit in enumerate(demo.municipalities):
        assert re.fullmatch(r"UA\d{17}", unit.code)
        assert unit.parent is None or unit.parent < position
    town = next(unit for unit in demo.municipalities if unit.name == "Біла Церква")
    assert _ancestors(demo, town.parent) == ["Білоцерківська", "Білоцерківський", "Київська"]
    settlement = next(unit for unit in demo.municipalities if unit.name == "Немішаєве")
    assert _ancestors(demo, settlement.parent) == ["Немішаївська", "Бучанський", "Київська"]


def _ancestors(demo: Demo, parent: int | None) -> list[str]:
    if parent is None:
        return []
    unit = demo.municipalities[parent]
    return [unit.name, *_ancestors(demo, unit.parent)]


def test_names_are_unique_and_surnames_agree_with_the_person(demo: Demo) -> None:
    assert len({person.name for person in demo.people}) == len(demo.people)
    surnames = prose.read("names")["surnames"]
    forms = {is_woman: {pair[is_woman] for pair in surnames} for is_woman in (False, True)}
    cyrillic = [person for person in demo.people if re.match("[А-ЯІЇЄҐ]", person.name)]
    assert 290 < len(cyrillic) < len(demo.people)
    for person in cyrillic:
        assert person.name.split()[1] in forms[person.is_woman]
        assert not person.name.endswith("ий" if person.is_woman else "а")


def test_people_live_with_tenants_and_joined_before_now(demo: Demo, now: datetime) -> None:
    tenants = {at for at, unit in enumerate(demo.municipalities) if unit.settings}
    assert {person.municipality for person in demo.people} == tenants
    assert all(person.joined_at < now for person in demo.people)
    assert {person.locale for person in demo.people} == {"uk", "en"}
    assert sum(person.about is not None for person in demo.people) > 150


def test_four_people_can_sign_in(demo: Demo) -> None:
    described = [
        (login.email, login.role, demo.municipalities[login.municipality].code, demo.people[login.person].name)
        for login in demo.logins
    ]
    assert described == [
        ("olena@demo.example", "citizen", "UA80000000000093317", "Олена Кринична"),
        ("maksym@demo.example", "moderator", "UA32020010000093088", "Максим Зарічний"),
        ("iryna@demo.example", "official", "UA32080210000074136", "Ірина Соснівська"),
        ("hanna@demo.example", "administrator", "UA80000000000093317", "Ганна Вишнюк"),
    ]
    assert {login.password for login in demo.logins} == {"spilno-demo-2026"}
    for login in demo.logins:
        assert login.municipality == demo.people[login.person].municipality
        assert (login.person, login.municipality, login.role) in {
            (role.person, role.municipality, role.role) for role in demo.roles
        }


def test_people_care_about_things(demo: Demo) -> None:
    assert all(tidy_interests(person.interests) == person.interests for person in demo.people)
    counts = Counter(interest for person in demo.people for interest in person.interests)
    assert counts["велосипеди"] > 10
    assert 30 < sum(not person.interests for person in demo.people) < 90


def test_a_document_is_one_citizen_s(demo: Demo) -> None:
    staff = {role.person for role in demo.roles}
    assert not staff & {resident.person for resident in demo.residents}
    assert len({resident.document_number for resident in demo.residents}) == len(demo.residents) == 27
    officials = {(role.person, role.municipality) for role in demo.roles if role.role == "official"}
    seen = [resident for resident in demo.residents if resident.official is not None]
    assert {(each.official, demo.people[each.person].municipality) for each in seen} <= officials


def test_organisations_that_take_part_have_members_of_their_place(demo: Demo) -> None:
    codes = {entity.edrpou: entity.municipality for entity in demo.organisations}
    for association in demo.associations:
        everybody = (association.founder, *association.members, *association.candidates)
        assert len(set(everybody)) == len(everybody)
        assert {demo.people[at].municipality for at in everybody} == {association.municipality}
        if association.claim is not None:
            assert codes[association.claim.edrpou] == association.municipality
            assert edrpou.is_valid(association.claim.edrpou)


def test_organisations_have_codes_and_three_of_them_are_wrong(demo: Demo) -> None:
    codes = [organisation.edrpou for organisation in demo.organisations]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"\d{8}", code) for code in codes)
    assert sum(not edrpou.is_valid(code) for code in codes) == 3
    assert sum(code.startswith("0") for code in codes) == 12
    assert {code[0] for code in codes} == {"0", "5", "9"}  # both rows of weights of the control digit


def test_branches_stand_after_their_organisation(demo: Demo) -> None:
    branches = [(at, entity) for at, entity in enumerate(demo.organisations) if entity.kind == "branch"]
    assert len(branches) == 6
    for position, branch in branches:
        assert branch.parent is not None
        assert branch.parent < position
        assert demo.organisations[branch.parent].municipality == branch.municipality
