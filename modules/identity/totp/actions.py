"""The second step of signing in: codes of an authenticator application (TOTP, RFC 6238), and recovery codes.

What changes with a wrong code (how many there were) has to stay: whoever is asked for a code proves it first, in a write
session of its own, and acts afterwards.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from modules.identity.accounts.notices import Change, enqueue_notice
from modules.identity.ports import Secrets
from modules.identity.recent import require_recent
from modules.identity.sealing import seal, unseal
from modules.identity.totp import policy, rules
from modules.identity.totp.refusals import CodesLocked, SecondFactorNeeded, TotpAlreadyOn, TotpOff, WrongCode
from modules.identity.totp.tables import RecoveryCodeRow, TotpRow
from modules.identity.ways_in import label_of
from modules.kernel import clock
from modules.kernel.policy import Viewer
from modules.kernel.storage import Reading, Row, Storage, Work
from modules.kernel.tables import col, pick

_PURPOSE = "identity.totp"
_ON = col(TotpRow.confirmed_at).is_not(None)


@dataclass(frozen=True)
class Begun:
    """What the application has to know; told this once."""

    secret: str
    uri: str


async def enable_totp(work: Work, viewer: Viewer, secrets: Secrets) -> Begun:
    """Make a secret, in place of one that was not confirmed. Raises NotSignedIn, SignInAgain or TotpAlreadyOn."""
    person_id, secret = await require_recent(work, viewer), rules.fresh_secret()
    sealed = seal(secrets, _PURPOSE, secret)
    begun = work.insert(TotpRow).values(person_id=person_id, secret=sealed, failures=0)
    again = begun.on_conflict_do_update(index_elements=["person_id"], set_={"secret": sealed}, where=~_ON)
    if not await work.run(again):
        raise TotpAlreadyOn()
    return Begun(secret, rules.uri(secret, await label_of(work, person_id)))


async def confirm_totp(work: Work, viewer: Viewer, secrets: Secrets, code: str) -> list[str]:
    """Ask for codes from now on; the recovery codes, told this once. Raises NotSignedIn, TotpOff, TotpAlreadyOn, WrongCode."""
    person_id, now = policy.may_confirm_totp(viewer), clock.now()
    totp = await work.row(pick(TotpRow, "secret", "confirmed_at").where(col(TotpRow.person_id) == person_id))
    if totp is None:
        raise TotpOff(message="Begin with a new secret: there is none to confirm.")
    step = rules.step_of(unseal(secrets, _PURPOSE, totp["secret"]), code, now)
    if totp["confirmed_at"] is None and step is None:
        raise WrongCode()
    seen = (col(TotpRow.person_id) == person_id, ~_ON, col(TotpRow.secret) == totp["secret"])
    if not await work.run(sa.update(TotpRow).where(*seen).values(confirmed_at=now, last_step=step)):
        raise TotpAlreadyOn()
    codes = rules.fresh_recovery_codes()
    kept = [{"person_id": person_id, "code_hash": rules.recovery_hash(each)} for each in codes]
    await work.put(RecoveryCodeRow, kept, key=("person_id", "code_hash"))
    enqueue_notice(work, Change.TOTP_ON, person_id)
    return codes


async def disable_totp(work: Work, viewer: Viewer) -> None:
    """Ask for codes no more: of whoever has proved one. Raises NotSignedIn or TotpOff."""
    person_id = policy.may_disable_totp(viewer)
    await work.run(sa.delete(RecoveryCodeRow).where(col(RecoveryCodeRow.person_id) == person_id))
    if not await work.run(sa.delete(TotpRow).where(col(TotpRow.person_id) == person_id, _ON)):
        raise TotpOff()
    enqueue_notice(work, Change.TOTP_OFF, person_id)


async def require_second_factor(storage: Storage, secrets: Secrets, person_id: UUID, code: str | None) -> None:
    """Nothing for a person without one. Raises SecondFactorNeeded without a code, else what `prove` raises."""
    async with storage.reading() as read:
        needed = await _is_on(read, person_id)
    if needed and code is None:
        raise SecondFactorNeeded()
    if needed:
        await prove(storage, secrets, person_id, code or "")


async def prove(storage: Storage, secrets: Secrets, person_id: UUID, code: str) -> None:
    """Use up a right code. Raises WrongCode; CodesLocked after too many of these; TotpOff where no code is asked for."""
    async with storage.writing() as work:
        right = await _spend(work, secrets, person_id, code)
    if not right:
        raise WrongCode()


async def _spend(work: Work, secrets: Secrets, person_id: UUID, code: str) -> bool:
    """Whether the code is right, and used up by this. Every try counts before it is looked at: many at once are in turn."""
    own, now = col(TotpRow.person_id) == person_id, clock.now()
    tried = await work.rows(
        sa.update(TotpRow)
        .where(own, _ON, sa.or_(col(TotpRow.locked_until).is_(None), col(TotpRow.locked_until) <= now))
        .values(failures=col(TotpRow.failures) + 1)
        .returning(col(TotpRow.secret), col(TotpRow.failures))
    )
    if not tried:
        raise CodesLocked() if await _is_on(work, person_id) else TotpOff()
    right = await _spend_recovery(work, person_id, code) or await _spend_step(work, secrets, person_id, tried[0], code)
    left = {"failures": 0, "locked_until": None} if right else {"locked_until": _locked(tried[0], now)}
    await work.run(sa.update(TotpRow).where(own).values(left))
    return right


async def _spend_step(work: Work, secrets: Secrets, person_id: UUID, totp: Row, code: str) -> bool:
    step = rules.step_of(unseal(secrets, _PURPOSE, totp["secret"]), code, clock.now())
    if step is None:
        return False
    unused = (col(TotpRow.person_id) == person_id, sa.func.coalesce(col(TotpRow.last_step), -1) < step)
    return await work.run(sa.update(TotpRow).where(*unused).values(last_step=step)) == 1


async def _spend_recovery(work: Work, person_id: UUID, code: str) -> bool:
    own = (col(RecoveryCodeRow.person_id) == person_id, col(RecoveryCodeRow.code_hash) == rules.recovery_hash(code))
    return await work.run(sa.delete(RecoveryCodeRow).where(*own)) == 1


def _locked(totp: Row, now: datetime) -> datetime | None:
    lasts = rules.lock(totp["failures"])
    return None if lasts is None else now + lasts


async def _is_on(read: Reading, person_id: UUID) -> bool:
    return await read.value(pick(TotpRow, "person_id").where(col(TotpRow.person_id) == person_id, _ON)) is not None
