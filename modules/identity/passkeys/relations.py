"""Batches of passkeys, named by their questions."""

from modules.identity.passkeys.tables import PasskeyRow
from modules.kernel.keyset import Order
from modules.kernel.relations import Paged
from modules.kernel.tables import col, pick

passkeys_by_viewer = Paged(
    pick(PasskeyRow, "id", "name", "created_at", "used_at"),
    by=col(PasskeyRow.person_id),
    order=Order(((col(PasskeyRow.created_at), False), (col(PasskeyRow.id), False))),
)
