"""What people do with their accounts, beside signing in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from modules.identity import rules as names
from modules.identity.accounts import lockout, policy, rules, tokens
from modules.identity.accounts.jobs import enqueue_letter
from modules.identity.accounts.notices import Change, enqueue_notice
from modules.identity.accounts.refusals import LinkNotValid
from modules.identity.accounts.tables import EmailChangeRow, NewcomerRow, Purpose, TokenRow
from modules.identity.actions import (
    Newcomer,
    Started,
    make_person,
    municipality_exists,
    new_hash,
    open_account,
    start_session,
)
from modules.identity.events import SessionEnded, SessionsEnded
from modules.identity.refusals import EmailTaken
from modules.identity.tables import AccountRow, SessionRow
from modules.kernel import clock, keys
from modules.kernel.context import Client
from modules.kernel.policy import Viewer
from modules.kernel.refusals import InvalidInput, NotFound
from modules.kernel.storage import Row, Storage, Work
from modules.kernel.tables import col, pick

USE_IS_NOTED = timedelta(minutes=5)  # of a session: at most once in so long
CONFIRMING = (Purpose.SIGN_UP, Purpose.CONFIRM_EMAIL, Purpose.LEAVE_EMAIL, Purpose.TAKE_EMAIL)


@dataclass(frozen=True)
class Confirmed:
    """What a link confirmed. `started` is a session, where somebody joined by it."""

    email: str
    is_in_use: bool
    started: Started | None = None


async def register(work: Work, who: Newcomer) -> None:
    """Keep who signs up until the address is confirmed. What is done, and how long it takes, is the same for every address.

    Raises InvalidInput.
    """
    if who.municipality_id is not None and not await municipality_exists(work, who.municipality_id):
        raise InvalidInput(field="municipalityId", message="There is no such municipality.")
    newcomer = NewcomerRow(
        id=keys.new(),
        name=who.name,
        email=who.email,
        password_hash=who.password_hash,
        locale=who.locale,
        municipality_id=who.municipality_id,
        expires_at=clock.now() + rules.LINK_LASTS,
    )
    work.session.add(newcomer)
    enqueue_letter(work, Purpose.SIGN_UP, newcomer.id)


async def confirm_email(work: Work, token: str, client: Client) -> Confirmed:
    """Do what the link of a letter was sent for. Raises LinkNotValid."""
    used = await tokens.use(work, token, CONFIRMING)
    match used["purpose"]:
        case Purpose.SIGN_UP:
            person_id = await _join(work, used["subject_id"])
            return Confirmed(used["email"], True, await start_session(work, person_id, client))
        case Purpose.CONFIRM_EMAIL:
            await _confirm(work, used)
            return Confirmed(used["email"], True)
    return await _confirm_change(work, used)


async def request_password_reset(work: Work, email: str) -> str:
    """Have a letter sent to this address if an account has it; the tidy address. Nobody else learns whether one has.

    Raises InvalidInput for what is no address.
    """
    tidy = _tidy(email, "email")
    person_id = await work.value(pick(AccountRow, "person_id").where(col(AccountRow.email) == tidy))
    enqueue_letter(work, Purpose.RESET_PASSWORD, person_id or keys.new())  # a job for nobody costs as much
    return tidy


async def new_password(storage: Storage, token: str, password: str) -> str:
    """The hash of a password that a link lets somebody choose. Raises LinkNotValid, before anything slow, or InvalidInput."""
    async with storage.reading() as read:
        await tokens.require(read, token, Purpose.RESET_PASSWORD)
    return await new_hash(password)


async def reset_password(work: Work, token: str, password_hash: str) -> int:
    """Give an account another password and end its sessions; how many. Raises LinkNotValid."""
    used = await tokens.use(work, token, [Purpose.RESET_PASSWORD])
    person_id, now = used["subject_id"], clock.now()
    own = (col(AccountRow.person_id) == person_id, col(AccountRow.email) == used["email"])
    confirmed_at = sa.func.coalesce(
        col(AccountRow.email_confirmed_at), sa.literal(now, col(SessionRow.expires_at).type)
    )
    changed = {"password_hash": password_hash, "email_confirmed_at": confirmed_at}
    if not await work.run(sa.update(AccountRow).where(*own).values(changed)):
        raise LinkNotValid()
    enqueue_notice(work, Change.PASSWORD, person_id)
    await lockout.forgive(work, used["email"])
    await _forget_change(work, person_id)  # whoever knew the old password may have asked for it
    return await _end_sessions(work, person_id)


async def change_email(work: Work, viewer: Viewer, email: str) -> str:
    """Ask for another address, to be confirmed at both; the tidy address. The password was asked for before.

    Raises NotSignedIn or InvalidInput.
    """
    person_id, tidy = policy.may_change_email(viewer), _tidy(email, "newEmail")
    if await work.value(pick(AccountRow, "email").where(col(AccountRow.person_id) == person_id)) == tidy:
        raise InvalidInput(field="newEmail", message="This is the address of the account already.")
    asked = {"person_id": person_id, "email": tidy, "is_left": False, "is_taken": False}
    row = {**asked, "expires_at": clock.now() + rules.LINK_LASTS}
    await _forget_change(work, person_id)
    await work.put(EmailChangeRow, [row], key=("person_id",))
    enqueue_letter(work, Purpose.LEAVE_EMAIL, person_id)
    enqueue_letter(work, Purpose.TAKE_EMAIL, person_id)
    return tidy


async def sign_out_everywhere(work: Work, viewer: Viewer) -> int:
    """End all sessions of the viewer, the one that asks too; how many. Raises NotSignedIn."""
    return await _end_sessions(work, policy.may_end_sessions(viewer))


async def end_session(work: Work, viewer: Viewer, session_id: UUID) -> UUID:
    """End one session of the viewer; the viewer's key. Raises NotSignedIn or NotFound."""
    person_id = policy.may_end_sessions(viewer)
    own = (col(SessionRow.id) == session_id, col(SessionRow.person_id) == person_id)
    if not await work.run(sa.delete(SessionRow).where(*own)):
        raise NotFound(message="You have no such session.")
    work.record(SessionEnded(session_id))
    return person_id


async def note_use(work: Work, session_ids: list[UUID], now: datetime) -> None:
    """Remember that sessions are used; those of which it was noted shortly before are left as they are."""
    stale = (col(SessionRow.id).in_(session_ids), col(SessionRow.last_used_at) <= now - USE_IS_NOTED)
    await work.run(sa.update(SessionRow).where(*stale).values(last_used_at=now))


async def _join(work: Work, newcomer_id: UUID) -> UUID:
    """Make a person of a newcomer. Raises LinkNotValid when the address has got an account meanwhile."""
    taken = sa.delete(NewcomerRow).where(col(NewcomerRow.id) == newcomer_id)
    who = await work.row(taken.returning(*NewcomerRow.__table__.c))  # type: ignore[attr-defined]
    if who is None:
        raise LinkNotValid()
    now = clock.now()
    await make_person(work, newcomer_id, who["name"], now, locale=who["locale"], municipality_id=who["municipality_id"])
    try:
        await open_account(work, newcomer_id, who["email"], who["password_hash"], confirmed_at=now)
    except EmailTaken:
        raise LinkNotValid() from None
    return newcomer_id


async def _confirm(work: Work, used: Row) -> None:
    own = (col(AccountRow.person_id) == used["subject_id"], col(AccountRow.email) == used["email"])
    if not await work.run(sa.update(AccountRow).where(*own).values(email_confirmed_at=clock.now())):
        raise LinkNotValid()


async def _confirm_change(work: Work, used: Row) -> Confirmed:
    """One of the two confirmations; the second one counts."""
    person_id, now = used["subject_id"], clock.now()
    own = (col(EmailChangeRow.person_id) == person_id, col(EmailChangeRow.expires_at) > now)
    half = "is_left" if used["purpose"] is Purpose.LEAVE_EMAIL else "is_taken"
    columns = EmailChangeRow.__table__.c  # type: ignore[attr-defined]
    done = sa.update(EmailChangeRow).where(*own).values({half: True})
    change = await work.row(done.returning(columns.email, columns.is_left, columns.is_taken))
    if change is None:
        raise LinkNotValid()
    is_in_use = change["is_left"] and change["is_taken"]
    if is_in_use:
        await _take(work, person_id, change["email"], now)
    return Confirmed(change["email"], is_in_use)


async def _take(work: Work, person_id: UUID, email: str, now: datetime) -> None:
    """Give an account its new address, and tell the old one. Raises LinkNotValid when it has become another's."""
    old = await work.value(pick(AccountRow, "email").where(col(AccountRow.person_id) == person_id))
    changed = {"email": email, "email_confirmed_at": now}
    try:
        async with work.session.begin_nested():
            await work.run(sa.update(AccountRow).where(col(AccountRow.person_id) == person_id).values(changed))
    except IntegrityError:
        raise LinkNotValid() from None
    enqueue_notice(work, Change.EMAIL, person_id, to=old)
    await work.run(sa.delete(TokenRow).where(col(TokenRow.subject_id) == person_id))  # they went to the old one
    await _forget_change(work, person_id)


async def _forget_change(work: Work, person_id: UUID) -> None:
    links = col(TokenRow.purpose).in_([Purpose.LEAVE_EMAIL, Purpose.TAKE_EMAIL])
    await work.run(sa.delete(TokenRow).where(col(TokenRow.subject_id) == person_id, links))
    await work.run(sa.delete(EmailChangeRow).where(col(EmailChangeRow.person_id) == person_id))


async def _end_sessions(work: Work, person_id: UUID) -> int:
    ended = await work.run(sa.delete(SessionRow).where(col(SessionRow.person_id) == person_id))
    if ended:
        work.record(SessionsEnded(person_id))
    return ended


def _tidy(email: str, field: str) -> str:
    tidy = names.tidy_email(email)
    if tidy is None:
        raise InvalidInput(field=field, message="This is not an e-mail address.")
    return tidy
