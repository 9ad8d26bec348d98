"""Accounts: confirmed addresses, when sessions were used, people about to join, links in letters, failures to sign in."""

import sqlalchemy as sa
from alembic import op

revision = "identity_0002_accounts"
down_revision = "identity_0001"
branch_labels = None
depends_on = None

PURPOSES = ("sign_up", "confirm_email", "reset_password", "leave_email", "take_email")


def upgrade() -> None:
    op.add_column("identity_account", sa.Column("email_confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("identity_session", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("update identity_session set last_used_at = created_at")
    with op.batch_alter_table("identity_session") as sessions:
        sessions.alter_column("last_used_at", existing_type=sa.DateTime(timezone=True), nullable=False)
    op.create_table(
        "identity_newcomer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("locale", sa.String(2), nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["municipality_id"], ["identity_municipality.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "identity_token",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(*PURPOSES, name="purpose", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "purpose"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_table(
        "identity_email_change",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("is_left", sa.Boolean(), nullable=False),
        sa.Column("is_taken", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["identity_person.id"]),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_table(
        "identity_failure",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for table in ("identity_newcomer", "identity_token", "identity_email_change"):
        op.create_index(op.f(f"ix_{table}_expires_at"), table, ["expires_at"], unique=False)
    op.create_index(op.f("ix_identity_failure_forgotten_at"), "identity_failure", ["forgotten_at"], unique=False)


def downgrade() -> None:
    for table in ("identity_failure", "identity_email_change", "identity_token", "identity_newcomer"):
        op.drop_table(table)
    op.drop_column("identity_session", "last_used_at")
    op.drop_column("identity_account", "email_confirmed_at")
