"""Municipalities that take part, and who administers the platform."""

import sqlalchemy as sa
from alembic import op

revision = "identity_0005"
down_revision = "identity_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_municipality_settings",
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("active_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.Column("verification_handlers", sa.Text(), nullable=False),
        sa.Column("minimum_age", sa.Integer(), nullable=False),
        sa.Column("postal_codes", sa.Text(), nullable=False),
        sa.Column("hide_after_reports", sa.Integer(), nullable=True),
        sa.Column("shown_name", sa.String(), nullable=True),
        sa.Column("colour", sa.String(), nullable=True),
        sa.Column("logo_url", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["municipality_id"], ["identity_municipality.id"]),
        sa.PrimaryKeyConstraint("municipality_id"),
    )
    op.create_table(
        "identity_platform_administrator",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["identity_person.id"]),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_index("identity_role_municipality", "identity_role", ["municipality_id", "person_id"], unique=False)


def downgrade() -> None:
    op.drop_index("identity_role_municipality", table_name="identity_role")
    op.drop_table("identity_platform_administrator")
    op.drop_table("identity_municipality_settings")
