"""The text of a hidden comment is kept apart, behind the second wall."""

import sqlalchemy as sa
from alembic import op

from modules.kernel import walls
from modules.kernel.policy import Role

revision = "civic_0003"
down_revision = "civic_0002"
branch_labels = None
depends_on = None

_TABLE, _CHECK = "civic_hidden_text", "civic_comment_hidden_text"
_READ = (walls.has_role(Role.MODERATOR, "municipality_id"), walls.is_person("author_id"), walls.is_system())
# Who hides writes; nobody reads but moderators there, and the author where it is said who they are: in their export.
_POLICIES = {"insert": "true", "select": " or ".join(_READ)}


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["civic_comment.id"]),
        sa.PrimaryKeyConstraint("comment_id"),
    )
    op.execute(
        "insert into civic_hidden_text (comment_id, municipality_id, author_id, body) "
        "select id, municipality_id, author_id, body from civic_comment where hidden_at is not null"
    )
    op.execute("update civic_comment set body = '' where hidden_at is not null")
    with op.batch_alter_table("civic_comment") as comment:
        comment.create_check_constraint(_CHECK, "hidden_at is null or body = ''")
    _run(walls.raised(_TABLE, **_POLICIES))


def downgrade() -> None:
    _run(walls.torn_down(_TABLE, **_POLICIES))
    with op.batch_alter_table("civic_comment") as comment:
        comment.drop_constraint(_CHECK, type_="check")
    op.execute(
        "update civic_comment set body = (select body from civic_hidden_text where comment_id = civic_comment.id) "
        "where hidden_at is not null"
    )
    op.drop_table(_TABLE)


def _run(statements: list[str]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in statements:
            op.execute(statement)
