"""Alembic's environment for every owner of tables; `migrating.py` hands in the owner and the connection."""

from alembic import context

owner = context.config.attributes["migrated"]
connection = context.config.attributes["connection"]

context.configure(
    connection=connection,
    target_metadata=owner.metadata,
    version_table=owner.version_table,
    render_as_batch=True,  # SQLite alters a table by copying it; PostgreSQL alters it all the same
    include_name=owner.compares,
    render_item=owner.render,
)
with context.begin_transaction():
    context.run_migrations()
