"""A database whose constraints are gone: nothing where something has to be, keys of what is not there."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import product
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.modules import migrated
from modules.kernel.storage import Storage

SHARE = 0.04  # of the rows, for each column, that lose what it held
KEPT = {  # what lists are ordered by is never null, whatever else is
    *(
        "opens_at",
        "created_at",
        "updated_at",
        "name",
        "edrpou",
        "support_count",
        "position",
        "search_text",
        "seq",
        "floor",
    ),
    *("at", "joined_at", "debate_id", "poll_id", "option_id", "person_id", "comment_id"),
}
SPARED = {"live_topic", "live_event", "live_epoch"}


async def ruin(storage: Storage) -> None:
    """Drop what guards the rows, and take values away: the same ones each time."""
    tables = [table for owner in migrated() for table in owner.metadata.sorted_tables if table.name not in SPARED]
    if storage.url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(storage.url.database))) as file:
            for table in tables:
                _unguard_on_sqlite(file, table)
    async with storage.writer.begin() as connection:
        if connection.dialect.name == "postgresql":
            for table in tables:
                await connection.run_sync(_unguard_on_postgres, table)
        for statement in _losses(tables, {table: await _keys(connection, table) for table in tables}):
            await connection.execute(statement)


async def _keys(connection: AsyncConnection, table: sa.Table) -> Sequence[Any]:
    columns = list(table.primary_key)
    return (await connection.execute(sa.select(*columns).order_by(*columns))).all()


def _lossy(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.columns if not column.primary_key and column.name not in KEPT]


def _losses(tables: Sequence[sa.Table], rows: Mapping[sa.Table, Sequence[Any]]) -> Iterator[sa.Update]:
    chance = Random("ruins")
    for table in tables:
        for column, row in product(_lossy(table), rows[table]):
            if chance.random() < SHARE:
                same = [key == value for key, value in zip(table.primary_key, row, strict=True)]
                yield sa.update(table).where(*same).values({column.name: sa.null()})


def _unguard_on_postgres(connection: sa.Connection, table: sa.Table) -> None:
    there = sa.inspect(connection)
    for guard in [*there.get_foreign_keys(table.name), *there.get_check_constraints(table.name)]:
        connection.exec_driver_sql(f'alter table "{table.name}" drop constraint "{guard["name"]}"')
    connection.exec_driver_sql(f'alter table "{table.name}" disable trigger user')
    for column in _lossy(table):
        connection.exec_driver_sql(f'alter table "{table.name}" alter column "{column.name}" drop not null')


def _unguard_on_sqlite(file: sqlite3.Connection, table: sa.Table) -> None:
    """SQLite cannot alter a column: the table is made anew, of names and types only."""
    columns = file.execute(f'pragma table_info("{table.name}")').fetchall()
    declared = ", ".join(f'"{name}" {kind}' for _, name, kind, *_ in columns)
    keys = ", ".join(column.name for column in table.primary_key)
    file.executescript(f"""
        create table ruin ({declared}, primary key ({keys}));
        insert into ruin select * from "{table.name}";
        drop table "{table.name}";
        alter table ruin rename to "{table.name}";
    """)
