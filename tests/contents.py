"""Everything that a database holds: to see that nothing was changed or announced, or what was."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from gateway.modules import migrated
from modules.kernel import log
from modules.kernel.storage import Row, Storage


async def contents(storage: Storage) -> dict[str, list[str]]:
    """The rows of every table, by its name, the log included."""
    found = {}
    async with storage.writing() as work:  # which is shown what stands behind the second wall, too
        await work.as_system()
        for table in (table for owner in migrated() for table in owner.metadata.sorted_tables):
            found[table.name] = sorted(str(dict(row)) for row in await work.rows(sa.select(table)))
    return found


async def kept(storage: Storage) -> dict[str, list[str]]:
    """All but the count of wrong passwords, which is what comes of one."""
    return {name: rows for name, rows in (await contents(storage)).items() if name != "identity_failure"}


async def announced(storage: Storage, *topics: str) -> list[tuple[str, Any]]:
    """(type, payload) of every event in the log, or of those on these topics, in order."""
    where: Sequence[Any] = [log.events.c.topic.in_(topics)] if topics else []
    statement = sa.select(log.events).where(*where).order_by(log.events.c.topic, log.events.c.seq)
    async with storage.reading() as read:
        return [(row["type"], row["payload"]) for row in await read.rows(statement)]


async def rows_of(storage: Storage, statement: Any) -> Sequence[Row]:
    """What a statement finds when nothing is hidden from it by the second wall."""
    async with storage.writing() as work:
        await work.as_system()
        return await work.rows(statement)
