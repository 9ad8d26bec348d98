"""The audit: a record of what was done by virtue of an office, that only grows.

An act is written in the transaction of what it tells of, by `Work.audit`; the database refuses to change or forget it.
Keys only: whoever is erased leaves no name here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from modules.kernel import clock, keys, log
from modules.kernel.tables import Moment
from modules.kernel.walls import Wall, behind

LONGEST_REASON = 1_000

# For everybody to read.
acts = sa.Table(
    "audit_act",
    log.metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("municipality_id", sa.Text),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index("audit_act_newest", "at", "id"),
    sa.Index("audit_act_municipality", "municipality_id", "at", "id"),
)
# For who administers the municipality, or the platform: rows of their own, so that the database can hide them.
private = sa.Table(
    "audit_private",
    log.metadata,
    sa.Column("act_id", sa.Uuid, sa.ForeignKey("audit_act.id"), primary_key=True),
    sa.Column("municipality_id", sa.Text),
    sa.Column("actor_id", sa.Uuid),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("person_id", sa.Uuid),
    sa.Column("reason", sa.Text, nullable=False),
    **behind(Wall.OFFICES),
)
GROWING = (acts, private)
_PUBLIC = ("action", "municipality_id", "detail")
_PRIVATE = ("municipality_id", "actor_id", "subject", "person_id", "reason")


@dataclass(frozen=True)
class Act:
    """Something done by virtue of an office.

    action: as the graph calls it, `hideComment`. municipality_id: whose matter it is, None for the whole platform.
    actor_id: who did it, None for who runs the installation. subject: the global id of what it was done to.
    person_id: whom it concerns. reason: why. detail: what exactly, for everybody to read: no names, nothing private.
    """

    action: str
    municipality_id: str | None
    actor_id: UUID | None
    subject: str
    person_id: UUID | None = None
    reason: str = ""
    detail: str = ""


async def append(session: AsyncSession, done: Sequence[Act]) -> None:
    """Write acts, in their order, into the transaction of what they tell of."""
    at, rows = clock.now(), [(keys.new(), vars(act)) for act in done]
    told = [{"id": key, "at": at} | {name: act[name] for name in _PUBLIC} for key, act in rows]
    await session.exec(sa.insert(acts), params=told)
    kept = [{"act_id": key} | {name: act[name] for name in _PRIVATE} for key, act in rows]
    await session.exec(sa.insert(private), params=kept)
