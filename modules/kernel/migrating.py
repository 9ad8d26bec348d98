"""Migrations: each module has its own revisions and its own version table, so it can be added or removed alone."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.sql.sqltypes import AutoString

from modules.kernel import audit, jobs, log
from modules.kernel.search import TRIGRAMS
from modules.kernel.storage import Storage
from modules.kernel.tables import Moment

_ENVIRONMENT = Path(__file__).parent / "migrations"
_LOCK = 5_117_046_001  # any number, the same in every process: who migrates holds it


@dataclass(frozen=True)
class Migrated:
    """Something with tables of its own: a module, or the kernel: its log and its jobs."""

    name: str
    metadata: sa.MetaData
    revisions: Path

    @property
    def version_table(self) -> str:
        return f"{self.name}_alembic_version"

    def config(self, connection: sa.Connection | None = None) -> Config:
        config = Config()
        config.set_main_option("script_location", str(_ENVIRONMENT).replace("%", "%%"))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", str(self.revisions).replace("%", "%%"))
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        config.attributes.update(migrated=self, connection=connection)
        return config

    def compares(self, name: str | None, kind: str, _parents: Any) -> bool:
        """Whether something that the database has is compared with the declared tables."""
        if kind == "table":
            return name in self.metadata.tables
        return not (kind == "index" and name and name.endswith(TRIGRAMS))

    def render(self, kind: str, item: Any, context: Any) -> str | Literal[False]:
        """How a revision spells a column type: in SQLAlchemy's own words, so that it stays true when ours change."""
        if kind == "type" and isinstance(item, Moment):
            return "sa.DateTime(timezone=True)"
        if kind == "type" and isinstance(item, AutoString):
            return f"sa.String({item.length or ''})"
        if kind == "type" and isinstance(item, JSONB):
            context.imports.add("from sqlalchemy.dialects import postgresql")
            return "postgresql.JSONB()"
        return False


KERNEL = Migrated("kernel", jobs.jobs.metadata, _ENVIRONMENT / "versions")


async def upgrade(storage: Storage, owners: Iterable[Migrated]) -> None:
    """Bring every table to its newest shape. Processes that start together take turns; the later ones find it done."""
    alone = _alone_on_postgres if storage.url.get_backend_name() == "postgresql" else _alone_on_sqlite
    async with alone(storage) as connection:
        for owner in owners:
            await connection.run_sync(_upgrade, owner)


async def admit(storage: Storage, owners: Iterable[Migrated], role: str) -> None:
    """Let a role of PostgreSQL serve: read and write the rows of all tables, and change none of the tables themselves.

    What only grows it may not change either. Safe to repeat; new tables need it again.
    """
    alone, quote = _alone_on_postgres(storage), storage.dialect.identifier_preparer.quote
    async with alone as connection:
        for owner in owners:
            for table in owner.metadata.sorted_tables:
                may = "select, insert" if table in audit.GROWING else "select, insert, update, delete"
                await connection.execute(sa.text(f"grant {may} on {quote(table.name)} to {quote(role)}"))
            await connection.execute(sa.text(f"grant select on {quote(owner.version_table)} to {quote(role)}"))


async def renew_epoch(storage: Storage) -> None:
    """Begin another history of the log: live cursors from before are void, their clients are told to query again."""
    async with storage.writing() as work:
        await work.run(sa.update(log.epochs).values(id=log.fresh_epoch()))


async def behind(storage: Storage, owners: Iterable[Migrated]) -> list[str]:
    """Names of the owners whose tables are not at their newest revision."""

    def look(sync: sa.Connection) -> list[str]:
        return [owner.name for owner in owners if _revisions(sync, owner) != _heads(owner)]

    async with storage.reader.connect() as connection:
        return await connection.run_sync(look)


async def differences(storage: Storage, owner: Migrated) -> list[Any]:
    """What the migrated database and the declared tables disagree on; empty when the migrations are complete."""

    def look(sync: sa.Connection) -> list[Any]:
        options = {"include_name": owner.compares, "compare_type": True}
        return list(compare_metadata(MigrationContext.configure(sync, opts=options), owner.metadata))

    async with storage.reader.connect() as connection:
        return await connection.run_sync(look)


async def revise(storage: Storage, owner: Migrated, message: str) -> None:
    """Write the next revision of an owner from the difference between its tables and a migrated database."""
    number = 1 + len(list(ScriptDirectory.from_config(owner.config()).walk_revisions()))

    def write(sync: sa.Connection) -> None:
        command.revision(owner.config(sync), message, autogenerate=True, rev_id=f"{owner.name}_{number:04d}")

    async with storage.writer.begin() as connection:
        await connection.run_sync(write)


@asynccontextmanager
async def _alone_on_postgres(storage: Storage) -> AsyncIterator[AsyncConnection]:
    async with storage.writer.begin() as connection:
        await connection.execute(sa.text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        yield connection


@asynccontextmanager
async def _alone_on_sqlite(storage: Storage) -> AsyncIterator[AsyncConnection]:
    """BEGIN IMMEDIATE is the lock. SQLite alters a table by replacing it, which rows that refer to it would forbid."""
    async with storage.writer.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.execute("pragma foreign_keys = off")  # heard outside of a transaction only
        try:
            async with connection.begin():
                yield connection
                broken = (await connection.execute(sa.text("pragma foreign_key_check"))).all()
                if broken:
                    raise RuntimeError(f"a migration leaves rows that refer to nothing: {broken[:5]}")
        finally:
            await driver.execute("pragma foreign_keys = on")


def _upgrade(sync: sa.Connection, owner: Migrated) -> None:
    command.upgrade(owner.config(sync), "head")


def _revisions(sync: sa.Connection, owner: Migrated) -> set[str]:
    return set(MigrationContext.configure(sync, opts={"version_table": owner.version_table}).get_current_heads())


def _heads(owner: Migrated) -> set[str]:
    return set(ScriptDirectory.from_config(owner.config()).get_heads())
