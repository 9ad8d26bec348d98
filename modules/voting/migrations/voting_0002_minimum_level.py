"""Polls that only residents vote in."""

import sqlalchemy as sa
from alembic import op

revision = "voting_0002"
down_revision = "voting_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    known = sa.CheckConstraint("minimum_level IN (1, 2, 3)", name="voting_poll_minimum_level")
    op.add_column(
        "voting_poll", sa.Column("minimum_level", sa.SmallInteger(), known, server_default="1", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("voting_poll", "minimum_level")
