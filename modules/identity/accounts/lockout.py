"""Wrong passwords are counted, for an account and from an address; after five nobody may try for a while.

An account is counted under the hash of the e-mail that was typed, so that an unknown one is locked as a known one is.
"""

from datetime import datetime

import sqlalchemy as sa

from modules.identity import opaque
from modules.identity.accounts import rules
from modules.identity.accounts.refusals import SignInLocked
from modules.identity.accounts.sweeping import forget
from modules.identity.accounts.tables import FailureRow
from modules.kernel import clock
from modules.kernel.context import Client
from modules.kernel.storage import Storage, Work
from modules.kernel.tables import col, pick


async def require_unlocked(storage: Storage, email: str, client: Client) -> bool:
    """Whether there were failures for this account. Raises SignInLocked, until the later of the two when both are locked."""
    counted = pick(FailureRow, "id", "locked_until").where(col(FailureRow.id).in_(_ids(email, client)))
    async with storage.reading() as read:
        rows = await read.rows(counted)
    now, until = clock.now(), [row["locked_until"] for row in rows if row["locked_until"] is not None]
    if until and max(until) > now:
        raise SignInLocked(try_again_at=max(until))
    return any(row["id"] == _account(email) for row in rows)


async def note_failure(storage: Storage, email: str, client: Client) -> None:
    """Count a wrong password, and lock when there are too many."""
    now = clock.now()
    async with storage.writing() as work:
        await forget(work, FailureRow, col(FailureRow.forgotten_at), now)
        for each in _ids(email, client):  # the account first, always: nobody waits for each other
            await _count(work, each, now)


async def forgive(work: Work, email: str) -> None:
    """Somebody who has shown to own the account may start anew; what came from an address goes on counting."""
    await work.run(sa.delete(FailureRow).where(col(FailureRow.id) == _account(email)))


async def _count(work: Work, failure_id: str, now: datetime) -> None:
    insert, columns = work.insert(FailureRow), FailureRow.__table__.c  # type: ignore[attr-defined]
    kept = now + rules.FAILURES_COUNT_FOR
    counted = insert.values(id=failure_id, count=1, locked_until=None, forgotten_at=kept).on_conflict_do_update(
        index_elements=["id"],
        set_={
            "count": sa.case((columns.forgotten_at > now, columns["count"] + 1), else_=1),
            "forgotten_at": kept,
        },
    )
    failures = int(await work.value(counted.returning(columns["count"])))
    lasts = rules.lock(failures)
    if lasts is not None:
        locked = {"locked_until": now + lasts, "forgotten_at": kept + lasts}
        await work.run(sa.update(FailureRow).where(col(FailureRow.id) == failure_id).values(locked))


def _ids(email: str, client: Client) -> list[str]:
    """Of the account, and of where the request came from if that is known."""
    return [_account(email), *([_hash("address", client.address)] if client.address else [])]


def _account(email: str) -> str:
    return _hash("account", email)


def _hash(kind: str, value: str) -> str:
    return opaque.digest(f"{kind} {value}")
