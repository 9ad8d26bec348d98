"""The census of a municipality: looked at first, put in place whole or not at all, matched and told to nobody."""

import asyncio
from typing import Any

import pytest

from modules.identity.verification import census
from modules.identity.verification.tables import CensusRow
from modules.kernel.policy import Viewer
from modules.kernel.storage import Storage
from modules.kernel.tables import pick
from tests.asking import Ask
from tests.civic.scenes import act
from tests.contents import contents, rows_of
from tests.identity.residence import CENSUS, UPLOAD, mine, request
from tests.people import BILA_TSERKVA, KYIV, PEOPLE, municipality_id

HEADER = "document_type,document_number,date_of_birth,postal_code,district\n"


async def upload(
    ask: Ask, csv: str, mode: str = "REPLACE", as_: Viewer = PEOPLE.official, code: str = KYIV
) -> dict[str, Any]:
    return await act(ask, UPLOAD, as_, municipalityId=municipality_id(code), csv=csv, mode=mode)


async def kept(storage: Storage) -> list[tuple[str, str]]:
    """(municipality, district) of every row."""
    rows = await rows_of(storage, pick(CensusRow, "municipality_id", "district"))
    return sorted((row["municipality_id"], row["district"]) for row in rows)


async def test_a_preview_shows_the_first_rows_and_changes_nothing(ask: Ask, storage: Storage) -> None:
    many = "".join(f"id_card,{number:09},1985-01-02,03150,\n" for number in range(10))
    before = await contents(storage)

    told = await upload(ask, f"\ufeff{CENSUS}{many}", "PREVIEW")

    assert (told["rowCount"], told["problemCount"], told["replacedCount"], told["problems"]) == (12, 0, None, [])
    assert [row["line"] for row in told["preview"]] == [2, 3, 4, 5, 6]
    assert told["preview"][0] == {
        "line": 2,
        "documentType": "PASSPORT",
        "documentNumber": "…518",
        "dateOfBirth": "1990-05-31",
        "postalCode": "01001",
        "district": "Печерський",
    }
    assert await contents(storage) == before


async def test_every_bad_row_is_named_by_line_field_and_reason(ask: Ask, storage: Storage) -> None:
    bad = (
        f"{CENSUS}"
        'passport,"AM 734518",1999-01-01,01001,\n'  # 4: the document of line 2
        "driving,123,2000-01-01,01001,\n"
        "id_card,12,31.05.1990,1001,\n"
        "id_card,000123457\n"
        "id_card,000123458,2999-01-01,01001,\n"
        f"id_card,000123459,1990-01-01,01001,{'x' * 101}\n"
    )
    await upload(ask, CENSUS)
    before = await contents(storage)

    told = await upload(ask, bad, "PREVIEW")
    refused = await upload(ask, bad)

    assert [(each["line"], each["field"]) for each in told["problems"]] == [
        (4, "document_number"),
        (5, "document_type"),
        (6, "document_number"),
        (6, "date_of_birth"),
        (6, "postal_code"),
        (7, ""),
        (8, "date_of_birth"),
        (9, "district"),
    ]
    assert told["problems"][0]["reason"] == "is on line 2 already"
    assert told["problems"][5]["reason"] == "the row has 2 fields, the header 5"
    assert (told["rowCount"], told["problemCount"], len(told["preview"])) == (7, 8, 2)
    assert (refused["code"], refused["field"]) == ("BAD_USER_INPUT", "csv")
    assert refused["message"] == (
        "8 things are wrong, the first is: csv, line 4, document_number: is on line 2 already. Nothing was changed."
    )
    assert await contents(storage) == before, "nothing is half-imported"


@pytest.mark.parametrize(
    ("csv", "line", "field"),
    [
        ("", 1, "document_type"),
        (HEADER.replace("district", "place"), 1, "district"),
        (HEADER + 'passport,"AM734518', 2, ""),
    ],
)
async def test_what_is_no_census_is_told(ask: Ask, storage: Storage, csv: str, line: int, field: str) -> None:
    told = await upload(ask, csv, "PREVIEW")

    assert (told["problems"][0]["line"], told["problems"][0]["field"]) == (line, field)
    assert (await upload(ask, csv))["field"] == "csv"
    assert (await upload(ask, HEADER))["message"] == "There is no row. Nothing was changed."
    assert await kept(storage) == []


async def test_a_census_is_of_a_sensible_size(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(census, "LONGEST", len(CENSUS) - 1)
    assert (await upload(ask, CENSUS, "PREVIEW"))["message"] == f"A census has at most {len(CENSUS) - 1} characters."


async def test_a_census_replaces_its_own_alone_and_is_not_readable(ask: Ask, storage: Storage) -> None:
    await upload(ask, CENSUS, as_=PEOPLE.foreign_official, code=BILA_TSERKVA)
    assert (await upload(ask, CENSUS))["replacedCount"] == 0
    assert (await upload(ask, CENSUS))["replacedCount"] == 2, "the same again changes nothing"
    one = HEADER + "passport,BB000001,1970-01-01,01001,Поділ\n"
    assert (await upload(ask, one))["replacedCount"] == 2

    assert await kept(storage) == [(BILA_TSERKVA, ""), (BILA_TSERKVA, "Печерський"), (KYIV, "Поділ")]
    everything = str(await contents(storage))
    for secret in ("734518", "BB000001", "1990-05-31", "1970", "03150"):
        assert secret not in everything


async def test_two_uploads_at_once_are_not_mixed(ask: Ask, storage: Storage) -> None:
    files = [
        HEADER + "".join(f"id_card,{number:09},1985-01-02,03150,{district}\n" for number in range(start, start + 50))
        for district, start in (("Схід", 0), ("Захід", 1000))
    ]
    done = await asyncio.gather(*(upload(ask, file) for file in files))

    assert sorted(each["replacedCount"] for each in done) == [0, 50]
    assert len(await kept(storage)) == 50
    assert len(set(await kept(storage))) == 1


async def test_who_is_in_the_census_is_a_resident_of_a_district(ask: Ask) -> None:
    await upload(ask, CENSUS)
    assert (await request(ask, PEOPLE.mira, "CENSUS"))["status"] == "OK"

    shown = await mine(ask, PEOPLE.mira)
    assert (shown["level"], shown["district"]) == ("RESIDENT", "Печерський")
    assert (await request(ask, PEOPLE.taras, "CENSUS"))["code"] == "DOCUMENT_TAKEN"


@pytest.mark.parametrize(
    "changed", [{"documentNumber": "АМ 734519"}, {"dateOfBirth": "1990-05-30"}, {"postalCode": "01002"}]
)
async def test_a_stranger_is_not_told_what_alone_was_right(ask: Ask, changed: dict[str, str]) -> None:
    await upload(ask, CENSUS)

    failed = await request(ask, PEOPLE.mira, "CENSUS", **changed)

    assert failed["status"] == "UNAUTHORIZED"
    assert failed["fields"] == ["DOCUMENT_TYPE", "DOCUMENT_NUMBER", "DATE_OF_BIRTH", "POSTAL_CODE"]


async def test_a_child_in_the_census_is_too_young(ask: Ask) -> None:
    await upload(ask, HEADER + "passport,AM734518,2020-01-01,01001,\n")

    failed = await request(ask, PEOPLE.mira, "CENSUS", dateOfBirth="2020-01-01")

    assert failed["fields"] == ["DATE_OF_BIRTH"]


async def test_the_census_of_one_place_makes_no_residents_of_another(ask: Ask) -> None:
    await upload(ask, CENSUS, as_=PEOPLE.foreign_official, code=BILA_TSERKVA)

    assert (await request(ask, PEOPLE.mira, "CENSUS"))["code"] == "VERIFICATION_FAILED"
    there = await request(ask, PEOPLE.mira, "CENSUS", municipalityId=municipality_id(BILA_TSERKVA))
    assert there["status"] == "OK"
