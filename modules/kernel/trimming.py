"""Forgetting the beginning of the log: events that nobody has to be told any more."""

from datetime import datetime

import sqlalchemy as sa

from modules.kernel.log import events, topics
from modules.kernel.storage import Storage


async def trim(storage: Storage, before: datetime) -> int:
    """Delete the events of before that moment; how many. Whoever would go on from among them is told to query again.

    Each topic in a transaction of its own: writers wait for one of them at most.
    """
    oldest = sa.select(events.c.topic, sa.func.max(events.c.seq).label("seq")).where(events.c.at < before)
    async with storage.reading() as read:
        floors = await read.rows(oldest.group_by(events.c.topic))
    trimmed = 0
    for row in floors:
        async with storage.writing() as work:
            await work.run(sa.update(topics).where(topics.c.name == row["topic"]).values(floor=row["seq"]))
            old = (events.c.topic == row["topic"], events.c.seq <= row["seq"])
            trimmed += await work.run(sa.delete(events).where(*old))
    return trimmed
