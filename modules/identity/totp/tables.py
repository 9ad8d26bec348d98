"""Rows of the second step of signing in."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from modules.identity.tables import IdentityTable
from modules.kernel.tables import Moment


class TotpRow(IdentityTable, table=True):
    """What a person's authenticator application shares with us; it counts once it is confirmed."""

    __tablename__ = "identity_totp"

    person_id: UUID = Field(primary_key=True, foreign_key="identity_person.id")
    secret: str  # sealed
    confirmed_at: datetime | None = Field(default=None, sa_type=Moment)
    last_step: int | None = Field(default=None, sa_type=sa.BigInteger)  # a code of it or of an earlier one is used up
    failures: int = 0  # wrong codes in a row
    locked_until: datetime | None = Field(default=None, sa_type=Moment)


class RecoveryCodeRow(IdentityTable, table=True):
    """A code for who lost the device; the row goes when it is used."""

    __tablename__ = "identity_recovery_code"

    person_id: UUID = Field(primary_key=True, foreign_key="identity_person.id")
    code_hash: str = Field(primary_key=True, max_length=64)  # SHA-256, hex
