"""The audit, which only grows."""

import sqlalchemy as sa
from alembic import op

from modules.kernel import walls
from modules.kernel.policy import Role

revision = "kernel_0002"
down_revision = "kernel_0001"
branch_labels = None
depends_on = None

_TABLES = ("audit_act", "audit_private")
_SQLITE = """
create trigger {table}_{event} before {event} on {table}
begin select raise(abort, 'the audit only grows'); end
"""
_FUNCTION = """
create function audit_only_grows() returns trigger language plpgsql as $$
begin raise exception 'the audit only grows'; end $$
"""
_POSTGRESQL = """
create trigger {table}_only_grows before update or delete or truncate on {table}
for each statement execute function audit_only_grows()
"""
# Everybody who acts writes; nobody reads but whose matter it is. Not even who owns the table, but for superusers.
_WALL = f"""
alter table audit_private enable row level security;
alter table audit_private force row level security;
create policy audit_private_written on audit_private for insert with check (true);
create policy audit_private_read on audit_private for select
using ({walls.has_role(Role.ADMINISTRATOR, "municipality_id")} or {walls.is_platform_administrator()})
"""


def upgrade() -> None:
    op.create_table(
        "audit_act",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("municipality_id", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "audit_private",
        sa.Column("act_id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.Text(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["act_id"], ["audit_act.id"]),
        sa.PrimaryKeyConstraint("act_id"),
    )
    op.create_index("audit_act_newest", "audit_act", ["at", "id"], unique=False)
    op.create_index("audit_act_municipality", "audit_act", ["municipality_id", "at", "id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FUNCTION)
        for statement in (*(_POSTGRESQL.format(table=table) for table in _TABLES), *_WALL.split(";")):
            op.execute(statement)
    else:
        for table in _TABLES:
            for event in ("update", "delete"):
                op.execute(_SQLITE.format(table=table, event=event))


def downgrade() -> None:
    op.drop_table("audit_private")
    op.drop_table("audit_act")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("drop function audit_only_grows()")
