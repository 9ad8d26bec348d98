"""People who were erased, and exports of one's own data."""

import sqlalchemy as sa
from alembic import op

revision = "identity_0009"
down_revision = "identity_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = "timestamptz" if op.get_bind().dialect.name == "postgresql" else "datetime"
    op.execute(
        f"alter table identity_person add column erased_at {moment} "
        "constraint identity_person_erased check (erased_at is null or name = '')"
    )
    op.create_table(
        "identity_export",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["identity_person.id"]),
        sa.PrimaryKeyConstraint("person_id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index(op.f("ix_identity_export_expires_at"), "identity_export", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_identity_export_expires_at"), table_name="identity_export")
    op.drop_table("identity_export")
    op.drop_column("identity_person", "erased_at")
