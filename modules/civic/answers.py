"""What civic answers when other modules ask; the gateway's wiring hands it to them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col

from modules.civic import rules
from modules.civic.tables import DebateRow
from modules.kernel import clock
from modules.kernel.storage import Reading, Row
from modules.kernel.tables import pick


@dataclass(frozen=True)
class DebateFacts:
    """What others need to know of a debate."""

    municipality_id: str
    opened_by: UUID | None
    is_open: bool


class Debates:
    async def debates_for_polls(self, read: Reading, debate_ids: Collection[UUID]) -> Mapping[UUID, DebateFacts]:
        """The debates that polls are opened on, by their keys; what is none is absent."""
        columns = pick(DebateRow, "id", "municipality_id", "opened_by", "opens_at", "closes_at")
        now, rows = clock.now(), await read.rows(columns.where(col(DebateRow.id).in_(debate_ids)))
        return {row["id"]: _facts(row, now) for row in rows}


def _facts(debate: Row, now: datetime) -> DebateFacts:
    is_open = rules.is_open(debate["opens_at"], debate["closes_at"], now=now)
    return DebateFacts(debate["municipality_id"], debate["opened_by"], is_open)
