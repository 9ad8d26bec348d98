"""Batches of identity, named by their questions."""

from collections.abc import Sequence

import sqlalchemy as sa

from modules.identity.municipalities.relations import ACTIVE_SINCE
from modules.identity.tables import AccountRow, MunicipalityRow, PersonRow, RoleRow, SessionRow
from modules.kernel import clock
from modules.kernel.batches import many_each, one_each
from modules.kernel.context import Info
from modules.kernel.keyset import Order
from modules.kernel.relations import ByKey, Listed, Paged
from modules.kernel.storage import Row
from modules.kernel.tables import Moment, col, pick

MUNICIPALITY = pick(MunicipalityRow, "id", "parent_id", "category", "name").add_columns(ACTIVE_SINCE)
BY_NAME = Order(((col(MunicipalityRow.name), False), (col(MunicipalityRow.id), False)))
PERSON = pick(PersonRow, "id", "name", "about", "avatar", "municipality_id", "joined_at", "erased_at")
LIVING_PERSON = PERSON.where(col(PersonRow.erased_at).is_(None))
_ACCOUNT = pick(AccountRow, "email", "email_confirmed_at")
_LIVING = (
    pick(SessionRow, "id", "device", "created_at", "last_used_at", "expires_at")
    .where(col(SessionRow.expires_at) > sa.bindparam("now", type_=Moment()))
    .order_by(col(SessionRow.created_at).desc())
)

people_by_id = ByKey(PERSON, by=col(PersonRow.id))
municipalities_by_id = ByKey(MUNICIPALITY, by=col(MunicipalityRow.id))
parts_by_municipality = Paged(MUNICIPALITY, by=col(MunicipalityRow.parent_id), order=BY_NAME)
roles_by_viewer = Listed(
    pick(RoleRow, "role", "municipality_id"),
    by=col(RoleRow.person_id),
    order=Order(((col(RoleRow.municipality_id), False),)),
)


async def email_by_viewer(viewers: Sequence[Row], info: Info) -> list[str | None]:
    return [account["email"] if account else None for account in await _accounts(viewers, info)]


async def confirmed_by_viewer(viewers: Sequence[Row], info: Info) -> list[bool]:
    accounts = await _accounts(viewers, info)
    return [account is not None and account["email_confirmed_at"] is not None for account in accounts]


async def _accounts(viewers: Sequence[Row], info: Info) -> list[Row | None]:
    return await one_each(info.context, _ACCOUNT, col(AccountRow.person_id), [viewer["id"] for viewer in viewers])


async def sessions_by_viewer(viewers: Sequence[Row], info: Info) -> list[list[Row]]:
    keys = [viewer["id"] for viewer in viewers]
    return await many_each(info.context, _LIVING, col(SessionRow.person_id), keys, now=clock.now())
