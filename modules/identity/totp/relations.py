"""Batches of the second step, named by their questions."""

from collections.abc import Sequence

from modules.identity.totp.tables import RecoveryCodeRow, TotpRow
from modules.kernel.batches import count_each, one_each
from modules.kernel.context import Info
from modules.kernel.storage import Row
from modules.kernel.tables import col, pick

_ON = pick(TotpRow, "confirmed_at").where(col(TotpRow.confirmed_at).is_not(None))


async def totp_by_viewer(viewers: Sequence[Row], info: Info) -> list[bool]:
    rows = await one_each(info.context, _ON, col(TotpRow.person_id), [viewer["id"] for viewer in viewers])
    return [row is not None for row in rows]


async def recovery_codes_by_viewer(viewers: Sequence[Row], info: Info) -> list[int]:
    return await count_each(info.context, col(RecoveryCodeRow.person_id), [viewer["id"] for viewer in viewers])
