"""Alembic's environment for every owner of tables; `migrating.py` hands in the owner and the connection."""

from alembic import context

owner = context.config.attributes["migrated"]
connection = context.config.attributes["connection"]

context.configure(
    connection=connection,
    target_metadata=owner.metadata,
    version_table=owner.version_table,
    render_as_batch=connection.dialect.name == "sqlite",
    include_name=lambda name, kind, _: kind != "table" or owner.owns(name),
)
with context.begin_transaction():
    context.run_migrations()
