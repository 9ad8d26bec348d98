"""Relations of the registry, named by their questions."""

from modules.kernel.keyset import Order
from modules.kernel.relations import ByKey, Paged
from modules.kernel.tables import col, pick
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


legal_entities_by_id = ByKey(LEGAL_ENTITY, by=col(LegalEntityRow.id))
branches_by_legal_entity = Paged(LEGAL_ENTITY, by=col(LegalEntityRow.parent_id), order=BY_NAME)
legal_entities_by_municipality = Paged(LEGAL_ENTITY, by=col(LegalEntityRow.municipality_id), order=BY_NAME)
