"""The first tables, and the name of the history that begins here."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from modules.kernel import log

revision = "kernel_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    epochs = op.create_table("live_epoch", sa.Column("id", sa.Text(), nullable=False), sa.PrimaryKeyConstraint("id"))
    op.create_table(
        "live_event",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("topic", "seq"),
    )
    op.create_table(
        "live_topic",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("floor", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name"),
        postgresql_with={"fillfactor": 50},
    )
    op.bulk_insert(epochs, [{"id": log.fresh_epoch()}])


def downgrade() -> None:
    op.drop_table("live_topic")
    op.drop_table("live_event")
    op.drop_table("live_epoch")
