"""What the viewer may do in and for organisations, with who belongs to them, and with their requests to be verified."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from modules.identity.organisations import policy
from modules.identity.organisations.tables import BELONGING, MembershipRole, MembershipRow, OrganisationRow
from modules.kernel.batches import one_each
from modules.kernel.context import Info
from modules.kernel.permissions import Actions, Permission, one_of, permitted
from modules.kernel.policy import Viewer
from modules.kernel.prepared import VIEWER_ID
from modules.kernel.storage import Row
from modules.kernel.tables import col, pick

_other: Any = MembershipRow.__table__.alias("other")  # type: ignore[attr-defined]
_ANOTHER_CREATOR = sa.exists().where(
    _other.c.organisation_id == col(MembershipRow.organisation_id),
    _other.c.person_id != VIEWER_ID,
    _other.c.role == MembershipRole.CREATOR,
)
_OWN = (
    pick(MembershipRow, "role")
    .add_columns(_ANOTHER_CREATOR.correlate(MembershipRow.__table__).label("has_another_creator"))  # type: ignore[attr-defined]
    .where(col(MembershipRow.person_id) == VIEWER_ID)
)
_NEWEST = pick(OrganisationRow, "verification_id")


def _leave(viewer: Viewer, organisation: Row) -> UUID:
    return policy.may_leave(viewer, organisation, is_last_creator=organisation["viewer_is_last_creator"])


def _change_role(viewer: Viewer, membership: Row) -> None:
    """Whether the member may be made anything else than what they are."""
    may = partial(policy.may_change_role, viewer, membership["organisation"], membership)
    is_last = _is_last_creator(viewer, membership)
    one_of(partial(may, role, is_last_creator=is_last) for role in BELONGING if role is not membership["role"])


def _remove(viewer: Viewer, membership: Row) -> UUID:
    is_last = _is_last_creator(viewer, membership)
    return policy.may_remove(viewer, membership["organisation"], membership["role"], is_last_creator=is_last)


def _is_last_creator(viewer: Viewer, membership: Row) -> bool:
    """Of others it is never asked: whoever may do something with a creator is another one."""
    is_own = viewer.person_id == membership["person_id"]
    return is_own and bool(membership["organisation"]["viewer_is_last_creator"])


ORGANISATIONS = {
    "requestMembership": policy.may_request_membership,
    "leaveOrganisation": _leave,
    "inviteMember": policy.may_invite,
    "requestOrganisationVerification": policy.may_request_verification,
}
MEMBERSHIPS = {
    "answerMembership": lambda viewer, each: policy.may_answer_membership(viewer, each["organisation"], each),
    "changeMemberRole": _change_role,
    "removeMember": _remove,
}
VERIFICATIONS = {
    "decideOrganisationVerification": lambda viewer, request: policy.may_decide_verification(
        viewer, request["organisation"], request["id"]
    )
}


async def permissions_by_organisation(
    organisations: Sequence[Row], info: Info, *, actions: Actions = None
) -> list[list[Permission]]:
    own = await _own(info, [organisation["id"] for organisation in organisations])
    rows = [{**organisation, **parts} for organisation, parts in zip(organisations, own, strict=True)]
    return permitted(info.context.viewer, rows, ORGANISATIONS, actions)


async def permissions_by_membership(
    memberships: Sequence[Row], info: Info, *, actions: Actions = None
) -> list[list[Permission]]:
    own = await _own(info, [membership["organisation_id"] for membership in memberships])
    rows = [{**membership, "organisation": parts} for membership, parts in zip(memberships, own, strict=True)]
    return permitted(info.context.viewer, rows, MEMBERSHIPS, actions)


async def permissions_by_verification(
    requests: Sequence[Row], info: Info, *, actions: Actions = None
) -> list[list[Permission]]:
    keys = [request["organisation_id"] for request in requests]
    own, newest = await _own(info, keys), await one_each(info.context, _NEWEST, col(OrganisationRow.id), keys)
    rows = [
        {**request, "organisation": {**parts, **(asked or {}), "municipality_id": request["municipality_id"]}}
        for request, parts, asked in zip(requests, own, newest, strict=True)
    ]
    return permitted(info.context.viewer, rows, VERIFICATIONS, actions)


async def _own(info: Info, organisation_ids: Sequence[UUID]) -> list[Row]:
    """What the viewer is to each organisation, and whether it has no other creator."""
    if info.context.viewer.person_id is None:
        return [_shown(None) for _ in organisation_ids]
    rows = await one_each(info.context, _OWN, col(MembershipRow.organisation_id), organisation_ids)
    return [_shown(row) for row in rows]


def _shown(own: Row | None) -> Row:
    role = own["role"] if own else None
    is_last = own is not None and role is MembershipRole.CREATOR and not own["has_another_creator"]
    return {"viewer_role": role, "viewer_is_last_creator": is_last}
