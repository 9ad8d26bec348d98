"""Giving a level: the document to one account, the level to its person, in the transaction of the check."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from modules.identity.tables import PersonRow
from modules.identity.verification import attempts
from modules.identity.verification.events import ResidenceEnded, ResidenceVerified
from modules.identity.verification.handlers import Handler
from modules.identity.verification.refusals import AlreadyVerified
from modules.identity.verification.tables import (
    DocumentRow,
    VerificationAttemptRow,
    VerificationRequestRow,
    VerificationRow,
)
from modules.kernel import clock
from modules.kernel.storage import Work
from modules.kernel.tables import col, pick


async def claim_document(work: Work, person_id: UUID, municipality_id: str, document_hash: str) -> bool:
    """Make a document the person's; False when it is another's. What the person had before is free again."""
    row = {"municipality_id": municipality_id, "document_hash": document_hash, "person_id": person_id}
    await work.run(work.insert(DocumentRow).values(row).on_conflict_do_nothing())
    this = sa.and_(col(DocumentRow.municipality_id) == municipality_id, col(DocumentRow.document_hash) == document_hash)
    if await work.value(pick(DocumentRow, "person_id").where(this)) != person_id:
        return False
    await work.run(sa.delete(DocumentRow).where(col(DocumentRow.person_id) == person_id, sa.not_(this)))
    return True


async def grant(
    work: Work, person_id: UUID, municipality_id: str, handler: Handler, lasts: timedelta, district: str | None = None
) -> None:
    """Make the person a verified resident, or renew it: of this municipality, and of no other from now on.

    Raises AlreadyVerified when that would lower a level that holds here.
    """
    now, level = clock.now(), handler.gives.number
    row = {
        "person_id": person_id,
        "municipality_id": municipality_id,
        "level": level,
        "method": handler.method,
        "district": district,
        "verified_at": now,
        "expires_at": now + lasts,
    }
    insert = work.insert(VerificationRow).values(row)
    fresh = {name: insert.excluded[name] for name in row if name != "person_id"}
    lowers_nothing = sa.or_(
        col(VerificationRow.level) <= level,
        col(VerificationRow.expires_at) <= now,
        col(VerificationRow.municipality_id) != municipality_id,
    )
    renewed = insert.on_conflict_do_update(index_elements=["person_id"], set_=fresh, where=lowers_nothing)
    if not await work.run(renewed):
        raise AlreadyVerified()
    await attempts.keep(work, person_id, None, None)
    nowhere = sa.and_(col(PersonRow.id) == person_id, col(PersonRow.municipality_id).is_(None))
    await work.run(sa.update(PersonRow).where(nowhere).values(municipality_id=municipality_id))
    work.record(ResidenceVerified(person_id))


async def end_elsewhere(work: Work, person_id: UUID, municipality_id: str | None) -> None:
    """Leave nothing of what the person proved, or began to, in other municipalities than this: the documents are free there.

    How often tries were wrong is kept: whoever moves is not unlocked by it. The person's turn is taken before.
    """

    def elsewhere(table: Any) -> Any:
        own = col(table.person_id) == person_id
        return own if municipality_id is None else sa.and_(own, col(table.municipality_id) != municipality_id)

    await work.run(sa.delete(VerificationRequestRow).where(elsewhere(VerificationRequestRow)))
    await work.run(sa.delete(DocumentRow).where(elsewhere(DocumentRow)))
    nothing = {"municipality_id": None, "status": None, "wrong": ""}
    await work.run(sa.update(VerificationAttemptRow).where(elsewhere(VerificationAttemptRow)).values(nothing))
    if await work.run(sa.delete(VerificationRow).where(elsewhere(VerificationRow))):
        work.record(ResidenceEnded(person_id))
