"""Organisations to test with, made through the graph."""

from typing import Any

from modules.identity.organisations.tables import (
    MembershipRole,
    MembershipRow,
    OrganisationRow,
    VerificationRow,
    VerificationState,
)
from modules.kernel import keys
from modules.kernel.policy import Viewer
from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.civic.scenes import act
from tests.people import BEGAN, KYIV, PEOPLE, municipality_id, person_id

_TOLD = "organisation { id name verificationState edrpou }"


def _mutation(name: str, payload: str, shown: str = _TOLD) -> str:
    upper = name[0].upper() + name[1:]
    return (
        f"mutation($i: {upper}Input!) {{ r: {name}(input: $i) {{ __typename ...R ... on {payload} {{ {shown} }} }} }}"
    )


CREATE = _mutation("createOrganisation", "OrganisationCreated")
INVITE = _mutation("inviteMember", "MemberInvited")
REQUEST = _mutation("requestMembership", "MembershipRequested")
ANSWER = _mutation("answerMembership", "MembershipAnswered", "isAccepted person { id }")
CHANGE_ROLE = _mutation("changeMemberRole", "MemberRoleChanged", "role person { id }")
LEAVE = _mutation("leaveOrganisation", "OrganisationLeft")
REMOVE = _mutation("removeMember", "MemberRemoved", "person { id }")
ASK_TO_VERIFY = _mutation(
    "requestOrganisationVerification",
    "OrganisationVerificationRequested",
    f"{_TOLD} verification {{ id state edrpou }}",
)
DECIDE = _mutation(
    "decideOrganisationVerification", "OrganisationVerificationDecided", f"{_TOLD} verification {{ id state }}"
)
MEMBERS = """query($id: ID!) { organisation(id: $id) {
  members { totalCount edges { node { role person { name } } } }
  candidates { totalCount edges { node { role person { name } } } } } }"""

EDRPOU, ANOTHER_EDRPOU = "32855961", "14360570"
CLAIM = {
    "edrpou": EDRPOU,
    "representativeName": "Олена Ткач",
    "representativePosition": "Голова правління",
    "evidence": "Статут: https://example.org/statut.pdf",
}


async def create(ask: Ask, as_: Viewer = PEOPLE.mira, **input: Any) -> str:
    """The id of a new organisation of Kyiv."""
    told = {"municipalityId": municipality_id(), "name": "Дніпровські кручі"}
    return str((await act(ask, CREATE, as_, **(told | input)))["organisation"]["id"])


async def join(ask: Ask, organisation: str, who: Viewer, role: str = "MEMBER", *, by: Viewer = PEOPLE.mira) -> None:
    """Let somebody in; `by` leads the organisation."""
    of = {"organisationId": organisation}
    await act(ask, REQUEST, who, **of)
    assert (await act(ask, ANSWER, by, **of, personId=person_id(who), isAccepted=True))["isAccepted"]
    if role != "MEMBER":
        assert (await act(ask, CHANGE_ROLE, by, **of, personId=person_id(who), role=role))["role"] == role


async def ask_to_verify(ask: Ask, organisation: str, by: Viewer = PEOPLE.mira, **claim: str) -> str:
    """The id of a new request to be verified."""
    made = await act(ask, ASK_TO_VERIFY, by, organisationId=organisation, **(CLAIM | claim))
    return str(made["verification"]["id"])


async def verify(ask: Ask, organisation: str, by: Viewer = PEOPLE.mira, **claim: str) -> str:
    """Have it verified; the id of the request."""
    request = await ask_to_verify(ask, organisation, by, **claim)
    decided = await act(ask, DECIDE, PEOPLE.official, verificationId=request, verdict="VERIFIED")
    assert decided["organisation"]["verificationState"] == "VERIFIED"
    return request


async def roles(ask: Ask, organisation: str, as_: Viewer = PEOPLE.nobody) -> dict[str, str]:
    """What people are to an organisation, by name, as far as somebody sees it."""
    found = (await ask(MEMBERS, {"id": organisation}, as_=as_))["organisation"]
    for each in found.values():
        assert each["totalCount"] == len(each["edges"])
    edges = [*found["members"]["edges"], *found["candidates"]["edges"]]
    return {edge["node"]["person"]["name"]: edge["node"]["role"] for edge in edges}


ORGANISATION, CLAIMANT = (keys.derived("test", name) for name in ("organisation", "claimant"))
CLAIMED = keys.derived("test", "claimed")


async def settle(storage: Storage) -> None:
    """Two organisations of Kyiv that Taras created. In the first the moderator is a member, and the foreign moderator asks
    to join; the second waits to be verified."""
    waits = {"verification_state": VerificationState.PENDING, "verification_id": CLAIMED}
    idle = {"verification_state": VerificationState.UNVERIFIED, "verification_id": None}
    told = {"municipality_id": KYIV, "name": "Кручі", "created_at": BEGAN, "search_text": " кручі"}
    held = [
        (ORGANISATION, PEOPLE.taras, MembershipRole.CREATOR),
        (ORGANISATION, PEOPLE.moderator, MembershipRole.MEMBER),
        (ORGANISATION, PEOPLE.foreign_moderator, MembershipRole.REQUESTED),
        (CLAIMANT, PEOPLE.taras, MembershipRole.CREATOR),
    ]
    memberships = [
        {"organisation_id": key, "person_id": who.person_id, "role": role, "joined_at": BEGAN}
        for key, who, role in held
    ]
    claim = {
        "edrpou": EDRPOU,
        "representative_name": "Олена",
        "representative_position": "Голова",
        "evidence": "Статут",
    }
    asked = {"requested_by": PEOPLE.taras.person_id, "requested_at": BEGAN, "state": VerificationState.PENDING}
    request = {"id": CLAIMED, "organisation_id": CLAIMANT, "municipality_id": KYIV} | claim | asked
    async with storage.writing() as work:
        await work.as_system()
        await work.put(OrganisationRow, [{"id": ORGANISATION} | told | idle, {"id": CLAIMANT} | told | waits])
        await work.put(MembershipRow, memberships, key=("organisation_id", "person_id"))
        await work.put(VerificationRow, [request])
