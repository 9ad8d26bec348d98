"""Jobs: what is to be done once something is committed, and is not lost when a process ends before it is done.

A job is written in the transaction of what it follows from. Payloads hold keys, never secrets: they lie in the database
until they are done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.ext.asyncio.session import AsyncSession

from modules.kernel import clock, keys, log
from modules.kernel.tables import Moment

jobs = sa.Table(
    "kernel_job",
    log.metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("payload", sa.JSON().with_variant(JSONB, "postgresql"), nullable=False),
    sa.Column("due_at", Moment, index=True),  # null: given up, and kept for who looks why
    sa.Column("attempts", sa.Integer, nullable=False),
)


@dataclass(frozen=True)
class Job:
    """Something to do. `kind` names the handler: a module's name and its own, `identity.letter`."""

    kind: str
    payload: Mapping[str, Any]
    due_at: datetime
    id: UUID = field(default_factory=keys.new)
    attempts: int = 0


async def append(session: AsyncSession, enqueued: Sequence[Job]) -> None:
    """Write jobs, in the transaction of the session."""
    rows = [
        {"id": job.id, "kind": job.kind, "payload": _plain(job.payload), "due_at": job.due_at, "attempts": job.attempts}
        for job in enqueued
    ]
    await session.exec(sa.insert(jobs), params=rows)


def job(kind: str, payload: Mapping[str, Any], due_at: datetime | None) -> Job:
    """A job to do at `due_at`, or at once."""
    return Job(kind, payload, due_at or clock.now())


def _plain(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.hex if isinstance(value, UUID) else value for name, value in payload.items()}
