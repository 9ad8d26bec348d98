"""Confirmed at a desk or by a letter: who sees the requests, who decides them, and once."""

import asyncio
from datetime import timedelta
from typing import Any

from modules.identity.verification.tables import VerificationRequestRow
from modules.kernel import clock, keys
from modules.kernel.policy import Role, Viewer
from modules.kernel.storage import Storage
from modules.kernel.tables import pick
from tests.asking import Ask
from tests.civic.scenes import act
from tests.contents import contents, rows_of
from tests.identity.residence import COMPLETE, NUMBER, PRINT, badge, mine, pending, request
from tests.people import BILA_TSERKVA, KYIV, PEOPLE, municipality_id

QUEUE = """query($filter: VerificationRequestFilter, $first: Int! = 20, $after: Cursor) {
  verificationRequests(filter: $filter, first: $first, after: $after) { totalCount
    pageInfo { hasNextPage endCursor }
    edges { node { id handler documentType person { name } municipality { code } } } } }"""
NODE = "query($id: ID!) { node(id: $id) { ... on VerificationRequest { id handler person { name } } } }"


async def queue(ask: Ask, as_: Viewer, code: str = KYIV, handler: str | None = None, **asked: Any) -> dict[str, Any]:
    narrowed = {"municipalityId": municipality_id(code), "handler": handler}
    found: dict[str, Any] = (await ask(QUEUE, {"filter": narrowed, **asked}, as_=as_))["verificationRequests"]
    return found


async def complete(ask: Ask, as_: Viewer, request_id: str, **input: Any) -> dict[str, Any]:
    return await act(ask, COMPLETE, as_, requestId=request_id, **input)


async def code_of(ask: Ask, request_id: str) -> str:
    return str((await act(ask, PRINT, PEOPLE.official, requestId=request_id))["code"])


async def test_the_queue_is_for_officials_of_its_municipality(ask: Ask) -> None:
    at_desk = await pending(ask, PEOPLE.taras, "DESK")
    by_letter = await pending(ask, PEOPLE.mira, "LETTER", documentNumber="АМ 734519")
    away = await pending(ask, PEOPLE.moderator, "DESK", municipalityId=municipality_id(BILA_TSERKVA))

    all_of_kyiv = await queue(ask, PEOPLE.official)
    nodes = [edge["node"] for edge in all_of_kyiv["edges"]]
    assert [(node["id"], node["person"]["name"]) for node in nodes] == [(at_desk, "Taras"), (by_letter, "Mira")]
    assert [node["documentType"] for node in nodes] == ["PASSPORT", "PASSPORT"]
    letters = await queue(ask, PEOPLE.official, handler="LETTER")
    assert [edge["node"]["id"] for edge in letters["edges"]] == [by_letter]
    page = await queue(ask, PEOPLE.official, first=1)
    rest = await queue(ask, PEOPLE.official, after=page["pageInfo"]["endCursor"])
    assert [edge["node"]["id"] for edge in rest["edges"]] == [by_letter]

    for stranger in (PEOPLE.nobody, PEOPLE.mira, PEOPLE.moderator, PEOPLE.foreign_official):
        assert (await queue(ask, stranger))["totalCount"] == 0
    assert [edge["node"]["id"] for edge in (await queue(ask, PEOPLE.foreign_official, BILA_TSERKVA))["edges"]] == [away]
    assert (await queue(ask, PEOPLE.official, BILA_TSERKVA))["edges"] == []
    own = (await ask("{ verificationRequests { edges { node { id } } } }", as_=PEOPLE.official))["verificationRequests"]
    assert [edge["node"]["id"] for edge in own["edges"]] == [at_desk, by_letter], (
        "without a filter all of the official's"
    )


async def test_a_request_is_seen_by_its_person_and_officials_alone(ask: Ask) -> None:
    made = await pending(ask, PEOPLE.mira, "DESK")

    for who, sees in (
        (PEOPLE.nobody, False),
        (PEOPLE.taras, False),
        (PEOPLE.moderator, False),
        (PEOPLE.foreign_official, False),
        (PEOPLE.mira, True),
        (PEOPLE.official, True),
    ):
        found = (await ask(NODE, {"id": made}, as_=who))["node"]
        assert found == ({"id": made, "handler": "DESK", "person": {"name": "Mira"}} if sees else None)


async def test_an_official_confirms_whose_document_they_see(ask: Ask) -> None:
    made = await pending(ask, PEOPLE.mira, "DESK")
    assert (await mine(ask, PEOPLE.mira))["status"] == "PENDING"
    wrong = await complete(ask, PEOPLE.official, made, documentNumber="АМ 734519")
    assert (wrong["field"], await badge(ask, PEOPLE.mira)) == ("documentNumber", "REGISTERED")

    done = await complete(ask, PEOPLE.official, made, documentNumber=NUMBER)

    assert (done["status"], done["person"]["verificationLevel"]) == ("OK", "CONFIRMED")
    shown = await mine(ask, PEOPLE.mira)
    assert (shown["status"], shown["level"], shown["pending"]) == ("OK", "CONFIRMED", None)
    assert [each["handler"] for each in shown["handlers"]] == ["DESK", "LETTER"], "a lower level is not offered"
    assert (await complete(ask, PEOPLE.official, made, documentNumber=NUMBER))["code"] == "NOT_FOUND"
    assert (await request(ask, PEOPLE.mira))["code"] == "ALREADY_VERIFIED"
    assert (await mine(ask, PEOPLE.mira))["level"] == "CONFIRMED"


async def test_an_official_says_what_is_wrong(ask: Ask) -> None:
    await request(ask, PEOPLE.mira)
    made = await pending(ask, PEOPLE.mira, "DESK")
    assert (await complete(ask, PEOPLE.official, made, wrongFields=[]))["field"] == "wrongFields"

    done = await complete(ask, PEOPLE.official, made, wrongFields=["DATE_OF_BIRTH", "DATE_OF_BIRTH"])

    assert (done["status"], done["person"]["verificationLevel"]) == ("UNAUTHORIZED", "RESIDENT")
    shown = await mine(ask, PEOPLE.mira)
    assert (shown["status"], shown["level"], shown["pending"], shown["retryAt"]) == ("OK", "RESIDENT", None, None)
    assert shown["wrongFields"] == ["DATE_OF_BIRTH"]


async def test_nobody_decides_on_themselves(ask: Ask, storage: Storage) -> None:
    made = [await pending(ask, PEOPLE.official, "DESK")]
    made.append(await pending(ask, PEOPLE.foreign_official, "LETTER", documentNumber="АМ 734519"))
    insider = Viewer(PEOPLE.foreign_official.person_id, None, frozenset({(Role.ADMINISTRATOR, KYIV)}))
    before = await contents(storage)

    refused = [
        await complete(ask, PEOPLE.official, made[0], documentNumber=NUMBER),
        await complete(ask, PEOPLE.official, made[0], wrongFields=["ADDRESS"]),
        await act(ask, PRINT, insider, requestId=made[1]),
    ]

    assert [each["code"] for each in refused] == ["NOT_ALLOWED"] * 3
    assert await contents(storage) == before


async def test_the_code_of_a_letter_confirms_its_person(ask: Ask, storage: Storage) -> None:
    made = await pending(ask, PEOPLE.mira, "LETTER")
    letter = await act(ask, PRINT, PEOPLE.official, requestId=made)
    assert letter["address"] == "Хрещатик 36, кв. 5"
    assert letter["person"]["id"] == keys.encode("Person", PEOPLE.mira.person_id or "")
    assert letter["code"] not in str(await contents(storage)), "only a keyed hash is kept"
    stranger = await complete(ask, PEOPLE.taras, made, code=letter["code"])
    assert stranger["code"] == "NOT_FOUND"
    assert (await complete(ask, PEOPLE.official, made, code=letter["code"]))["code"] == "NOT_ALLOWED"

    wrong = await complete(ask, PEOPLE.mira, made, code="2222222222")
    assert (wrong["code"], wrong["fields"]) == ("VERIFICATION_FAILED", ["CODE"])
    shown = await mine(ask, PEOPLE.mira)
    assert (shown["status"], shown["wrongFields"], shown["pending"]["id"]) == ("PENDING", ["CODE"], made)
    copied = f" {letter['code'][:5].lower()}-{letter['code'][5:]}"
    done = await complete(ask, PEOPLE.mira, made, code=copied)

    assert (done["status"], done["person"]["verificationLevel"]) == ("OK", "CONFIRMED")
    assert "Хрещатик" not in str(await contents(storage))
    assert (await complete(ask, PEOPLE.mira, made, code=letter["code"]))["code"] == "NOT_FOUND"


async def test_a_letter_that_is_printed_again_voids_the_first(ask: Ask) -> None:
    made = await pending(ask, PEOPLE.mira, "LETTER")
    assert (await complete(ask, PEOPLE.mira, made, code=""))["code"] == "VERIFICATION_FAILED", "none was printed"
    first, second = await code_of(ask, made), await code_of(ask, made)

    assert (await complete(ask, PEOPLE.mira, made, code=first))["code"] == "VERIFICATION_FAILED"
    assert (await complete(ask, PEOPLE.mira, made, code=second))["status"] == "OK"


async def test_each_way_ends_as_it_was_asked_for(ask: Ask, storage: Storage) -> None:
    at_desk = await pending(ask, PEOPLE.mira, "DESK")
    by_letter = await pending(ask, PEOPLE.taras, "LETTER", documentNumber="АМ 734519")
    before = await contents(storage)

    refused = [
        await complete(ask, PEOPLE.mira, at_desk, code="2222222222"),
        await complete(ask, PEOPLE.official, by_letter, documentNumber="АМ 734519"),
        await act(ask, PRINT, PEOPLE.official, requestId=at_desk),
        await complete(ask, PEOPLE.official, at_desk),
        await complete(ask, PEOPLE.official, at_desk, code="2222222222", documentNumber=NUMBER),
        await complete(ask, PEOPLE.official, "Person_1", documentNumber=NUMBER),
    ]

    assert [each["field"] for each in refused] == ["code", "documentNumber", "requestId", "code", "code", "requestId"]
    assert await contents(storage) == before


async def test_a_request_that_nobody_answered_is_void_and_goes(ask: Ask, storage: Storage) -> None:
    made = await pending(ask, PEOPLE.mira, "DESK")
    with clock.frozen(clock.now() + timedelta(days=61)):
        assert (await mine(ask, PEOPLE.mira))["status"] == "MISSING"
        assert (await queue(ask, PEOPLE.official))["totalCount"] == 0
        assert (await complete(ask, PEOPLE.official, made, documentNumber=NUMBER))["code"] == "NOT_FOUND"
        later = await pending(ask, PEOPLE.taras, "DESK", documentNumber="АМ 734519")
    left = await rows_of(storage, pick(VerificationRequestRow, "id"))
    assert [keys.encode("VerificationRequest", row["id"]) for row in left] == [later]


async def test_who_asks_again_has_one_request(ask: Ask) -> None:
    first = await pending(ask, PEOPLE.mira, "DESK")
    second = await pending(ask, PEOPLE.mira, "LETTER")

    assert [edge["node"]["id"] for edge in (await queue(ask, PEOPLE.official))["edges"]] == [second]
    assert (await complete(ask, PEOPLE.official, first, documentNumber=NUMBER))["code"] == "NOT_FOUND"


async def test_a_document_that_became_another_s_is_not_confirmed(ask: Ask, storage: Storage) -> None:
    at_desk = await pending(ask, PEOPLE.mira, "DESK")
    by_letter = await pending(ask, PEOPLE.moderator, "LETTER")
    code = await code_of(ask, by_letter)
    await request(ask, PEOPLE.taras)
    before = await contents(storage)

    refused = [
        await complete(ask, PEOPLE.official, at_desk, documentNumber=NUMBER),
        await complete(ask, PEOPLE.moderator, by_letter, code=code),
    ]

    assert [each["code"] for each in refused] == ["DOCUMENT_TAKEN"] * 2
    assert await contents(storage) == before


async def test_of_two_officials_one_decides(ask: Ask) -> None:
    made = await pending(ask, PEOPLE.mira, "DESK")
    colleague = Viewer(PEOPLE.taras.person_id, None, frozenset({(Role.OFFICIAL, KYIV)}))

    done = await asyncio.gather(
        complete(ask, PEOPLE.official, made, documentNumber=NUMBER),
        complete(ask, colleague, made, wrongFields=["POSTAL_CODE"]),
    )

    assert sorted(each["__typename"] for each in done) == ["NotFound", "VerificationCompleted"]
    [answer] = [each for each in done if each["__typename"] != "NotFound"]
    assert await badge(ask, PEOPLE.mira) == ("CONFIRMED" if answer["status"] == "OK" else "REGISTERED")
