"""Rules of verification, its keyed hashes, and what others are answered; no graph."""

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

import pytest

from modules.identity.verification import rules
from modules.identity.verification.answers import Residents
from modules.identity.verification.keyed import Keyed, fresh_code
from modules.identity.verification.rules import Given, Requirements
from modules.identity.verification.terms import Detail, DocumentType
from modules.kernel import clock
from modules.kernel.levels import Level
from modules.kernel.policy import NOBODY, require_resident
from modules.kernel.refusals import NotSignedIn, NotVerified
from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.identity.residence import request
from tests.people import BILA_TSERKVA, KYIV, PEOPLE

TODAY = date(2026, 2, 28)
BORN = date(1990, 5, 31)
PASSPORT = Given(DocumentType.PASSPORT, "AM734518", BORN, "01001")


@pytest.mark.parametrize(
    ("kind", "number", "tidy"),
    [
        (DocumentType.ID_CARD, "000 123 456", "000123456"),
        (DocumentType.ID_CARD, "00012345", None),
        (DocumentType.ID_CARD, "AM734518", None),
        (DocumentType.PASSPORT, "№ ам-734518", "AM734518"),
        (DocumentType.PASSPORT, "ЯЩ734518", "ЯЩ734518"),
        (DocumentType.PASSPORT, "000123456", None),
        (DocumentType.PASSPORT, "AM73451８", "AM734518"),
        (DocumentType.RESIDENCE_PERMIT, "000123456", "000123456"),
        (DocumentType.RESIDENCE_PERMIT, "ІН012345", "IH012345"),
        (DocumentType.RESIDENCE_PERMIT, "\x1fIH012345\x1f", "IH012345"),
    ],
)
def test_a_number_is_written_one_way(kind: DocumentType, number: str, tidy: str | None) -> None:
    assert rules.tidy_number(kind, number) == tidy


@pytest.mark.parametrize(
    ("born", "years"),
    [(date(2012, 2, 28), 14), (date(2012, 2, 29), 13), (date(2012, 3, 1), 13), (date(2026, 3, 1), -1)],
)
def test_age_is_counted_in_full_years(born: date, years: int) -> None:
    assert rules.age(born, TODAY) == years
    wrong = rules.unfit(Given(date_of_birth=born), Requirements(minimum_age=14), TODAY)
    assert wrong == (() if years == 14 else (Detail.DATE_OF_BIRTH,))


@pytest.mark.parametrize(("code", "fits"), [("01001", True), ("04215", True), ("04216", False), ("79000", True)])
def test_a_postal_code_lies_in_one_of_the_ranges(code: str, fits: bool) -> None:
    asked = Requirements(postal_codes=("01001-04215", "79000"))
    assert rules.unfit(Given(postal_code=code), asked, TODAY) == (() if fits else (Detail.POSTAL_CODE,))


def test_tries_are_locked_for_powers_of_two_and_some_days_at_most() -> None:
    minutes = [rules.locked_for(failures) / timedelta(minutes=1) for failures in (0, 3, 4, 5, 6, 15, 16, 10_000)]
    assert minutes == [0, 0, 2, 4, 8, 4096, 4096, 4096]


def test_what_is_given_is_not_shown() -> None:
    assert "734518" not in repr(PASSPORT)
    assert "secret" not in repr(Keyed(b"secret", KYIV))


def test_a_hash_is_of_one_key_one_place_and_one_kind() -> None:
    here = Keyed(b"k" * 32, KYIV)
    card = Given(DocumentType.ID_CARD, "AM734518", BORN, "01001")
    hashes = {
        here.document(PASSPORT),
        here.document(card),
        here.record(PASSPORT),
        here.identity("AM734518"),
        here.code(UUID(int=1), "2222222222"),
        here.code(UUID(int=2), "2222222222"),
        Keyed(b"x" * 32, KYIV).document(PASSPORT),
        Keyed(b"k" * 32, BILA_TSERKVA).document(PASSPORT),
    }
    assert len(hashes) == 8
    assert Keyed(b"k" * 32, KYIV).document(PASSPORT) == here.document(PASSPORT)


def test_codes_are_all_different_and_copied_as_they_are() -> None:
    codes = {fresh_code() for _ in range(100)}
    assert len(codes) == 100
    assert {rules.tidy_code(f"{code[:4]} {code[4:]}".lower()) for code in codes} == codes


async def test_others_ask_for_the_level_in_a_municipality(ask: Ask, storage: Storage) -> None:
    await request(ask, PEOPLE.mira)

    async def levels() -> Mapping[str, Level]:
        assert PEOPLE.mira.person_id is not None
        async with storage.reading() as read:
            return await Residents().levels(read, PEOPLE.mira.person_id)

    assert await levels() == {KYIV: Level.RESIDENT}
    with clock.frozen(clock.now() + timedelta(days=731)):
        assert await levels() == {}


def test_who_is_no_resident_is_told_what_to_do() -> None:
    assert require_resident(PEOPLE.mira, held=Level.RESIDENT, needed=Level.RESIDENT) == PEOPLE.mira.person_id
    with pytest.raises(NotVerified, match="requestVerification") as refused:
        require_resident(PEOPLE.mira, held=Level.RESIDENT, needed=Level.CONFIRMED)
    assert (refused.value.code, refused.value.level) == ("NOT_VERIFIED", Level.CONFIRMED)
    with pytest.raises(NotSignedIn):
        require_resident(NOBODY, held=Level.CONFIRMED, needed=Level.RESIDENT)
