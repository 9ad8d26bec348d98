"""Organisations, their members, and how they come to be verified."""

import sqlalchemy as sa
from alembic import op

from modules.kernel.search import index_words

revision = "identity_0004"
down_revision = "identity_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("website", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "verification_state",
            sa.Enum(
                "unverified",
                "pending",
                "verified",
                "rejected",
                name="verificationstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("verification_id", sa.Uuid(), nullable=True),
        sa.Column("edrpou", sa.String(8), nullable=True),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(verification_state = 'unverified') = (verification_id is null)", name="identity_organisation_asked"
        ),
        sa.CheckConstraint(
            "(verification_state = 'verified') = (edrpou is not null)", name="identity_organisation_edrpou_shown"
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["identity_municipality.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "identity_organisation_edrpou",
        "identity_organisation",
        ["edrpou"],
        unique=True,
        sqlite_where=sa.text("edrpou is not null"),
        postgresql_where=sa.text("edrpou is not null"),
    )
    op.create_index(
        "identity_organisation_municipality", "identity_organisation", ["municipality_id", "name", "id"], unique=False
    )
    op.create_index("identity_organisation_name", "identity_organisation", ["name", "id"], unique=False)
    op.create_index("identity_organisation_newest", "identity_organisation", ["created_at", "id"], unique=False)
    op.create_table(
        "identity_membership",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "creator",
                "admin",
                "member",
                "requested",
                "invited",
                name="membershiprole",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["identity_organisation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["identity_person.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "person_id"),
    )
    op.create_index(
        "identity_membership_organisation",
        "identity_membership",
        ["organisation_id", "joined_at", "person_id"],
        unique=False,
    )
    op.create_index(
        "identity_membership_person", "identity_membership", ["person_id", "joined_at", "organisation_id"], unique=False
    )
    op.create_table(
        "identity_organisation_verification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("edrpou", sa.String(8), nullable=False),
        sa.Column("representative_name", sa.String(), nullable=False),
        sa.Column("representative_position", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "unverified",
                "pending",
                "verified",
                "rejected",
                name="verificationstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("state <> 'unverified'", name="identity_organisation_verification_requested"),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["identity_municipality.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["identity_organisation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"],
            ["identity_person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "identity_organisation_verification_newest",
        "identity_organisation_verification",
        ["organisation_id", "requested_at", "id"],
        unique=False,
    )
    op.create_table(
        "identity_organisation_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("verification_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "unverified",
                "pending",
                "verified",
                "rejected",
                name="verificationstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("verdict in ('verified', 'rejected')", name="identity_organisation_decision_decided"),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["identity_person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["identity_municipality.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["identity_organisation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["verification_id"],
            ["identity_organisation_verification.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "identity_organisation_decision_newest",
        "identity_organisation_decision",
        ["verification_id", "decided_at", "id"],
        unique=False,
    )
    index_words(op, "identity_organisation")


def downgrade() -> None:
    op.drop_index("identity_organisation_decision_newest", table_name="identity_organisation_decision")
    op.drop_table("identity_organisation_decision")
    op.drop_index("identity_organisation_verification_newest", table_name="identity_organisation_verification")
    op.drop_table("identity_organisation_verification")
    op.drop_index("identity_membership_person", table_name="identity_membership")
    op.drop_index("identity_membership_organisation", table_name="identity_membership")
    op.drop_table("identity_membership")
    op.drop_index("identity_organisation_newest", table_name="identity_organisation")
    op.drop_index("identity_organisation_name", table_name="identity_organisation")
    op.drop_index("identity_organisation_municipality", table_name="identity_organisation")
    op.drop_index(
        "identity_organisation_edrpou",
        table_name="identity_organisation",
        sqlite_where=sa.text("edrpou is not null"),
        postgresql_where=sa.text("edrpou is not null"),
    )
    op.drop_table("identity_organisation")
