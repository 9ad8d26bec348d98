"""The first tables."""

import sqlalchemy as sa
from alembic import op

from modules.kernel.search import index_words

revision = "civic_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "civic_debate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.CheckConstraint("closes_at is null or closes_at >= opens_at", name="civic_debate_window"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("civic_debate_municipality", "civic_debate", ["municipality_id", "opens_at", "id"], unique=False)
    op.create_index("civic_debate_newest", "civic_debate", ["opens_at", "id"], unique=False)
    op.create_table(
        "civic_comment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("debate_id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("support_count", sa.Integer(), nullable=False),
        sa.Column("oppose_count", sa.Integer(), nullable=False),
        sa.Column("source_support_count", sa.Integer(), nullable=False),
        sa.Column("source_oppose_count", sa.Integer(), nullable=False),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "hidden_reason",
            sa.Enum(
                "spam",
                "offensive",
                "off_topic",
                "personal_data",
                "other",
                name="hidereason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("hidden_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(hidden_at is null) = (hidden_reason is null)", name="civic_comment_hidden"),
        sa.ForeignKeyConstraint(
            ["debate_id"],
            ["civic_debate.id"],
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["civic_comment.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("civic_comment_author", "civic_comment", ["author_id", "created_at", "id"], unique=False)
    op.create_index(
        "civic_comment_debate", "civic_comment", ["debate_id", "parent_id", "created_at", "id"], unique=False
    )
    op.create_index("civic_comment_parent", "civic_comment", ["parent_id", "created_at", "id"], unique=False)
    op.create_table(
        "civic_reaction",
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("support", "oppose", name="reactionkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["civic_comment.id"],
        ),
        sa.PrimaryKeyConstraint("comment_id", "person_id"),
    )
    index_words(op, "civic_debate")


def downgrade() -> None:
    op.drop_table("civic_reaction")
    op.drop_index("civic_comment_parent", table_name="civic_comment")
    op.drop_index("civic_comment_debate", table_name="civic_comment")
    op.drop_index("civic_comment_author", table_name="civic_comment")
    op.drop_table("civic_comment")
    op.drop_index("civic_debate_newest", table_name="civic_debate")
    op.drop_index("civic_debate_municipality", table_name="civic_debate")
    op.drop_table("civic_debate")
