"""Whom an erasure would leave without somebody who leads them."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from modules.identity.organisations.tables import BELONGING, MembershipRole, MembershipRow, OrganisationRow
from modules.identity.organisations.tables import VerificationRow as OrganisationVerificationRow
from modules.identity.personal.refusals import HandOverFirst
from modules.identity.tables import RoleRow
from modules.kernel.policy import Role
from modules.kernel.storage import Row, Work
from modules.kernel.tables import col, pick

_OTHER: Any = MembershipRow.__table__.alias("other")  # type: ignore[attr-defined]
_THEIRS: Any = RoleRow.__table__.alias("theirs")  # type: ignore[attr-defined]


async def require_nobody_left(work: Work, person_id: UUID) -> None:
    """That others have somebody else to lead them: organisations with members, municipalities. All that this depends on is
    kept from changing until the work ends. An organisation without other members is nobody's loss. Raises HandOverFirst."""
    organisations = await _organisations(work, person_id)
    municipalities = await _municipalities(work, person_id)
    if organisations or municipalities:
        raise HandOverFirst(organisations=organisations, municipalities=municipalities)  # type: ignore[arg-type] # rows


async def _organisations(work: Work, person_id: UUID) -> list[Row]:
    """Those with other members, and no other creator."""
    own, asked = col(MembershipRow.person_id) == person_id, col(OrganisationVerificationRow.requested_by) == person_id
    concerned = sa.union(
        pick(MembershipRow, "organisation_id").where(own),
        pick(OrganisationVerificationRow, "organisation_id").where(asked),
    )
    locked = pick(OrganisationRow, "id").where(col(OrganisationRow.id).in_(concerned))
    await work.rows(locked.order_by(col(OrganisationRow.id)).with_for_update())
    others = (_OTHER.c.organisation_id == col(MembershipRow.organisation_id), _OTHER.c.person_id != person_id)
    left = pick(MembershipRow, "organisation_id").where(
        own,
        col(MembershipRow.role) == MembershipRole.CREATOR,
        sa.exists().where(*others, _OTHER.c.role.in_(BELONGING)),
        ~sa.exists().where(*others, _OTHER.c.role == MembershipRole.CREATOR),
    )
    rows = await work.rows(left.order_by(col(MembershipRow.organisation_id)))
    return [{"id": row["organisation_id"]} for row in rows]


async def _municipalities(work: Work, person_id: UUID) -> list[Row]:
    """Those where the person is the only administrator; the teams of all where they have a role are locked."""
    held = _THEIRS.c.municipality_id == col(RoleRow.municipality_id)
    here = pick(RoleRow, "municipality_id", "person_id", "role").where(
        sa.exists().where(held, _THEIRS.c.person_id == person_id)
    )
    team = await work.rows(here.order_by(col(RoleRow.municipality_id), col(RoleRow.person_id)).with_for_update())
    administrators = [row for row in team if row["role"] is Role.ADMINISTRATOR]
    shared = {row["municipality_id"] for row in administrators if row["person_id"] != person_id}
    own = {row["municipality_id"] for row in administrators if row["person_id"] == person_id}
    return [{"id": code} for code in sorted(own - shared)]
