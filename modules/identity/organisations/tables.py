"""Rows of organisations: members, requests to be verified, and what was decided on them."""

from datetime import datetime
from enum import Enum
from uuid import UUID

import sqlalchemy as sa
import strawberry
from sqlmodel import Field

from modules.identity.tables import IdentityTable
from modules.kernel.tables import Moment, one_of
from modules.kernel.walls import Wall, behind


@strawberry.enum(description="What a person is to an organisation.")
class MembershipRole(Enum):
    CREATOR = strawberry.enum_value(
        "creator", description="Founded it, or was made its equal: does everything, and gives and takes roles."
    )
    ADMIN = strawberry.enum_value("admin", description="Speaks for it, invites, and answers who asks to join.")
    MEMBER = strawberry.enum_value("member", description="Belongs to it.")
    REQUESTED = strawberry.enum_value("requested", description="Asked to join; its admins have not answered.")
    INVITED = strawberry.enum_value("invited", description="Was invited, and has not answered.")


LEADING = (MembershipRole.CREATOR, MembershipRole.ADMIN)
BELONGING = (*LEADING, MembershipRole.MEMBER)


@strawberry.enum(description="Whether its municipality vouches that an organisation is the legal entity that it says.")
class VerificationState(Enum):
    UNVERIFIED = strawberry.enum_value("unverified", description="Never asked for it.")
    PENDING = strawberry.enum_value("pending", description="Asked, and waits for a decision.")
    VERIFIED = strawberry.enum_value("verified", description="Verified: its EDRPOU is shown, and it may be spoken for.")
    REJECTED = strawberry.enum_value("rejected", description="Refused, or a verification was taken back.")


class OrganisationRow(IdentityTable, table=True):
    """`edrpou` is the verified one. `verification_id` is the newest request: decisions are taken on it alone."""

    __tablename__ = "identity_organisation"
    __table_args__ = (
        sa.CheckConstraint(
            "(verification_state = 'verified') = (edrpou is not null)", name="identity_organisation_edrpou_shown"
        ),
        sa.CheckConstraint(
            "(verification_state = 'unverified') = (verification_id is null)", name="identity_organisation_asked"
        ),
        sa.Index("identity_organisation_name", "name", "id"),
        sa.Index("identity_organisation_municipality", "municipality_id", "name", "id"),
        sa.Index("identity_organisation_newest", "created_at", "id"),
        sa.Index(
            "identity_organisation_edrpou",
            "edrpou",
            unique=True,
            sqlite_where=sa.text("edrpou is not null"),
            postgresql_where=sa.text("edrpou is not null"),
        ),
    )

    id: UUID = Field(primary_key=True)
    municipality_id: str = Field(foreign_key="identity_municipality.id")
    name: str
    about: str = ""
    website: str | None = None
    created_at: datetime = Field(sa_type=Moment)
    verification_state: VerificationState = Field(
        default=VerificationState.UNVERIFIED, sa_type=one_of(VerificationState)
    )
    verification_id: UUID | None = None  # no foreign key: requests refer to organisations
    edrpou: str | None = Field(default=None, max_length=8)
    search_text: str


class MembershipRow(IdentityTable, table=True):
    """`joined_at` is when the person came to belong; until then, when it was asked or invited."""

    __tablename__ = "identity_membership"
    __table_args__ = (
        sa.Index("identity_membership_organisation", "organisation_id", "joined_at", "person_id"),
        sa.Index("identity_membership_person", "person_id", "joined_at", "organisation_id"),
    )

    organisation_id: UUID = Field(primary_key=True, foreign_key="identity_organisation.id")
    person_id: UUID = Field(primary_key=True, foreign_key="identity_person.id")
    role: MembershipRole = Field(sa_type=one_of(MembershipRole))
    joined_at: datetime = Field(sa_type=Moment)


class VerificationRow(IdentityTable, table=True):
    """A request to be verified; `state` is what was decided last."""

    __tablename__ = "identity_organisation_verification"
    __table_args__ = (
        sa.CheckConstraint("state <> 'unverified'", name="identity_organisation_verification_requested"),
        sa.Index("identity_organisation_verification_newest", "organisation_id", "requested_at", "id"),
        behind(Wall.PEOPLE),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="identity_organisation.id")
    municipality_id: str = Field(foreign_key="identity_municipality.id")
    edrpou: str = Field(max_length=8)
    representative_name: str
    representative_position: str
    evidence: str
    requested_by: UUID = Field(foreign_key="identity_person.id")
    requested_at: datetime = Field(sa_type=Moment)
    state: VerificationState = Field(default=VerificationState.PENDING, sa_type=one_of(VerificationState))


class DecisionRow(IdentityTable, table=True):
    """What was decided on a request, and why; never changed."""

    __tablename__ = "identity_organisation_decision"
    __table_args__ = (
        sa.CheckConstraint("verdict in ('verified', 'rejected')", name="identity_organisation_decision_decided"),
        sa.Index("identity_organisation_decision_newest", "verification_id", "decided_at", "id"),
        behind(Wall.PEOPLE),
    )

    id: UUID = Field(primary_key=True)
    verification_id: UUID = Field(foreign_key="identity_organisation_verification.id")
    organisation_id: UUID = Field(foreign_key="identity_organisation.id")
    municipality_id: str = Field(foreign_key="identity_municipality.id")
    verdict: VerificationState = Field(sa_type=one_of(VerificationState))
    reason: str
    decided_by: UUID = Field(foreign_key="identity_person.id")
    decided_at: datetime = Field(sa_type=Moment)
