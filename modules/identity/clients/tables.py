"""Rows of API clients."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from modules.identity.tables import IdentityTable
from modules.kernel.tables import Moment


class ApiClientRow(IdentityTable, table=True):
    """A partner's application that may ask: gone when it is revoked. A person answers for it."""

    __tablename__ = "identity_api_client"

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="identity_person.id", index=True)
    name: str
    prefix: str = Field(unique=True, max_length=20)
    secret_hash: str = Field(max_length=64)  # SHA-256 of the secret, hex
    scopes: str  # with spaces between, as OAuth writes them
    hourly_budget: int
    created_at: datetime = Field(sa_type=Moment)
    last_used_at: datetime | None = Field(default=None, sa_type=Moment)
