"""Verification: what people proved, what waits, tries, documents and the census."""

import sqlalchemy as sa
from alembic import op

revision = "identity_0006"
down_revision = "identity_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_census",
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("record_hash", sa.String(64), nullable=False),
        sa.Column("district", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["identity_municipality.id"],
        ),
        sa.PrimaryKeyConstraint("municipality_id", "record_hash"),
    )
    op.create_table(
        "identity_document",
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("document_hash", sa.String(64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["identity_municipality.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["identity_person.id"],
        ),
        sa.PrimaryKeyConstraint("municipality_id", "document_hash"),
    )
    op.create_index(op.f("ix_identity_document_person_id"), "identity_document", ["person_id"], unique=False)
    op.create_table(
        "identity_verification",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column(
            "method",
            sa.Enum("form", "census", "desk", "letter", name="method", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("district", sa.String(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("level IN (2, 3)", name="identity_verification_level"),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["identity_municipality.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["identity_person.id"],
        ),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_index(
        op.f("ix_identity_verification_municipality_id"), "identity_verification", ["municipality_id"], unique=False
    )
    op.create_table(
        "identity_verification_attempt",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("municipality_id", sa.String(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "ok",
                "missing",
                "pending",
                "expired",
                "unauthorized",
                "incomplete",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("wrong", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["identity_municipality.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["identity_person.id"],
        ),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_table(
        "identity_verification_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column(
            "method",
            sa.Enum("form", "census", "desk", "letter", name="method", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "document_type",
            sa.Enum("id_card", "passport", "residence_permit", name="documenttype", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("document_hash", sa.String(64), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=True),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(code_hash IS NULL) = (printed_at IS NULL)", name="identity_verification_request_printed"),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["identity_municipality.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["identity_person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id"),
    )
    op.create_index(
        "identity_verification_request_queue",
        "identity_verification_request",
        ["municipality_id", "requested_at", "id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("identity_verification_request_queue", table_name="identity_verification_request")
    op.drop_table("identity_verification_request")
    op.drop_table("identity_verification_attempt")
    op.drop_index(op.f("ix_identity_verification_municipality_id"), table_name="identity_verification")
    op.drop_table("identity_verification")
    op.drop_index(op.f("ix_identity_document_person_id"), table_name="identity_document")
    op.drop_table("identity_document")
    op.drop_table("identity_census")
