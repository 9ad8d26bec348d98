"""Rows of passkeys."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from modules.identity.tables import IdentityTable
from modules.kernel.tables import Moment


class PasskeyRow(IdentityTable, table=True):
    """The public half of a key that a person's device, or password manager, holds."""

    __tablename__ = "identity_passkey"

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="identity_person.id")
    credential_id: str = Field(unique=True)  # base64url
    public_key: bytes = Field(sa_type=sa.LargeBinary)  # COSE
    sign_count: int = Field(sa_type=sa.BigInteger)
    name: str
    created_at: datetime = Field(sa_type=Moment)
    used_at: datetime | None = Field(default=None, sa_type=Moment)


class PasskeyChallengeRow(IdentityTable, table=True):
    """What a device is asked to sign; the row goes with the first answer."""

    __tablename__ = "identity_passkey_challenge"

    challenge_hash: str = Field(primary_key=True, max_length=64)  # SHA-256, hex
    person_id: UUID | None = Field(
        default=None, foreign_key="identity_person.id"
    )  # who registers, None for who signs in
    expires_at: datetime = Field(sa_type=Moment, index=True)


_keys = PasskeyRow.__table__.c  # type: ignore[attr-defined]
sa.Index("identity_passkey_person", _keys.person_id, _keys.created_at, _keys.id)
