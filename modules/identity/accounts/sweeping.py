"""Rows whose time is over are deleted by whoever writes beside them, a few at a time."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from modules.kernel.storage import Work

MOST = 100


async def forget(work: Work, table: type[SQLModel], over_at: Any, now: datetime) -> None:
    """Delete rows whose `over_at` has passed; those that somebody else holds are left for the next time."""
    own = list(table.__table__.primary_key)  # type: ignore[attr-defined]
    old = sa.select(*own).where(over_at <= now).limit(MOST).with_for_update(skip_locked=True)
    await work.run(sa.delete(table).where(sa.tuple_(*own).in_(old)))
