"""Batches of linked identities, named by their questions."""

from modules.identity.openid.tables import IdentityRow
from modules.kernel.keyset import Order
from modules.kernel.relations import Listed
from modules.kernel.tables import col, pick

identities_by_viewer = Listed(
    pick(IdentityRow, "id", "provider", "linked_at"),
    by=col(IdentityRow.person_id),
    order=Order(((col(IdentityRow.linked_at), False), (col(IdentityRow.id), False))),
)
