"""Whose resident somebody wants to be verified as by a provider."""

import sqlalchemy as sa
from alembic import op

revision = "identity_0012"
down_revision = "identity_0011"
branch_labels = None
depends_on = None

_TABLE, _KEY = "identity_openid_start", "identity_openid_start_verified_in_fkey"


def upgrade() -> None:
    with op.batch_alter_table(_TABLE) as start:
        start.add_column(sa.Column("verified_in", sa.String(), nullable=True))
        start.create_foreign_key(_KEY, "identity_municipality", ["verified_in"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table(_TABLE) as start:
        start.drop_constraint(_KEY, type_="foreignkey")
        start.drop_column("verified_in")
