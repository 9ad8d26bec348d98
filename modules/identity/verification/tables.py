"""Rows of verification. No document, date of birth or postal code is in any of them."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from modules.identity.tables import IdentityTable
from modules.identity.verification.terms import DocumentType, Method, Status
from modules.kernel.tables import Moment, one_of
from modules.kernel.walls import Wall, behind


def _open(values: type) -> sa.Enum:
    """A column of an enum that may get more members without a migration."""
    return sa.Enum(
        values,
        native_enum=False,
        create_constraint=False,
        values_callable=lambda kind: [member.value for member in kind],
        length=40,
    )


class VerificationRow(IdentityTable, table=True):
    """What a person has proved: of one municipality at a time. Until it expires."""

    __tablename__ = "identity_verification"
    __table_args__ = (sa.CheckConstraint("level IN (2, 3)", name="identity_verification_level"),)

    person_id: UUID = Field(primary_key=True, foreign_key="identity_person.id")
    municipality_id: str = Field(foreign_key="identity_municipality.id", index=True)
    level: int = Field(sa_type=sa.SmallInteger)
    method: Method = Field(sa_type=_open(Method))
    district: str | None = None
    verified_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)


class DocumentRow(IdentityTable, table=True):
    """Whose document it is, by its keyed hash: one living account's in a municipality. Erasure deletes the row."""

    __tablename__ = "identity_document"
    __table_args__ = (behind(Wall.PEOPLE),)

    municipality_id: str = Field(primary_key=True, foreign_key="identity_municipality.id")
    document_hash: str = Field(primary_key=True, max_length=64)
    person_id: UUID = Field(foreign_key="identity_person.id", index=True)


class VerificationRequestRow(IdentityTable, table=True):
    """What waits for an official or for a letter's code; a person has one at most. The address goes with the row."""

    __tablename__ = "identity_verification_request"
    __table_args__ = (
        sa.CheckConstraint("(code_hash IS NULL) = (printed_at IS NULL)", name="identity_verification_request_printed"),
        behind(Wall.PEOPLE),
    )

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="identity_person.id", unique=True)
    municipality_id: str = Field(foreign_key="identity_municipality.id")
    method: Method = Field(sa_type=_open(Method))
    document_type: DocumentType = Field(sa_type=_open(DocumentType))
    document_hash: str = Field(max_length=64)
    address: str | None = None
    requested_at: datetime = Field(sa_type=Moment)
    code_hash: str | None = Field(default=None, max_length=64)
    printed_at: datetime | None = Field(default=None, sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)


class VerificationAttemptRow(IdentityTable, table=True):
    """How a person's last try went, and how often it was wrong. Also what a person's tries wait for in turn."""

    __tablename__ = "identity_verification_attempt"
    __table_args__ = (behind(Wall.PEOPLE),)

    person_id: UUID = Field(primary_key=True, foreign_key="identity_person.id")
    failures: int = 0
    failed_at: datetime | None = Field(default=None, sa_type=Moment)
    locked_until: datetime | None = Field(default=None, sa_type=Moment)
    municipality_id: str | None = Field(default=None, foreign_key="identity_municipality.id")
    status: Status | None = Field(default=None, sa_type=one_of(Status))
    wrong: str = ""  # values of Detail, separated by spaces


class CensusRow(IdentityTable, table=True):
    """A resident as the municipality's census has them: nothing but a keyed hash of all that has to fit, and where."""

    __tablename__ = "identity_census"
    __table_args__ = (behind(Wall.PEOPLE),)

    municipality_id: str = Field(primary_key=True, foreign_key="identity_municipality.id")
    record_hash: str = Field(primary_key=True, max_length=64)
    district: str = ""


_requests = VerificationRequestRow.__table__.c  # type: ignore[attr-defined]
sa.Index("identity_verification_request_queue", _requests.municipality_id, _requests.requested_at, _requests.id)
