"""Reading the log: what a topic has after a place, and where topics stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from modules.kernel.log import ACCESS, epochs, events, topics
from modules.kernel.prepared import Many, among
from modules.kernel.storage import Storage


@dataclass(frozen=True, slots=True)
class Logged:
    """An event as it stands in the log. `seq` counts from 1 within its topic."""

    topic: str
    seq: int
    at: datetime
    type: str
    entity: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """Where a topic stands: events `floor + 1 .. seq` can be read."""

    seq: int
    floor: int


@dataclass(frozen=True, slots=True)
class Heads:
    """Where topics stand, in the history of the log that `epoch` names; a topic without events is absent."""

    epoch: str
    by_topic: Mapping[str, Head]


@dataclass(frozen=True, slots=True)
class Window:
    """Events of a topic in order, and what held at the moment when they were read.

    access: the head of the topic that tells of changes of access. Whoever has read that topic so far knows of every
    change that was committed before any of these events.
    """

    events: Sequence[Logged]
    head: Head
    epoch: str
    access: int


class Log:
    """Reading the log. Shared by all operations of a process."""

    BLOCK = 100

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    async def epoch(self) -> str:
        """Names this history of the log; another one (a restored backup) makes old cursors void."""
        return (await self.heads(())).epoch

    async def head(self, topic: str) -> Head:
        return (await self.heads([topic])).by_topic.get(topic, Head(0, 0))

    async def heads(self, names: Sequence[str]) -> Heads:
        """Where these topics stand, in one statement."""
        storage = self.storage
        raw = await storage.fetch(storage.prepared("log.heads", lambda: _HEADS), {"names": names})
        standing = {name: Head(seq, floor) for _, name, seq, floor in raw if name is not None}
        return Heads(raw[0][0], standing)

    async def read(self, topic: str, after: int, limit: int = BLOCK) -> Window:
        """What comes after `after`, at most `limit` events, in one statement."""
        storage = self.storage
        prepared = storage.prepared("log.window", lambda: _WINDOW)
        raw = await storage.fetch(prepared, {"topic": topic, "after": after, "upto": after + limit})
        rows = prepared.rows(raw)
        found = [_logged(topic, row) for row in rows if row["seq"] is not None]
        return Window(found, Head(rows[0]["head"], rows[0]["floor"]), rows[0]["epoch"], rows[0]["access"])


def _logged(topic: str, row: Mapping[str, Any]) -> Logged:
    payload = orjson.loads(row["payload"])
    return Logged(topic, row["seq"], row["at"], row["type"], row["entity"], payload)


def _standing(column: Any, name: Any) -> Any:
    """A number of one topic, 0 when it has no events yet."""
    return sa.select(sa.func.coalesce(sa.func.max(column), 0)).where(topics.c.name == name).scalar_subquery()


# Each begins with one row that is there in any case: what holds at the moment of the statement.
_NOW = sa.select(sa.select(epochs.c.id).scalar_subquery().label("epoch")).subquery()
_HEADS = sa.select(_NOW.c.epoch, topics.c.name, topics.c.seq, topics.c.floor).select_from(
    _NOW.outerjoin(topics, among(topics.c.name, sa.bindparam("names", type_=Many(sa.Text()))))
)
_TOPIC = sa.bindparam("topic", type_=sa.Text())
_STANDING = sa.select(
    sa.select(epochs.c.id).scalar_subquery().label("epoch"),
    _standing(topics.c.seq, ACCESS).label("access"),
    _standing(topics.c.seq, _TOPIC).label("head"),
    _standing(topics.c.floor, _TOPIC).label("floor"),
).subquery()
_WINDOW = (
    sa.select(
        *_STANDING.c,
        events.c.seq,
        events.c.at,
        events.c.type,
        events.c.entity,
        sa.cast(events.c.payload, sa.Text).label("payload"),
    )
    .select_from(
        _STANDING.outerjoin(
            events,
            sa.and_(
                events.c.topic == _TOPIC,
                events.c.seq > sa.bindparam("after", type_=sa.BigInteger()),
                events.c.seq <= sa.bindparam("upto", type_=sa.BigInteger()),
            ),
        )
    )
    .order_by(events.c.seq)
)
