"""In whose name debates are started and comments written."""

import sqlalchemy as sa
from alembic import op

revision = "civic_0002"
down_revision = "civic_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("civic_comment", sa.Column("organisation_id", sa.Uuid(), nullable=True))
    op.create_index(
        "civic_comment_organisation", "civic_comment", ["organisation_id", "created_at", "id"], unique=False
    )
    op.add_column("civic_debate", sa.Column("organisation_id", sa.Uuid(), nullable=True))
    op.create_index("civic_debate_organisation", "civic_debate", ["organisation_id", "opens_at", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("civic_debate_organisation", table_name="civic_debate")
    op.drop_column("civic_debate", "organisation_id")
    op.drop_index("civic_comment_organisation", table_name="civic_comment")
    op.drop_column("civic_comment", "organisation_id")
