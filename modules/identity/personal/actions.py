"""What people do with all that is known of them: have it given to them, or have it erased."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from modules.identity import actions as signing
from modules.identity import opaque
from modules.identity.accounts.sweeping import forget
from modules.identity.personal import policy, rules
from modules.identity.personal.erasing import leave_nothing
from modules.identity.personal.exporting import File, files
from modules.identity.personal.jobs import enqueue_again, enqueue_farewell
from modules.identity.personal.leading import require_nobody_left
from modules.identity.personal.ports import Holders
from modules.identity.personal.tables import ExportRow
from modules.identity.ports import Secrets
from modules.identity.recent import require_recent
from modules.identity.tables import AccountRow, PersonRow
from modules.identity.totp.actions import require_second_factor
from modules.identity.verification import attempts
from modules.kernel import clock, keys
from modules.kernel.audit import Act
from modules.kernel.context import Client
from modules.kernel.policy import Viewer
from modules.kernel.refusals import InvalidInput, NotFound, NotSignedIn
from modules.kernel.storage import Storage, Work
from modules.kernel.tables import col, pick


@dataclass(frozen=True)
class Ready:
    """An export that waits. The token is told this once; only its hash is kept."""

    token: str
    expires_at: datetime


async def start_export(work: Work, viewer: Viewer) -> Ready:
    """Let the viewer fetch their data once, in place of what was started before. Raises NotSignedIn."""
    person_id, token, now = policy.may_export(viewer), opaque.fresh(), clock.now()
    ready = Ready(token, now + rules.EXPORT_WAITS)
    await forget(work, ExportRow, col(ExportRow.expires_at), now)
    row = {"person_id": person_id, "token_hash": opaque.digest(token), "expires_at": ready.expires_at}
    await work.put(ExportRow, [row], key=("person_id",))
    return ready


async def take_export(storage: Storage, holders: Holders, token: str) -> AsyncIterator[File] | None:
    """The files that a token opens, which opens nothing any more; None when it does not."""
    waiting = (col(ExportRow.token_hash) == opaque.digest(token), col(ExportRow.expires_at) > clock.now())
    async with storage.reading() as read:  # writers wait for each other: nobody does for what opens nothing
        if await read.value(pick(ExportRow, "person_id").where(*waiting)) is None:
            return None
    async with storage.writing() as work:
        person_id = await work.value(sa.delete(ExportRow).where(*waiting).returning(col(ExportRow.person_id)))
    return None if person_id is None else files(storage, holders.all(), person_id)


async def prove(
    storage: Storage, viewer: Viewer, secrets: Secrets, client: Client, *, password: str | None, code: str | None
) -> UUID:
    """Have somebody show again who they are, before what cannot be undone; their key.

    By the password, and a code where signing in takes one; without a password by a session that has just begun. Raises
    NotSignedIn, InvalidInput, WrongCredentials, SignInLocked, SecondFactorNeeded, WrongCode, CodesLocked or SignInAgain.
    """
    person_id = policy.may_erase(viewer)
    async with storage.reading() as read:
        account = await read.value(pick(AccountRow, "person_id").where(col(AccountRow.person_id) == person_id))
        if account is None:
            return await require_recent(read, viewer)
    if password is None:
        raise InvalidInput(field="password", message="Give the password of your account.")
    await signing.require_password(storage, person_id, password, client)
    await require_second_factor(storage, secrets, person_id, code)
    return person_id


async def erase(work: Work, viewer: Viewer, holders: Holders) -> datetime:
    """Leave nothing of a person but a key, in what they contributed; when. They have proved who they are.

    Raises NotSignedIn or HandOverFirst.
    """
    person_id = policy.may_erase(viewer)
    await work.as_system()
    # Whoever does something to the person takes these locks in this order: nobody waits for each other.
    await attempts.hold(work, person_id)
    await require_nobody_left(work, person_id)
    if not await _take_out(work, holders, person_id):
        raise NotSignedIn(message="This session has ended: sign in again.")
    return clock.now()


async def erase_as_operator(work: Work, holders: Holders, person_id: UUID) -> None:
    """The same by who runs the installation, whomever it leaves without somebody to lead them. Raises NotFound."""
    await work.as_system()
    await attempts.hold(work, person_id)
    if not await _take_out(work, holders, person_id):
        raise NotFound(message="There is no such person any more.")
    work.audit(Act("erasePerson", None, None, keys.encode("Person", person_id), person_id))


async def _take_out(work: Work, holders: Holders, person_id: UUID) -> bool:
    """Whether the person was still there. They are told, if they have an address."""
    living = sa.and_(col(PersonRow.id) == person_id, col(PersonRow.erased_at).is_(None))
    person = await work.row(pick(PersonRow, "locale").where(living).with_for_update(key_share=True))
    if person is None:
        return False
    email = await work.value(pick(AccountRow, "email").where(col(AccountRow.person_id) == person_id))
    await leave_nothing(work, holders, person_id)
    if email is not None:
        enqueue_farewell(work, email, person["locale"])
    enqueue_again(work, person_id)
    return True
