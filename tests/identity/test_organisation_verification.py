"""How an organisation comes to be vouched for: asked, decided, decided again; who reads what of it."""

import asyncio
from typing import Any

from modules.kernel.policy import Role, Viewer
from modules.kernel.storage import Storage
from modules.registry.rules import LegalEntityKind
from modules.registry.tables import LegalEntityRow
from tests.asking import Ask
from tests.civic.scenes import act
from tests.contents import announced, contents
from tests.identity.organisation_scenes import (
    ANOTHER_EDRPOU,
    ASK_TO_VERIFY,
    CLAIM,
    DECIDE,
    EDRPOU,
    ask_to_verify,
    create,
    join,
    verify,
)
from tests.people import BEGAN, KYIV, PEOPLE

HISTORY = """query($id: ID!, $request: ID!) {
  organisation(id: $id) { edrpou verificationState verifications { totalCount edges { node {
    edrpou registeredName representativeName representativePosition evidence state requestedBy { name }
    decisions { totalCount edges { node { verdict reason decidedBy { name } } } } } } } }
  node(id: $request) { ... on OrganisationVerification {
    evidence decisions { edges { node { reason } } } organisation { name } } } }"""
ADMINISTRATOR = Viewer(PEOPLE.mira.person_id, roles=frozenset({(Role.ADMINISTRATOR, KYIV)}))


async def history(ask: Ask, organisation: str, request: str, as_: Viewer = PEOPLE.nobody) -> Any:
    return await ask(HISTORY, {"id": organisation, "request": request}, as_=as_)


async def standing(ask: Ask, organisation: str) -> tuple[str, str | None]:
    """What everybody reads."""
    found = await ask("query($id: ID!) { organisation(id: $id) { verificationState edrpou } }", {"id": organisation})
    return found["organisation"]["verificationState"], found["organisation"]["edrpou"]


async def decide(ask: Ask, request: str, verdict: str, as_: Viewer = PEOPLE.official, reason: str = "Так є.") -> Any:
    return await act(ask, DECIDE, as_, verificationId=request, verdict=verdict, reason=reason)


async def register(storage: Storage, edrpou: str, name: str) -> None:
    """Write a legal entity into the public register."""
    row = {"id": PEOPLE.mira.person_id, "edrpou": edrpou, "name": name, "kind": LegalEntityKind.CHARITY}
    async with storage.writing() as work:
        await work.put(LegalEntityRow, [row | {"is_verified": True, "search_text": "", "updated_at": BEGAN}])


async def test_the_last_decision_counts_and_all_of_them_are_kept(ask: Ask, storage: Storage) -> None:
    await register(storage, EDRPOU, "ГО «Кручі»")
    organisation = await create(ask)
    request = await ask_to_verify(ask, organisation, edrpou=f" {EDRPOU} ")
    assert await standing(ask, organisation) == ("PENDING", None)

    for verdict, code in (("VERIFIED", EDRPOU), ("REJECTED", None), ("VERIFIED", EDRPOU)):
        decided = await decide(ask, request, verdict, reason=f"Тому що {verdict}")
        assert (decided["organisation"]["edrpou"], decided["verification"]["state"]) == (code, verdict)
        assert await standing(ask, organisation) == (verdict, code)

    found = (await history(ask, organisation, request, PEOPLE.mira))["organisation"]["verifications"]
    decisions = found["edges"][0]["node"].pop("decisions")
    assert found == {
        "totalCount": 1,
        "edges": [
            {"node": {**CLAIM, "registeredName": "ГО «Кручі»", "state": "VERIFIED", "requestedBy": {"name": "Mira"}}}
        ],
    }
    assert decisions["totalCount"] == 3
    told = [edge["node"] for edge in decisions["edges"]]
    assert [each["verdict"] for each in told] == ["VERIFIED", "REJECTED", "VERIFIED"]
    assert told[1] == {"verdict": "REJECTED", "reason": "Тому що REJECTED", "decidedBy": {"name": "Official"}}


async def test_another_request_follows_a_rejection_and_takes_the_place_of_the_one_before(
    ask: Ask, storage: Storage
) -> None:
    organisation = await create(ask)
    first = await ask_to_verify(ask, organisation)
    again = {"organisationId": organisation} | CLAIM
    assert (await act(ask, ASK_TO_VERIFY, PEOPLE.mira, **again))["code"] == "VERIFICATION_UNDER_WAY"
    await decide(ask, first, "REJECTED")
    second = await ask_to_verify(ask, organisation, edrpou=ANOTHER_EDRPOU)
    assert await standing(ask, organisation) == ("PENDING", None)

    before = await contents(storage)
    assert (await decide(ask, first, "VERIFIED"))["code"] == "VERIFICATION_REPLACED"
    assert await contents(storage) == before
    await decide(ask, second, "VERIFIED")
    assert await standing(ask, organisation) == ("VERIFIED", ANOTHER_EDRPOU)
    assert (await act(ask, ASK_TO_VERIFY, PEOPLE.mira, **again))["code"] == "VERIFICATION_UNDER_WAY"
    found = (await history(ask, organisation, second, PEOPLE.mira))["organisation"]["verifications"]
    assert [(edge["node"]["edrpou"], edge["node"]["state"]) for edge in found["edges"]] == [
        (ANOTHER_EDRPOU, "VERIFIED"),
        (EDRPOU, "REJECTED"),
    ]


async def test_a_code_is_verified_for_one_organisation_at_a_time(ask: Ask, storage: Storage) -> None:
    requests = [await ask_to_verify(ask, await create(ask, name=name)) for name in ("Перша", "Друга", "Третя")]
    answers = await asyncio.gather(*(decide(ask, request, "VERIFIED") for request in requests))
    assert sorted(each["__typename"] for each in answers) == ["EdrpouTaken"] * 2 + ["OrganisationVerificationDecided"]

    taken = next(request for request, each in zip(requests, answers, strict=True) if "organisation" in each)
    other = next(request for request, each in zip(requests, answers, strict=True) if "organisation" not in each)
    before = await contents(storage)
    assert (await decide(ask, other, "VERIFIED"))["code"] == "EDRPOU_TAKEN"
    assert await contents(storage) == before
    await decide(ask, taken, "REJECTED")
    assert (await decide(ask, other, "VERIFIED"))["organisation"]["edrpou"] == EDRPOU


async def test_officials_of_its_municipality_decide_who_do_not_belong_to_it(ask: Ask, storage: Storage) -> None:
    organisation = await create(ask)
    request = await ask_to_verify(ask, organisation)
    before = await contents(storage)
    refused = [
        (await decide(ask, request, "VERIFIED", who))["code"]
        for who in (PEOPLE.mira, PEOPLE.moderator, PEOPLE.foreign_official, ADMINISTRATOR)
    ]
    assert refused == ["NOT_ALLOWED", "NOT_FOUND", "NOT_FOUND", "NOT_ALLOWED"], "who cannot read it finds none"
    assert await contents(storage) == before
    await join(ask, organisation, PEOPLE.official)
    assert (await decide(ask, request, "VERIFIED"))["code"] == "NOT_ALLOWED"
    another = Viewer(PEOPLE.taras.person_id, roles=frozenset({(Role.ADMINISTRATOR, KYIV)}))
    assert (await decide(ask, request, "VERIFIED", another))["organisation"]["verificationState"] == "VERIFIED"


async def test_papers_are_for_its_admins_and_officials_of_its_municipality(ask: Ask) -> None:
    organisation = await create(ask)
    await join(ask, organisation, PEOPLE.taras)
    request = await verify(ask, organisation)
    await decide(ask, request, "VERIFIED", reason="Печатка справжня")
    for who in ("nobody", "taras", "moderator", "foreign_moderator", "foreign_official"):
        found = await history(ask, organisation, request, getattr(PEOPLE, who))
        assert found == {
            "organisation": {
                "edrpou": EDRPOU,
                "verificationState": "VERIFIED",
                "verifications": {"totalCount": 0, "edges": []},
            },
            "node": None,
        }, who
    for who in ("mira", "official"):
        found = await history(ask, organisation, request, getattr(PEOPLE, who))
        assert found["organisation"]["verifications"]["totalCount"] == 1
        assert found["node"] == {
            "evidence": CLAIM["evidence"],
            "decisions": {"edges": [{"node": {"reason": "Печатка справжня"}}, {"node": {"reason": ""}}]},
            "organisation": {"name": "Дніпровські кручі"},
        }


UNFIT = [
    ({"edrpou": "32855968"}, "edrpou"),  # the control digit
    ({"edrpou": "3285596"}, "edrpou"),
    ({"edrpou": "٣٢٨٥٥٩٦١"}, "edrpou"),  # digits, but not those of a register
    ({"representativeName": " "}, "representativeName"),
    ({"representativePosition": "x" * 201}, "representativePosition"),
    ({"evidence": " "}, "evidence"),
    ({"evidence": "x" * 5_001}, "evidence"),
]


async def test_what_cannot_be_is_named_and_nothing_is_kept(ask: Ask, storage: Storage) -> None:
    organisation = await create(ask)
    before = await contents(storage)
    for changed, field in UNFIT:
        claim = {"organisationId": organisation} | CLAIM | changed
        answer = await act(ask, ASK_TO_VERIFY, PEOPLE.mira, **claim)
        assert (answer["code"], answer["field"]) == ("BAD_USER_INPUT", field), changed
    assert await contents(storage) == before

    request = await ask_to_verify(ask, organisation)
    before = await contents(storage)
    for verdict, reason, field in (
        ("PENDING", "?", "verdict"),
        ("REJECTED", " ", "reason"),
        ("VERIFIED", "x" * 5_001, "reason"),
    ):
        answer = await decide(ask, request, verdict, reason=reason)
        assert (answer["code"], answer["field"]) == ("BAD_USER_INPUT", field)
    assert (await decide(ask, "OrganisationVerification_" + "0" * 32, "VERIFIED"))["code"] == "NOT_FOUND"
    assert await contents(storage) == before
    found = (await history(ask, organisation, request, PEOPLE.official))["organisation"]["verifications"]
    assert found["edges"][0]["node"]["registeredName"] is None
    assert "verif" not in str(await announced(storage)).lower()  # nobody remembers it
