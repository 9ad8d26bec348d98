"""Asking to be verified, and deciding on it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from stdnum.ua import edrpou as control

from modules.identity.organisations import policy, rules
from modules.identity.organisations.actions import held
from modules.identity.organisations.refusals import EdrpouTaken
from modules.identity.organisations.tables import (
    LEADING,
    DecisionRow,
    MembershipRow,
    OrganisationRow,
    VerificationRow,
    VerificationState,
)
from modules.kernel import clock, keys
from modules.kernel.policy import Role, Viewer, somebody
from modules.kernel.refusals import InvalidInput, NotFound
from modules.kernel.search import searchable
from modules.kernel.storage import Row, Work
from modules.kernel.tables import col, pick

VERDICTS = (VerificationState.VERIFIED, VerificationState.REJECTED)


@dataclass(frozen=True)
class Claim:
    """What an organisation says of itself."""

    edrpou: str
    representative_name: str
    representative_position: str
    evidence: str

    def tidy(self) -> dict[str, str]:
        """Its words as they are kept, by column. Raises InvalidInput."""
        code = control.compact(self.edrpou)
        if not (code.isascii() and control.is_valid(code)):
            raise InvalidInput(
                field="edrpou", message="This is no EDRPOU: it has 8 digits, and the last checks the others."
            )
        lines = {
            "representative_name": ("representativeName", self.representative_name),
            "representative_position": ("representativePosition", self.representative_position),
        }
        found = {"edrpou": code}
        for column, (field, line) in lines.items():
            tidy = rules.tidy_line(line, rules.LONGEST_NAME)
            if tidy is None:
                raise InvalidInput(
                    field=field, message=f"`{field}` has 2 to {rules.LONGEST_NAME} printable characters."
                )
            found[column] = tidy
        evidence = rules.tidy_text(self.evidence)
        if not evidence:
            raise InvalidInput(field="evidence", message=f"`evidence` has 1 to {rules.LONGEST_TEXT:,} characters.")
        return found | {"evidence": evidence}


async def request_verification(work: Work, viewer: Viewer, organisation_id: UUID, claim: Claim) -> UUID:
    """Ask the municipality to vouch for an organisation; the request's key.

    Raises NotSignedIn, NotFound, NotAllowed, InvalidInput or VerificationUnderWay.
    """
    organisation = await held(work, viewer, organisation_id)
    requested_by, told = policy.may_request_verification(viewer, organisation), claim.tidy()
    request_id = keys.new()
    request = {"id": request_id, "requested_by": requested_by, "requested_at": clock.now(), **told}
    waits = {"verification_state": VerificationState.PENDING, "verification_id": request_id}
    await work.run(sa.update(OrganisationRow).where(*_of(organisation)).values(waits))
    await work.as_(viewer)
    await work.run(work.insert(VerificationRow).values(**request, **_place(organisation)))
    return request_id


async def decide_verification(
    work: Work, viewer: Viewer, verification_id: UUID, verdict: VerificationState, reason: str
) -> UUID:
    """Verify an organisation or reject it, however it was decided before; the organisation's key.

    Raises NotSignedIn, NotFound, NotAllowed, InvalidInput, VerificationReplaced or EdrpouTaken.
    """
    request = await _request(work, viewer, verification_id)
    organisation = await held(work, viewer, request["organisation_id"])
    decided_by = policy.may_decide_verification(viewer, organisation, verification_id)
    if verdict not in VERDICTS:
        raise InvalidInput(field="verdict", message="The verdict is `VERIFIED` or `REJECTED`.")
    tidy = rules.tidy_text(reason)
    if tidy is None or (verdict is VerificationState.REJECTED and not tidy):
        raise InvalidInput(
            field="reason", message=f"A rejection is explained; a reason has at most {rules.LONGEST_TEXT:,} characters."
        )
    await _settle(work, organisation, request, verdict)
    decision = {"id": keys.new(), "verification_id": verification_id, "verdict": verdict, "reason": tidy}
    by = {"decided_by": decided_by, "decided_at": clock.now()}
    await work.run(work.insert(DecisionRow).values(**decision, **by, **_place(organisation)))
    organisation_id: UUID = organisation["id"]
    return organisation_id


async def _settle(work: Work, organisation: Row, request: Row, verdict: VerificationState) -> None:
    """Bring the organisation and its newest request to a verdict. Raises EdrpouTaken."""
    code = request["edrpou"] if verdict is VerificationState.VERIFIED else None
    state = {
        "verification_state": verdict,
        "edrpou": code,
        "search_text": searchable(organisation["name"], organisation["about"], code),
    }
    try:
        await work.run(sa.update(OrganisationRow).where(*_of(organisation)).values(state))
    except IntegrityError:
        raise EdrpouTaken() from None  # the one unique key there is
    await work.run(sa.update(VerificationRow).where(col(VerificationRow.id) == request["id"]).values(state=verdict))


async def _request(work: Work, viewer: Viewer, verification_id: UUID) -> Row:
    """A request of an organisation that the viewer leads, or may decide on. Raises NotSignedIn or NotFound."""
    led = pick(MembershipRow, "organisation_id").where(
        col(MembershipRow.person_id) == somebody(viewer), col(MembershipRow.role).in_(LEADING)
    )
    readable = sa.or_(
        col(VerificationRow.municipality_id).in_(viewer.municipalities(Role.OFFICIAL)),
        col(VerificationRow.organisation_id).in_(led),
    )
    await work.as_(viewer)
    columns = pick(VerificationRow, "id", "organisation_id", "edrpou").where(readable)
    request = await work.row(columns.where(col(VerificationRow.id) == verification_id))
    if request is None:
        raise NotFound(message="There is no such request.")
    return request


def _of(organisation: Row) -> tuple[sa.ColumnElement[bool], ...]:
    """The organisation, in its municipality."""
    return (
        col(OrganisationRow.id) == organisation["id"],
        col(OrganisationRow.municipality_id) == organisation["municipality_id"],
    )


def _place(organisation: Row) -> dict[str, Any]:
    """Whose a request or a decision is."""
    return {"organisation_id": organisation["id"], "municipality_id": organisation["municipality_id"]}
