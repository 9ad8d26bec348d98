"""How a person can sign in, of which one has to be left; and what a device calls the account."""

from uuid import UUID

import sqlalchemy as sa

from modules.identity.openid.tables import IdentityRow
from modules.identity.passkeys.tables import PasskeyRow
from modules.identity.refusals import LastWayIn
from modules.identity.tables import AccountRow, PersonRow
from modules.kernel.storage import Reading, Work
from modules.kernel.tables import col, pick

_WAYS = (AccountRow, IdentityRow, PasskeyRow)


async def require_another_way(work: Work, person_id: UUID) -> None:
    """That there are two. The person is locked until this work ends: of two ways that are taken at once, one stays.

    Raises LastWayIn.
    """
    await work.row(pick(PersonRow, "id").where(col(PersonRow.id) == person_id).with_for_update())
    counts = [sa.select(sa.func.count()).where(col(way.person_id) == person_id).scalar_subquery() for way in _WAYS]
    ways = await work.row(sa.select(*(count.label(f"way_{number}") for number, count in enumerate(counts))))
    if ways is None or sum(ways.values()) < 2:
        raise LastWayIn()


async def label_of(read: Reading, person_id: UUID) -> str:
    """The address to sign in with; the name, where there is none."""
    email = await read.value(pick(AccountRow, "email").where(col(AccountRow.person_id) == person_id))
    return str(email or await read.value(pick(PersonRow, "name").where(col(PersonRow.id) == person_id)))
