"""What civic answers when other modules ask; the gateway's wiring hands it to them."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col

from modules.civic import rules
from modules.civic.tables import DebateRow
from modules.kernel import clock
from modules.kernel.storage import Reading
from modules.kernel.tables import pick


@dataclass(frozen=True)
class DebateFacts:
    """What others need to know of a debate."""

    municipality_id: str
    opened_by: UUID | None
    is_open: bool


class Debates:
    async def debate_for_poll(self, read: Reading, debate_id: UUID) -> DebateFacts | None:
        """The debate that a poll is opened on, None when there is none."""
        columns = pick(DebateRow, "municipality_id", "opened_by", "opens_at", "closes_at")
        debate = await read.row(columns.where(col(DebateRow.id) == debate_id))
        if debate is None:
            return None
        is_open = rules.is_open(debate["opens_at"], debate["closes_at"], now=clock.now())
        return DebateFacts(debate["municipality_id"], debate["opened_by"], is_open)
