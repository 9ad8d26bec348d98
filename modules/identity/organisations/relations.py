"""Relations of organisations, named by their questions."""

from collections.abc import Sequence
from enum import Enum
from typing import Any

import sqlalchemy as sa
import strawberry

from modules.identity.organisations.ports import LegalEntities
from modules.identity.organisations.tables import (
    BELONGING,
    LEADING,
    DecisionRow,
    MembershipRole,
    MembershipRow,
    OrganisationRow,
    VerificationRow,
)
from modules.kernel.context import Info
from modules.kernel.keyset import Order
from modules.kernel.policy import Role
from modules.kernel.prepared import VIEWER_ID, among, viewer_codes
from modules.kernel.relations import ByKey, Paged
from modules.kernel.storage import Row
from modules.kernel.tables import col, pick, together

ORGANISATION = pick(
    OrganisationRow,
    *("id", "municipality_id", "name", "about", "website", "created_at", "verification_state", "edrpou"),
)
BY_NAME = Order(((col(OrganisationRow.name), False), (col(OrganisationRow.id), False)))
NEWEST = Order(((col(OrganisationRow.created_at), True), (col(OrganisationRow.id), True)))


@strawberry.enum(description="How organisations are ordered.")
class OrganisationOrder(Enum):
    NAME = strawberry.enum_value("name", description="By name.")
    NEWEST = strawberry.enum_value("newest", description="The latest first.")


ORDERS = {OrganisationOrder.NAME: BY_NAME, OrganisationOrder.NEWEST: NEWEST}


def _is_any(role: Any, roles: Sequence[MembershipRole]) -> Any:
    return sa.or_(*(role == each for each in roles))


_own: Any = MembershipRow.__table__.alias("own")  # type: ignore[attr-defined]


def _led_by_viewer(organisation_id: Any) -> Any:
    """Whether the viewer leads the organisation."""
    own: Any = sa.select(sa.literal_column("1")).where(
        _own.c.organisation_id == organisation_id, _own.c.person_id == VIEWER_ID, _is_any(_own.c.role, LEADING)
    )
    return sa.exists(own.select_from(_own).correlate_except(_own))


def _readable(table: Any) -> Any:
    """Requests and decisions: for who leads the organisation, and who decides in its municipality."""
    return sa.or_(
        among(col(table.municipality_id), viewer_codes(Role.OFFICIAL)), _led_by_viewer(col(table.organisation_id))
    )


_MEMBERSHIP = pick(MembershipRow, "organisation_id", "person_id", "role", "joined_at").add_columns(
    together(MembershipRow.organisation_id, MembershipRow.person_id).label("id")
)
_BELONGS = _is_any(col(MembershipRow.role), BELONGING)
_JOINED = col(MembershipRow.joined_at)
_REQUEST = pick(
    VerificationRow,
    *(
        "id",
        "organisation_id",
        "municipality_id",
        "edrpou",
        "representative_name",
        "representative_position",
        "evidence",
    ),
    *("requested_by", "requested_at", "state"),
).where(_readable(VerificationRow))
_DECISION = pick(DecisionRow, "verdict", "reason", "decided_by", "decided_at").where(_readable(DecisionRow))

organisations_by_id = ByKey(ORGANISATION, by=col(OrganisationRow.id))
organisations_by_person = Paged(
    ORGANISATION.join_from(
        OrganisationRow.__table__,  # type: ignore[attr-defined]
        MembershipRow.__table__,  # type: ignore[attr-defined]
        col(MembershipRow.organisation_id) == col(OrganisationRow.id),
    ).where(_BELONGS),
    by=col(MembershipRow.person_id),
    order=BY_NAME,
)
memberships_by_viewer = Paged(
    _MEMBERSHIP,
    by=col(MembershipRow.person_id),
    order=Order(((_JOINED, False), (col(MembershipRow.organisation_id), False))),
)
_BY_JOINING = Order(((_JOINED, False), (col(MembershipRow.person_id), False)))
members_by_organisation = Paged(_MEMBERSHIP.where(_BELONGS), by=col(MembershipRow.organisation_id), order=_BY_JOINING)
candidates_by_organisation = Paged(
    _MEMBERSHIP.where(sa.not_(_BELONGS), _led_by_viewer(col(MembershipRow.organisation_id))),
    by=col(MembershipRow.organisation_id),
    order=_BY_JOINING,
)
verifications_by_id = ByKey(_REQUEST, by=col(VerificationRow.id))
verifications_by_organisation = Paged(
    _REQUEST,
    by=col(VerificationRow.organisation_id),
    order=Order(((col(VerificationRow.requested_at), True), (col(VerificationRow.id), True))),
)
decisions_by_verification = Paged(
    _DECISION,
    by=col(DecisionRow.verification_id),
    order=Order(((col(DecisionRow.decided_at), True), (col(DecisionRow.id), True))),
)


async def registered_names(requests: Sequence[Row], info: Info) -> list[str | None]:
    """What the public register calls the legal entity of each request now."""
    async with info.context.storage.reading() as read:
        names = await info.context.port(LegalEntities).names_by_edrpou(read, {each["edrpou"] for each in requests})
    return [names.get(each["edrpou"]) for each in requests]
