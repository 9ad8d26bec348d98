"""Tries of a person: one after the other, counted, and locked when too many were wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from modules.identity.verification import rules
from modules.identity.verification.refusals import DocumentTaken, VerificationFailed, VerificationLocked
from modules.identity.verification.tables import VerificationAttemptRow
from modules.identity.verification.terms import Detail, Status
from modules.kernel import clock
from modules.kernel.storage import Row, Work
from modules.kernel.tables import col, pick


@dataclass(frozen=True)
class Outcome:
    """How a try went. `taken`: the document is another account's. `request_id` is what waits, where something does;
    `message` is what to say of a failure, where the usual would not help."""

    status: Status
    wrong: tuple[Detail, ...] = ()
    taken: bool = False
    retry_at: datetime | None = None
    request_id: UUID | None = None
    message: str | None = None


async def begin(work: Work, person_id: UUID) -> None:
    """Take the person's turn, which others of theirs wait for until this work ends. Raises VerificationLocked."""
    locked_until = col(VerificationAttemptRow.locked_until)
    free = sa.or_(locked_until.is_(None), locked_until <= clock.now())
    if not await _take(work, person_id, free):
        until = await work.value(pick(VerificationAttemptRow, "locked_until").where(_of(person_id)))
        raise VerificationLocked(retry_at=until)


async def hold(work: Work, person_id: UUID) -> None:
    """The same for somebody else who decides on the person: no lock keeps an official off."""
    await _take(work, person_id, sa.true())


async def fail(
    work: Work, person_id: UUID, municipality_id: str, status: Status, wrong: Sequence[Detail], *, taken: bool = False
) -> Outcome:
    """Keep how a try failed; one that was wrong, and not merely incomplete, is counted."""
    retry_at = await _count(work, person_id) if status is Status.UNAUTHORIZED else None
    shown = tuple(wrong) or (Detail.DOCUMENT_NUMBER,) * taken
    await keep(work, person_id, municipality_id, status, shown)
    return Outcome(status, shown, taken, retry_at)


async def keep(
    work: Work, person_id: UUID, municipality_id: str | None, status: Status | None, wrong: Sequence[Detail] = ()
) -> None:
    """What the person is shown of the last try; None for nothing that failed."""
    told = " ".join(str(detail.value) for detail in wrong)
    await _set(work, person_id, municipality_id=municipality_id, status=status, wrong=told)


def refuse(outcome: Outcome) -> None:
    """After the commit: a failed try is kept. Raises DocumentTaken or VerificationFailed."""
    if outcome.taken:
        raise DocumentTaken()
    if outcome.wrong:
        told = {"message": outcome.message} if outcome.message else {}
        until = outcome.retry_at or clock.now()
        raise VerificationFailed(status=outcome.status, fields=[*outcome.wrong], retry_at=until, **told)


def wrong_fields(row: Row) -> list[Detail]:
    """The fields that were wrong in the last try."""
    return [Detail(value) for value in (row["wrong"] or "").split()]


async def _count(work: Work, person_id: UUID) -> datetime | None:
    """One more wrong try; until when the next is locked. The row is this work's since `begin`."""
    now = clock.now()
    own = pick(VerificationAttemptRow, "failures", "failed_at").where(_of(person_id))
    row = await work.row(own)
    assert row is not None
    fresh = row["failed_at"] is not None and row["failed_at"] > now - rules.FORGOTTEN_AFTER
    failures = row["failures"] + 1 if fresh else 1
    locked = rules.locked_for(failures)
    until = now + locked if locked else None
    await _set(work, person_id, failures=failures, failed_at=now, locked_until=until)
    return until


async def _take(work: Work, person_id: UUID, where: Any) -> bool:
    insert = work.insert(VerificationAttemptRow).values(person_id=person_id, failures=0, wrong="")
    same = {"failures": col(VerificationAttemptRow.failures)}
    return bool(await work.run(insert.on_conflict_do_update(index_elements=["person_id"], set_=same, where=where)))


async def _set(work: Work, person_id: UUID, **values: Any) -> None:
    await work.run(sa.update(VerificationAttemptRow).where(_of(person_id)).values(values))


def _of(person_id: UUID) -> Any:
    return col(VerificationAttemptRow.person_id) == person_id
