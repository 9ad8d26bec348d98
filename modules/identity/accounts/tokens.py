"""Tokens of links in letters: told once, kept as a hash, used once, and for what they were made."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from modules.identity import opaque
from modules.identity.accounts import rules
from modules.identity.accounts.refusals import LinkNotValid
from modules.identity.accounts.tables import Purpose, TokenRow
from modules.kernel import clock
from modules.kernel.storage import Reading, Row, Work
from modules.kernel.tables import col, pick


async def issue(work: Work, purpose: Purpose, subject_id: UUID, email: str) -> str:
    """A new token for a letter to this address; older ones for the same are void."""
    token = opaque.fresh()
    row = {
        "subject_id": subject_id,
        "purpose": purpose,
        "token_hash": opaque.digest(token),
        "email": email,
        "expires_at": clock.now() + _lasts(purpose),
    }
    await work.put(TokenRow, [row], key=("subject_id", "purpose"))
    return token


async def use(work: Work, token: str, purposes: Collection[Purpose]) -> Row:
    """Purpose, subject and address of a token, which is worth nothing any more. Raises LinkNotValid."""
    columns = TokenRow.__table__.c  # type: ignore[attr-defined]
    taken = sa.delete(TokenRow).where(*_valid(token, purposes))
    row = await work.row(taken.returning(columns.purpose, columns.subject_id, columns.email))
    if row is None:
        raise LinkNotValid()
    return row


async def require(read: Reading, token: str, purpose: Purpose) -> None:
    """Look at a token without using it, before something slow. Raises LinkNotValid."""
    if await read.value(pick(TokenRow, "subject_id").where(*_valid(token, [purpose]))) is None:
        raise LinkNotValid()


def _valid(token: str, purposes: Collection[Purpose]) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        col(TokenRow.token_hash) == opaque.digest(token),
        col(TokenRow.purpose).in_(purposes),
        col(TokenRow.expires_at) > clock.now(),
    )


def _lasts(purpose: Purpose) -> timedelta:
    return rules.RESET_LASTS if purpose is Purpose.RESET_PASSWORD else rules.LINK_LASTS
