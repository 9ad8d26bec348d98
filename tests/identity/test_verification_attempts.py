"""Wrong tries are counted and locked; of those at once each takes its turn."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from modules.identity.verification import handlers
from modules.identity.verification.handlers import Claim, Handler, Verdict
from modules.identity.verification.rules import FORGOTTEN_AFTER
from modules.identity.verification.tables import DocumentRow, VerificationRow
from modules.identity.verification.terms import Method
from modules.kernel import clock
from modules.kernel.levels import Level
from modules.kernel.policy import Viewer
from modules.kernel.storage import Reading, Storage
from tests.asking import Ask
from tests.civic.scenes import act
from tests.contents import contents, rows_of
from tests.identity.residence import COMPLETE, PRINT, badge, mine, pending, request
from tests.people import PEOPLE

CHILD = {"dateOfBirth": "2020-01-01"}


async def test_after_three_wrong_tries_the_next_waits_twice_as_long_each_time(ask: Ask, storage: Storage) -> None:
    now = clock.now().replace(microsecond=0)
    with clock.frozen(now):
        for _ in range(3):
            assert (await request(ask, PEOPLE.mira, **CHILD))["retryAt"] == now.isoformat().replace("+00:00", "Z")
    for minutes in (2, 4, 8):
        with clock.frozen(now):
            failed = await request(ask, PEOPLE.mira, **CHILD)
            now += timedelta(minutes=minutes)
            until = now.isoformat().replace("+00:00", "Z")
            assert (failed["code"], failed["retryAt"]) == ("VERIFICATION_FAILED", until)
        with clock.frozen(now - timedelta(seconds=1)):
            before = await contents(storage)
            locked = await request(ask, PEOPLE.mira)
            assert (locked["code"], locked["retryAt"]) == ("VERIFICATION_LOCKED", until)
            assert (await mine(ask, PEOPLE.mira))["retryAt"] == until
            assert await contents(storage) == before, "good data are not looked at either"
    with clock.frozen(now):
        assert (await request(ask, PEOPLE.taras))["status"] == "OK", "others are not locked"
        assert (await request(ask, PEOPLE.mira, documentNumber="АМ 734519"))["status"] == "OK"
        assert (await mine(ask, PEOPLE.mira))["retryAt"] is None


async def test_success_does_not_buy_more_tries_but_a_month_does(ask: Ask) -> None:
    """Whoever has a document of their own could otherwise try out others' for ever."""
    for _ in range(3):
        await request(ask, PEOPLE.mira, "CENSUS")
        await request(ask, PEOPLE.mira)
    await request(ask, PEOPLE.mira, "CENSUS")
    assert (await request(ask, PEOPLE.mira))["code"] == "VERIFICATION_LOCKED"

    with clock.frozen(clock.now() + FORGOTTEN_AFTER + timedelta(minutes=1)):
        for _ in range(3):
            await request(ask, PEOPLE.mira, "CENSUS")
        assert (await request(ask, PEOPLE.mira))["status"] == "OK"


async def test_what_is_incomplete_is_no_try(ask: Ask) -> None:
    for _ in range(5):
        assert (await request(ask, PEOPLE.mira, postalCode=""))["status"] == "INCOMPLETE"

    assert (await request(ask, PEOPLE.mira))["status"] == "OK"


async def test_codes_are_not_tried_out_at_once(ask: Ask) -> None:
    made = await pending(ask, PEOPLE.mira, "LETTER")
    code = (await act(ask, PRINT, PEOPLE.official, requestId=made))["code"]

    tried = await asyncio.gather(
        *(act(ask, COMPLETE, PEOPLE.mira, requestId=made, code=f"{number:0>10}") for number in range(12))
    )

    assert Counter(each["code"] for each in tried) == {"VERIFICATION_FAILED": 4, "VERIFICATION_LOCKED": 8}
    assert (await act(ask, COMPLETE, PEOPLE.mira, requestId=made, code=code))["code"] == "VERIFICATION_LOCKED"


async def test_a_document_that_two_claim_at_once_is_one_s(ask: Ask, storage: Storage, crowd: list[Viewer]) -> None:
    claimants = crowd[:8]
    done = await asyncio.gather(*(request(ask, each) for each in claimants))

    assert Counter(each["__typename"] for each in done) == {"VerificationRequested": 1, "DocumentTaken": 7}
    [winner] = [who for who, each in zip(claimants, done, strict=True) if each["__typename"] == "VerificationRequested"]
    held, verified = [
        await rows_of(storage, sa.select(table.person_id))  # type: ignore[call-overload]
        for table in (DocumentRow, VerificationRow)
    ]
    assert [row["person_id"] for row in held] == [row["person_id"] for row in verified] == [winner.person_id]


async def test_an_account_that_asks_twice_at_once_is_verified_once(ask: Ask, storage: Storage) -> None:
    done = await asyncio.gather(
        request(ask, PEOPLE.mira), request(ask, PEOPLE.mira, documentType="ID_CARD", documentNumber="000123456")
    )

    assert [each["status"] for each in done] == ["OK", "OK"]
    assert len(await rows_of(storage, sa.select(DocumentRow.person_id))) == 1  # type: ignore[call-overload]


async def test_a_handler_is_one_declaration(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that needs nothing of the person, since it knows who they are by a linked identity."""

    async def claimed(_read: Reading, claim: Claim) -> Verdict:
        assert claim.person_id in (PEOPLE.mira.person_id, PEOPLE.taras.person_id)
        return Verdict(identity="https://id.example 4412", district="Поділ")

    linked = Handler(method=Method.CENSUS, needs=(), gives=Level.CONFIRMED, check=claimed)
    monkeypatch.setattr(handlers, "HANDLERS", (linked,))

    offered = (await mine(ask, PEOPLE.mira))["handlers"]
    assert offered == [{"handler": "CENSUS", "level": "CONFIRMED", "needs": []}]
    assert (await request(ask, PEOPLE.mira, "CENSUS"))["status"] == "OK"
    assert ((await mine(ask, PEOPLE.mira))["district"], await badge(ask, PEOPLE.mira)) == ("Поділ", "CONFIRMED")
    assert (await request(ask, PEOPLE.taras, "CENSUS"))["code"] == "DOCUMENT_TAKEN"
