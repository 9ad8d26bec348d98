"""Organisations of the quarter: who belongs to them, and what was decided on them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from modules.identity.organisations.tables import (
    DecisionRow,
    MembershipRole,
    MembershipRow,
    OrganisationRow,
    VerificationRow,
    VerificationState,
)
from modules.kernel import keys
from modules.kernel.search import searchable
from modules.kernel.storage import Work
from tests.people import BEGAN, KYIV

ORGANISATIONS = [keys.derived("quarter", f"organisation {number}") for number in range(4)]
REQUESTS = [keys.derived("quarter", f"request {number}") for number in range(4)]
_STATES = list(VerificationState)  # one organisation for each
_EDRPOU = "00032112"


async def associate(work: Work, people: Sequence[UUID]) -> None:
    """Write four organisations; everybody among `people` has a part in each."""
    asked = [number for number, state in enumerate(_STATES) if state is not VerificationState.UNVERIFIED]
    await work.put(OrganisationRow, [_organisation(number) for number in range(len(ORGANISATIONS))])
    members = [_membership(number, place, person) for number in range(4) for place, person in enumerate(people)]
    await work.put(MembershipRow, members, key=("organisation_id", "person_id"))
    await work.put(VerificationRow, [_request(number, people[0]) for number in asked])
    decided = [number for number in asked if _STATES[number] is not VerificationState.PENDING]
    await work.put(DecisionRow, [_decision(number, people[-1]) for number in decided])


def _organisation(number: int) -> dict[str, Any]:
    name, state = f"Спілка {number}", _STATES[number]
    return {
        "id": ORGANISATIONS[number],
        "municipality_id": KYIV,
        "name": name,
        "about": "Про сквер." * (number % 2),
        "website": "https://union.example" if number % 2 else None,
        "created_at": BEGAN + timedelta(days=number),
        "verification_state": state,
        "verification_id": None if state is VerificationState.UNVERIFIED else REQUESTS[number],
        "edrpou": _EDRPOU if state is VerificationState.VERIFIED else None,
        "search_text": searchable(name),
    }


def _membership(number: int, place: int, person: UUID) -> dict[str, Any]:
    roles, joined_at = list(MembershipRole), BEGAN + timedelta(hours=place)
    role = roles[(number + place) % len(roles)]
    return {"organisation_id": ORGANISATIONS[number], "person_id": person, "role": role, "joined_at": joined_at}


def _request(number: int, person: UUID) -> dict[str, Any]:
    told = {"representative_name": "Олена", "representative_position": "Голова", "evidence": "Статут"}
    asked = {"edrpou": _EDRPOU, "requested_by": person, "requested_at": BEGAN, "state": _STATES[number]}
    of = {"organisation_id": ORGANISATIONS[number], "municipality_id": KYIV}
    return {"id": REQUESTS[number], **of, **told, **asked}


def _decision(number: int, person: UUID) -> dict[str, Any]:
    of = {"verification_id": REQUESTS[number], "organisation_id": ORGANISATIONS[number], "municipality_id": KYIV}
    by = {"verdict": _STATES[number], "reason": "Папери.", "decided_by": person, "decided_at": BEGAN}
    return {"id": keys.derived("quarter", f"decision {number}"), **of, **by}
