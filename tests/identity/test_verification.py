"""Being verified by a form: what fits, what does not, how long it lasts, whose the document is."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from modules.identity.verification import actions, settings
from modules.identity.verification.terms import Method
from modules.kernel import clock
from modules.kernel.log import ACCESS
from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.contents import announced, contents
from tests.identity.residence import DATA, NUMBER, badge, mine, pending, request
from tests.people import BILA_TSERKVA, KYIV, PEOPLE, municipality_id


async def test_somebody_new_is_told_what_can_be_done(ask: Ask) -> None:
    found = await mine(ask, PEOPLE.mira)

    handlers = found.pop("handlers")
    assert found == {
        "status": "MISSING",
        "level": "REGISTERED",
        "district": None,
        "expiresAt": None,
        "wrongFields": [],
        "retryAt": None,
        "municipality": {"name": "Київ"},
        "pending": None,
    }
    needs = ["DOCUMENT_TYPE", "DOCUMENT_NUMBER", "DATE_OF_BIRTH", "POSTAL_CODE"]
    assert handlers == [
        {"handler": "FORM", "level": "RESIDENT", "needs": needs},
        {"handler": "CENSUS", "level": "RESIDENT", "needs": needs},
        {"handler": "DESK", "level": "CONFIRMED", "needs": needs},
        {"handler": "LETTER", "level": "CONFIRMED", "needs": [*needs, "ADDRESS"]},
    ]


async def test_a_form_that_fits_makes_a_resident_whom_all_see(ask: Ask, storage: Storage) -> None:
    assert await badge(ask, PEOPLE.mira) == "REGISTERED"
    done = await request(ask, PEOPLE.mira)

    assert (done["__typename"], done["status"]) == ("VerificationRequested", "OK")
    assert done["viewer"]["verification"] == {"status": "OK", "level": "RESIDENT", "pending": None}
    assert await badge(ask, PEOPLE.mira) == "RESIDENT"
    assert await badge(ask, PEOPLE.taras) == "REGISTERED"
    assert (await mine(ask, PEOPLE.mira, municipality_id(BILA_TSERKVA)))["status"] == "MISSING"
    assert PEOPLE.mira.person_id is not None
    assert await announced(storage, ACCESS) == [("ResidenceVerified", {"person_id": PEOPLE.mira.person_id.hex})]


@pytest.mark.parametrize(
    ("changed", "status", "fields"),
    [
        ({"documentNumber": None}, "INCOMPLETE", ["DOCUMENT_NUMBER"]),
        ({"documentNumber": "12"}, "INCOMPLETE", ["DOCUMENT_NUMBER"]),
        ({"documentType": None}, "INCOMPLETE", ["DOCUMENT_TYPE", "DOCUMENT_NUMBER"]),
        ({"dateOfBirth": "31.05.1990", "postalCode": ""}, "INCOMPLETE", ["DATE_OF_BIRTH", "POSTAL_CODE"]),
        ({"dateOfBirth": "1990-02-30"}, "INCOMPLETE", ["DATE_OF_BIRTH"]),
        ({"dateOfBirth": "2020-01-01"}, "UNAUTHORIZED", ["DATE_OF_BIRTH"]),
        ({"dateOfBirth": "1800-01-01", "postalCode": "79000"}, "UNAUTHORIZED", ["DATE_OF_BIRTH", "POSTAL_CODE"]),
    ],
)
async def test_what_is_wrong_is_named_and_shown_until_it_is_right(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], status: str, fields: list[str]
) -> None:
    monkeypatch.setattr(settings, "USUAL", replace(settings.USUAL, postal_codes=("01001-04215",)))
    failed = await request(ask, PEOPLE.mira, **changed)

    assert (failed["code"], failed["status"], failed["fields"]) == ("VERIFICATION_FAILED", status, fields)
    shown = await mine(ask, PEOPLE.mira)
    assert (shown["status"], shown["wrongFields"], shown["level"]) == (status, fields, "REGISTERED")
    assert await badge(ask, PEOPLE.mira) == "REGISTERED"

    await request(ask, PEOPLE.mira)
    shown = await mine(ask, PEOPLE.mira)
    assert (shown["status"], shown["wrongFields"]) == ("OK", [])


async def test_only_what_the_municipality_offers_is_taken(
    ask: Ask, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "USUAL", replace(settings.USUAL, methods=(Method.DESK,)))
    before = await contents(storage)

    refused = [
        await request(ask, PEOPLE.mira),
        await request(ask, PEOPLE.mira, municipalityId=municipality_id("UA00000000000000000")),
        await request(ask, PEOPLE.mira, municipalityId="Debate_1"),
    ]

    assert [each["field"] for each in refused] == ["handler", "municipalityId", "municipalityId"]
    assert [each["handler"] for each in (await mine(ask, PEOPLE.mira))["handlers"]] == ["DESK"]
    assert await contents(storage) == before


async def test_it_expires_and_is_renewed(ask: Ask) -> None:
    now = clock.now()
    await request(ask, PEOPLE.mira)
    with clock.frozen(now + timedelta(days=729)):
        assert await badge(ask, PEOPLE.mira) == "RESIDENT"
    with clock.frozen(now + timedelta(days=731)):
        expired = await mine(ask, PEOPLE.mira)
        assert (expired["status"], expired["level"], await badge(ask, PEOPLE.mira)) == (
            "EXPIRED",
            "REGISTERED",
            "REGISTERED",
        )
        taken = await request(ask, PEOPLE.taras)
        assert taken["__typename"] == "DocumentTaken", "the account lives: the document is still its own"
        assert (await request(ask, PEOPLE.mira))["status"] == "OK"
    with clock.frozen(now + timedelta(days=2 * 729)):
        assert (await mine(ask, PEOPLE.mira))["status"] == "OK"


@pytest.mark.parametrize("written", ["АМ734518", "ам 734518", "AM-734518", "  aM 734 518 ", "ＡＭ７３４５１８"])
async def test_a_document_is_one_account_s_however_it_is_written(ask: Ask, written: str) -> None:
    await request(ask, PEOPLE.mira)

    taken = await request(ask, PEOPLE.taras, documentNumber=written)

    assert (taken["__typename"], taken["code"]) == ("DocumentTaken", "DOCUMENT_TAKEN")
    assert await badge(ask, PEOPLE.taras) == "REGISTERED"
    shown = await mine(ask, PEOPLE.taras)
    assert (shown["status"], shown["wrongFields"]) == ("UNAUTHORIZED", ["DOCUMENT_NUMBER"])
    elsewhere = await request(ask, PEOPLE.taras, documentNumber=written, municipalityId=municipality_id(BILA_TSERKVA))
    assert elsewhere["status"] == "OK", "it is unique within a municipality"


async def test_another_document_frees_the_first(ask: Ask) -> None:
    await request(ask, PEOPLE.mira)
    await request(ask, PEOPLE.mira, documentType="ID_CARD", documentNumber="000123456")

    assert (await request(ask, PEOPLE.taras))["status"] == "OK"


async def test_erasure_frees_the_document_and_leaves_nothing(ask: Ask, storage: Storage) -> None:
    before = await contents(storage)
    await request(ask, PEOPLE.mira)
    await request(ask, PEOPLE.mira, documentNumber="")
    await pending(ask, PEOPLE.mira, "LETTER")
    assert PEOPLE.mira.person_id is not None

    async with storage.writing() as work:
        await actions.forget(work, PEOPLE.mira.person_id)

    after = await contents(storage)
    assert {name: rows for name, rows in after.items() if not name.startswith("live_")} == {
        name: rows for name, rows in before.items() if not name.startswith("live_")
    }
    assert (await request(ask, PEOPLE.taras))["status"] == "OK"


async def test_who_moves_is_a_resident_of_one_place(ask: Ask) -> None:
    await request(ask, PEOPLE.mira)
    await request(ask, PEOPLE.mira, municipalityId=municipality_id(BILA_TSERKVA))

    assert (await mine(ask, PEOPLE.mira, municipality_id(KYIV)))["status"] == "MISSING"
    assert (await mine(ask, PEOPLE.mira))["municipality"] == {"name": "Білоцерківська"}
    assert await badge(ask, PEOPLE.mira) == "REGISTERED", "the profile says Kyiv, where nothing is proved"
    assert (await request(ask, PEOPLE.taras))["status"] == "OK", "the document is free in Kyiv"


async def test_a_municipality_in_the_argument_is_checked(ask: Ask) -> None:
    answer = await ask.answer(
        'query { viewer { verification(municipalityId: "Debate_1") { status } } }', as_=PEOPLE.mira
    )
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    nowhere = await mine(ask, PEOPLE.mira, municipality_id("UA00000000000000000"))
    assert (nowhere["status"], nowhere["municipality"], nowhere["handlers"]) == ("MISSING", None, [])


async def test_nothing_of_the_document_is_kept(ask: Ask, storage: Storage, caplog: pytest.LogCaptureFixture) -> None:
    """In no table, event or log line, whatever becomes of the try."""
    caplog.set_level("DEBUG")
    await request(ask, PEOPLE.mira)
    await request(ask, PEOPLE.taras)
    await request(ask, PEOPLE.taras, documentNumber="АМ 734519", dateOfBirth="2020-01-02")
    await request(ask, PEOPLE.taras, "CENSUS", documentNumber="АМ 734519")
    await pending(ask, PEOPLE.moderator, "LETTER", documentNumber="АМ 734519")

    kept = str(await contents(storage)) + caplog.text
    assert DATA["address"] in kept, "until the letter is answered"
    for secret in ("734518", "734519", "1990", "2020-01-02", "01001"):
        assert secret not in kept, secret
    assert NUMBER[-6:] == "734518"
