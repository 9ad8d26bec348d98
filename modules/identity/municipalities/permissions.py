"""What the viewer may do in a municipality, and with who works for it."""

from collections.abc import Sequence
from functools import partial

import sqlalchemy as sa

from modules.identity.municipalities import policy
from modules.identity.organisations.policy import may_create
from modules.identity.tables import RoleRow
from modules.identity.verification.policy import may_request, may_upload_census
from modules.kernel.batches import one_each
from modules.kernel.context import Info
from modules.kernel.permissions import Actions, Permission, one_of, permitted
from modules.kernel.policy import Role, Viewer
from modules.kernel.storage import Row
from modules.kernel.tables import col

_ADMINISTRATORS = (
    sa.select(sa.func.count().label("administrators"))
    .where(col(RoleRow.role) == Role.ADMINISTRATOR)
    .group_by(col(RoleRow.municipality_id))
)


def _grant(viewer: Viewer, municipality: Row) -> None:
    """Whether some role may be given to somebody who has none there."""
    seat = {"person_id": None, "municipality_id": municipality["id"], "role": None, "administrators": 0}
    one_of(partial(policy.may_grant, viewer, seat, role) for role in Role)


def _grant_another(viewer: Viewer, seat: Row) -> None:
    """Whether the person may be given another role than the one held."""
    one_of(partial(policy.may_grant, viewer, seat, role) for role in Role if role is not seat["role"])


MUNICIPALITIES = {
    "configureMunicipality": lambda viewer, municipality: policy.may_configure(viewer, municipality["id"]),
    "grantRole": _grant,
    "uploadCensus": lambda viewer, municipality: may_upload_census(viewer, municipality["id"]),
    "requestVerification": lambda viewer, _municipality: may_request(viewer),
    "createOrganisation": lambda viewer, _municipality: may_create(viewer),
}
SEATS = {"grantRole": _grant_another, "revokeRole": policy.may_revoke}


async def permissions_by_municipality(
    municipalities: Sequence[Row], info: Info, *, actions: Actions = None
) -> list[list[Permission]]:
    return permitted(info.context.viewer, municipalities, MUNICIPALITIES, actions)


async def permissions_by_seat(seats: Sequence[Row], info: Info, *, actions: Actions = None) -> list[list[Permission]]:
    """Seats are whose role where: `person_id, municipality_id, role`."""
    viewer, counts = info.context.viewer, [0 for _ in seats]
    if any(seat["person_id"] == viewer.person_id and seat["role"] is Role.ADMINISTRATOR for seat in seats):
        codes = [seat["municipality_id"] for seat in seats]
        found = await one_each(info.context, _ADMINISTRATORS, col(RoleRow.municipality_id), codes)
        counts = [row["administrators"] if row else 0 for row in found]
    rows = [{**seat, "administrators": count} for seat, count in zip(seats, counts, strict=True)]
    return permitted(viewer, rows, SEATS, actions)
