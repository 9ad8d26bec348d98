"""Rows of exports."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from modules.identity.tables import IdentityTable
from modules.kernel.tables import Moment


class ExportRow(IdentityTable, table=True):
    """Somebody who may fetch their data, once: the row goes with that. A person has one at most."""

    __tablename__ = "identity_export"

    person_id: UUID = Field(primary_key=True, foreign_key="identity_person.id")
    token_hash: str = Field(unique=True, max_length=64)  # SHA-256 of the token, hex
    expires_at: datetime = Field(sa_type=Moment, index=True)
