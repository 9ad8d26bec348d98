"""Batches of identity, named by their questions."""

from collections.abc import Sequence

from sqlmodel import col

from modules.identity.tables import AccountRow, MunicipalityRow, PersonRow, RoleRow, SessionRow
from modules.kernel import clock
from modules.kernel.batches import many_each, one_each
from modules.kernel.context import Info
from modules.kernel.keyset import Order
from modules.kernel.paging import After, First, Page, pages
from modules.kernel.storage import Row
from modules.kernel.tables import pick

MUNICIPALITY = pick(MunicipalityRow, "id", "parent_id", "category", "name")
BY_NAME = Order(((col(MunicipalityRow.name), False), (col(MunicipalityRow.id), False)))
_PERSON = pick(PersonRow, "id", "name", "about", "municipality_id", "joined_at")
_SESSION = pick(SessionRow, "id", "device", "created_at", "expires_at")


async def people_by_id(keys: Sequence[Row], info: Info) -> list[Row | None]:
    return await one_each(info.context, _PERSON, col(PersonRow.id), [key["id"] for key in keys])


async def municipalities_by_id(keys: Sequence[Row], info: Info) -> list[Row | None]:
    return await one_each(info.context, MUNICIPALITY, col(MunicipalityRow.id), [key["id"] for key in keys])


async def parts_by_municipality(
    units: Sequence[Row], info: Info, *, first: First = 20, after: After = None
) -> list[Page]:
    keys = [unit["id"] for unit in units]
    return await pages(
        info.context, MUNICIPALITY, col(MunicipalityRow.parent_id), keys, BY_NAME, first=first, after=after
    )


async def email_by_viewer(viewers: Sequence[Row], info: Info) -> list[str | None]:
    keys = [viewer["id"] for viewer in viewers]
    rows = await one_each(info.context, pick(AccountRow, "email"), col(AccountRow.person_id), keys)
    return [row["email"] if row else None for row in rows]


async def sessions_by_viewer(viewers: Sequence[Row], info: Info) -> list[list[Row]]:
    living = _SESSION.where(col(SessionRow.expires_at) > clock.now()).order_by(col(SessionRow.created_at).desc())
    return await many_each(info.context, living, col(SessionRow.person_id), [viewer["id"] for viewer in viewers])


async def roles_by_viewer(viewers: Sequence[Row], info: Info) -> list[list[Row]]:
    held = pick(RoleRow, "role", "municipality_id").order_by(RoleRow.municipality_id)
    return await many_each(info.context, held, col(RoleRow.person_id), [viewer["id"] for viewer in viewers])
