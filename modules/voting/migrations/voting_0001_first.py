"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "voting_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "voting_poll",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("debate_id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("closes_at is null or closes_at >= opens_at", name="voting_poll_window"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("voting_poll_debate", "voting_poll", ["debate_id", "opens_at", "id"], unique=False)
    op.create_index("voting_poll_municipality", "voting_poll", ["municipality_id", "opens_at", "id"], unique=False)
    op.create_index("voting_poll_newest", "voting_poll", ["opens_at", "id"], unique=False)
    op.create_table(
        "voting_option",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["poll_id"],
            ["voting_poll.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("poll_id", "id", name="voting_option_poll"),
        sa.UniqueConstraint("poll_id", "position", name="voting_option_position"),
    )
    op.create_table(
        "voting_participation",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["poll_id"],
            ["voting_poll.id"],
        ),
        sa.PrimaryKeyConstraint("poll_id", "person_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "voting_ballot",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("tracker", sa.Uuid(), nullable=False),
        sa.Column("option_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["poll_id", "option_id"], ["voting_option.poll_id", "voting_option.id"], name="voting_ballot_option"
        ),
        sa.PrimaryKeyConstraint("poll_id", "tracker"),
        sqlite_with_rowid=False,
    )
    op.create_index("voting_ballot_votes", "voting_ballot", ["poll_id", "option_id"], unique=False)


def downgrade() -> None:
    op.drop_index("voting_ballot_votes", table_name="voting_ballot")
    op.drop_table("voting_ballot")
    op.drop_table("voting_participation")
    op.drop_table("voting_option")
    op.drop_index("voting_poll_newest", table_name="voting_poll")
    op.drop_index("voting_poll_municipality", table_name="voting_poll")
    op.drop_index("voting_poll_debate", table_name="voting_poll")
    op.drop_table("voting_poll")
