"""The event log: what live updates are read from.

An event is appended in the transaction of what it tells of. The row of its topic is locked until that commits, so the
sequence of a topic is dense and in commit order. A bus only hints that there is more; whoever missed a hint reads here.
"""

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.compiler import compiles
from sqlmodel.ext.asyncio.session import AsyncSession

from modules.kernel import clock
from modules.kernel.tables import Moment

# Who may see what no longer is announced on this topic, by whoever changes it and in the transaction of the change:
# payloads name the people and sessions concerned. Whoever remembers something of them, or pushes to them, follows it.
ACCESS = "viewers"

metadata = sa.MetaData()

topics = sa.Table(
    "live_topic",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("floor", sa.BigInteger, nullable=False, server_default="0"),
    postgresql_with={"fillfactor": 50},
)
events = sa.Table(
    "live_event",
    metadata,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("payload", sa.JSON().with_variant(JSONB, "postgresql"), nullable=False),
)
epochs = sa.Table("live_epoch", metadata, sa.Column("id", sa.Text, primary_key=True))


class Event(Protocol):
    """A fact that a module announces: a frozen dataclass in the past tense, keys only, nothing private."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def topic(self) -> str:
        """What it is announced on: `debate:<hex>`."""

    @property
    def entity(self) -> UUID:
        """The key of what it happened to."""


async def append(session: AsyncSession, recorded: Sequence[Event]) -> dict[str, int]:
    """Log events as the last statements of a transaction; the new head of each topic.

    Topics are taken in the order of their names, so that two transactions never wait for each other.
    """
    heads = {}
    for topic, count in sorted(Counter(event.topic for event in recorded).items()):
        heads[topic] = await _advance(session, topic, count)
    left = Counter(event.topic for event in recorded)
    rows, at = [], clock.now()
    for event in recorded:
        left[event.topic] -= 1
        rows.append(_row(event, heads[event.topic] - left[event.topic], at))
    await session.exec(sa.insert(events), params=rows)
    return heads


async def _advance(session: AsyncSession, topic: str, count: int) -> int:
    insert = postgres_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    upsert = insert(topics).values(name=topic, seq=count, floor=0)
    moved = upsert.on_conflict_do_update(index_elements=["name"], set_={"seq": topics.c.seq + count}).returning(
        topics.c.seq
    )
    return int((await session.exec(moved)).scalar_one())


def _row(event: Event, seq: int, at: datetime) -> dict[str, Any]:
    payload = {name: value.hex if isinstance(value, UUID) else value for name, value in asdict(event).items()}
    return {
        "topic": event.topic,
        "seq": seq,
        "at": at,
        "type": type(event).__name__,
        "entity": event.entity.hex,
        "payload": payload,
    }


def seq_of(kind: str, key: Any) -> sa.ScalarSelect[int]:
    """The head of the topic `kind:<key>` (0 without events), as a column of a statement that reads rows by their key.

    Read in the same statement as an entity, it is not newer than anything that is read of the entity afterwards.
    """
    name = sa.literal(f"{kind}:") + _hex(key)
    return sa.select(sa.func.coalesce(sa.func.max(topics.c.seq), 0)).where(topics.c.name == name).scalar_subquery()


class _hex(sa.sql.functions.FunctionElement[str]):  # noqa: N801 (an SQL function)
    """A UUID as 32 hexadecimal digits."""

    type = sa.Text()
    inherit_cache = True


@compiles(_hex, "sqlite")
def _hex_on_sqlite(element: _hex, compiler: Any, **options: Any) -> str:
    """Where a UUID is kept as such."""
    return str(compiler.process(element.clauses, **options))


@compiles(_hex, "postgresql")
def _hex_on_postgresql(element: _hex, compiler: Any, **options: Any) -> str:
    return f"replace(cast({compiler.process(element.clauses, **options)} as text), '-', '')"


def fresh_epoch() -> str:
    return secrets.token_hex(6)
