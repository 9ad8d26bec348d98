"""Letters are sent by jobs: a server of mail that is away delays them, and nobody waits for it.

The token in a letter is made when it is sent, and only its hash is kept. A letter that could not be sent is made anew, with
another token.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from modules.identity.accounts import letters, tokens
from modules.identity.accounts.letters import KNOWN, letter
from modules.identity.accounts.notices import LETTER, Change
from modules.identity.accounts.ports import Letter, Mailer
from modules.identity.accounts.sweeping import forget
from modules.identity.accounts.tables import EmailChangeRow, NewcomerRow, Purpose, TokenRow
from modules.identity.tables import AccountRow, PersonRow
from modules.kernel import clock
from modules.kernel.context import Context
from modules.kernel.storage import Row, Work
from modules.kernel.tables import col, pick

_ACCOUNT = (
    pick(AccountRow, "person_id", "email", "email_confirmed_at")
    .add_columns(col(PersonRow.locale))
    .join(PersonRow, col(PersonRow.id) == col(AccountRow.person_id))
)


def enqueue_letter(work: Work, purpose: Purpose, subject_id: UUID) -> None:
    """Have a letter sent to whom it concerns, if there is somebody."""
    work.enqueue(LETTER, {"purpose": purpose.value, "subject_id": subject_id})


async def send_letter(context: Context, payload: Mapping[str, Any]) -> None:
    """The job: make the letter with its token, and send it."""
    mailer, now, subject_id = context.port(Mailer), clock.now(), UUID(hex=payload["subject_id"])
    async with context.storage.writing() as work:
        for table in (TokenRow, NewcomerRow, EmailChangeRow):
            await forget(work, table, col(table.expires_at), now)
        if "change" in payload:
            written = await _notice(work, Change(payload["change"]), subject_id, payload["to"], mailer.site)
        else:
            written = await _WRITERS[Purpose(payload["purpose"])](work, subject_id, mailer.site)
    if written is not None:
        await mailer.send(written)


async def _sign_up(work: Work, newcomer_id: UUID, site: str) -> Letter | None:
    """To who signs up, or to who has this address already: only they learn which of it is so."""
    newcomer = await work.row(pick(NewcomerRow, "email", "locale").where(col(NewcomerRow.id) == newcomer_id))
    if newcomer is None:
        return None
    email, locale = newcomer["email"], newcomer["locale"]
    known = await _account(work, col(AccountRow.email) == email)
    if known is None:
        return await _linked(work, Purpose.SIGN_UP, newcomer_id, email, locale, site)
    if known["email_confirmed_at"] is None:
        return await _linked(work, Purpose.CONFIRM_EMAIL, known["person_id"], email, known["locale"], site)
    return letter(KNOWN, email, known["locale"], site)


async def _reset_password(work: Work, person_id: UUID, site: str) -> Letter | None:
    account = await _account(work, col(AccountRow.person_id) == person_id)
    if account is None:
        return None
    return await _linked(work, Purpose.RESET_PASSWORD, person_id, account["email"], account["locale"], site)


async def _leave_email(work: Work, person_id: UUID, site: str) -> Letter | None:
    account, new = await _changing(work, person_id)
    if account is None or new is None:
        return None
    return await _linked(work, Purpose.LEAVE_EMAIL, person_id, account["email"], account["locale"], site)


async def _take_email(work: Work, person_id: UUID, site: str) -> Letter | None:
    """To the new address; when it is another's, only they learn it."""
    account, new = await _changing(work, person_id)
    if account is None or new is None:
        return None
    other = await _account(work, col(AccountRow.email) == new)
    if other is not None:
        return letter(KNOWN, new, other["locale"], site)
    return await _linked(work, Purpose.TAKE_EMAIL, person_id, new, account["locale"], site)


async def _notice(work: Work, change: Change, person_id: UUID, to: str | None, site: str) -> Letter | None:
    account = await _account(work, col(AccountRow.person_id) == person_id)
    return None if account is None else letters.notice(change, to or account["email"], account["locale"], site)


async def _linked(work: Work, purpose: Purpose, subject_id: UUID, email: str, locale: str, site: str) -> Letter:
    token = await tokens.issue(work, purpose, subject_id, email)
    return letters.letter(purpose.value, email, locale, site, token)


async def _account(work: Work, where: sa.ColumnElement[bool]) -> Row | None:
    return await work.row(_ACCOUNT.where(where))


async def _changing(work: Work, person_id: UUID) -> tuple[Row | None, str | None]:
    """The account, and the address that it is to have."""
    new = await work.value(pick(EmailChangeRow, "email").where(col(EmailChangeRow.person_id) == person_id))
    return await _account(work, col(AccountRow.person_id) == person_id), new


_WRITERS = {
    Purpose.SIGN_UP: _sign_up,
    Purpose.RESET_PASSWORD: _reset_password,
    Purpose.LEAVE_EMAIL: _leave_email,
    Purpose.TAKE_EMAIL: _take_email,
}
