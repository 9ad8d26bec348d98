"""Batches of the registry, named by their questions."""

from collections.abc import Sequence

from sqlmodel import col

from modules.kernel.batches import one_each
from modules.kernel.context import Info
from modules.kernel.keyset import Order
from modules.kernel.paging import After, First, Page, pages
from modules.kernel.storage import Row
from modules.kernel.tables import pick
from modules.registry.tables import LegalEntityRow

LEGAL_ENTITY = pick(
    LegalEntityRow,
    "id",
    "edrpou",
    "name",
    "short_name",
    "kind",
    "region",
    "municipality_id",
    "parent_id",
    "is_verified",
    "updated_at",
)
BY_NAME = Order(((col(LegalEntityRow.name), False), (col(LegalEntityRow.id), False)))


async def legal_entities_by_id(keys: Sequence[Row], info: Info) -> list[Row | None]:
    return await one_each(info.context, LEGAL_ENTITY, col(LegalEntityRow.id), [key["id"] for key in keys])


async def branches_by_legal_entity(
    entities: Sequence[Row], info: Info, *, first: First = 20, after: After = None
) -> list[Page]:
    keys = [entity["id"] for entity in entities]
    return await pages(
        info.context, LEGAL_ENTITY, col(LegalEntityRow.parent_id), keys, BY_NAME, first=first, after=after
    )


async def legal_entities_by_municipality(
    municipalities: Sequence[Row], info: Info, *, first: First = 20, after: After = None
) -> list[Page]:
    keys = [municipality["id"] for municipality in municipalities]
    return await pages(
        info.context, LEGAL_ENTITY, col(LegalEntityRow.municipality_id), keys, BY_NAME, first=first, after=after
    )
