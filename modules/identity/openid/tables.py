"""Rows of signing in with a provider."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from modules.identity.tables import IdentityTable
from modules.kernel.tables import Moment


class IdentityRow(IdentityTable, table=True):
    """Who a person is at a provider: by issuer and subject, which are for ever, never by an address, which may move on."""

    __tablename__ = "identity_openid"
    __table_args__ = (sa.UniqueConstraint("issuer", "subject"), sa.UniqueConstraint("person_id", "issuer"))

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="identity_person.id")
    issuer: str
    subject: str
    provider: str  # its name in the settings when it was linked
    linked_at: datetime = Field(sa_type=Moment)


class OpenidStartRow(IdentityTable, table=True):
    """Somebody on the way to a provider; the row goes when they come back."""

    __tablename__ = "identity_openid_start"

    state_hash: str = Field(primary_key=True, max_length=64)  # SHA-256, hex
    provider: str
    person_id: UUID | None = Field(default=None, foreign_key="identity_person.id")  # who links, None for who signs in
    nonce: str  # sealed
    verifier: str  # sealed
    verified_in: str | None = Field(default=None, foreign_key="identity_municipality.id")  # whose resident that makes
    expires_at: datetime = Field(sa_type=Moment, index=True)
