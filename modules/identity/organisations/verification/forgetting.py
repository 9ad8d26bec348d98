"""Forgetting who stood for an organisation, when that person is erased."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from modules.identity.organisations.tables import MembershipRow, OrganisationRow, VerificationRow, VerificationState
from modules.identity.tables import PersonRow
from modules.kernel.storage import Work
from modules.kernel.tables import col, pick

_OTHER: Any = VerificationRow.__table__.alias("other")  # type: ignore[attr-defined]


async def forget_representative(work: Work, person_id: UUID) -> None:
    """Withdraw what the person asked for and nobody decided on; take their name out of what others asked for.

    Their own requests that were decided on lose what they typed: see identity's traces.
    """
    waits = sa.and_(
        col(VerificationRow.requested_by) == person_id, col(VerificationRow.state) == VerificationState.PENDING
    )
    asked = col(OrganisationRow.id).in_(pick(VerificationRow, "organisation_id").where(waits))
    await work.rows(pick(OrganisationRow, "id").where(asked).order_by(col(OrganisationRow.id)).with_for_update())
    withdrawn = col(OrganisationRow.verification_id).in_(pick(VerificationRow, "id").where(waits))
    unverified = sa.literal(VerificationState.UNVERIFIED, col(OrganisationRow.verification_state).type)
    before = {
        "verification_id": _before(_OTHER.c.id),
        "verification_state": sa.func.coalesce(_before(_OTHER.c.state), unverified),
    }
    await work.run(sa.update(OrganisationRow).where(withdrawn).values(before))
    await work.run(sa.delete(VerificationRow).where(waits))
    await _forget_name(work, person_id)


def _before(column: Any) -> Any:
    """Of the request that was the newest before, which was rejected; nothing where there was none."""
    earlier = (
        _OTHER.c.organisation_id == col(OrganisationRow.id),
        _OTHER.c.state != VerificationState.PENDING,
    )
    newest = sa.select(column).where(*earlier).order_by(_OTHER.c.requested_at.desc(), _OTHER.c.id.desc())
    return newest.limit(1).correlate(OrganisationRow.__table__).scalar_subquery()  # type: ignore[attr-defined]


async def _forget_name(work: Work, person_id: UUID) -> None:
    """Where somebody else of an organisation named the person as who represents it."""
    theirs = pick(MembershipRow, "organisation_id").where(col(MembershipRow.person_id) == person_id)
    name = pick(PersonRow, "name").where(col(PersonRow.id) == person_id).scalar_subquery()
    named = (col(VerificationRow.organisation_id).in_(theirs), col(VerificationRow.representative_name) == name)
    nobody = {"representative_name": "", "representative_position": ""}
    await work.run(sa.update(VerificationRow).where(*named).values(nobody))
