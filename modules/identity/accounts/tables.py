"""Rows of what accounts need beside themselves: people about to join, links in letters, failures to sign in."""

from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlmodel import Field

from modules.identity.tables import IdentityTable
from modules.kernel.tables import Moment, one_of


class Purpose(Enum):
    """What a link in a letter is for."""

    SIGN_UP = "sign_up"  # the subject is a newcomer; of all others, a person
    CONFIRM_EMAIL = "confirm_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 (not a password)
    LEAVE_EMAIL = "leave_email"  # a change of address, confirmed at the one that is left
    TAKE_EMAIL = "take_email"  # and at the new one


class NewcomerRow(IdentityTable, table=True):
    """Somebody who has signed up, until the address is confirmed: then a person with this key."""

    __tablename__ = "identity_newcomer"

    id: UUID = Field(primary_key=True)
    name: str
    email: str
    password_hash: str
    locale: str = Field(max_length=2)
    municipality_id: str | None = Field(default=None, foreign_key="identity_municipality.id")
    expires_at: datetime = Field(sa_type=Moment, index=True)


class TokenRow(IdentityTable, table=True):
    """The token of a link. There is one for each purpose and subject: a new one makes the older void."""

    __tablename__ = "identity_token"

    subject_id: UUID = Field(primary_key=True)
    purpose: Purpose = Field(primary_key=True, sa_type=one_of(Purpose))
    token_hash: str = Field(unique=True, max_length=64)  # SHA-256 of the token, hex
    email: str  # that the letter went to
    expires_at: datetime = Field(sa_type=Moment, index=True)


class EmailChangeRow(IdentityTable, table=True):
    """A new address of an account, until it is confirmed there and at the old one."""

    __tablename__ = "identity_email_change"

    person_id: UUID = Field(primary_key=True, foreign_key="identity_person.id")
    email: str
    is_left: bool = False
    is_taken: bool = False
    expires_at: datetime = Field(sa_type=Moment, index=True)


class FailureRow(IdentityTable, table=True):
    """How often a password was wrong, for an account or from an address; kept by their hash, whether there is one or not."""

    __tablename__ = "identity_failure"

    id: str = Field(primary_key=True, max_length=64)  # SHA-256, hex
    count: int
    locked_until: datetime | None = Field(default=None, sa_type=Moment)
    forgotten_at: datetime = Field(sa_type=Moment, index=True)
