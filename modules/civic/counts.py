"""How many people support and oppose a comment, as its row keeps it."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from modules.civic.tables import CommentRow, ReactionKind, ReactionRow
from modules.kernel.storage import Work


async def recount(work: Work, *which: Any) -> None:
    """Bring the counts of comments up to date: what their source had counted, and the reactions that are known here.

    The rows of these comments are locked by this work, or nobody else writes.
    """
    counts = {f"{kind.value}_count": _count_of(kind) for kind in ReactionKind}
    await work.run(sa.update(CommentRow).where(*which).values(counts))


def _count_of(kind: ReactionKind) -> Any:
    same = (col(ReactionRow.comment_id) == col(CommentRow.id), col(ReactionRow.kind) == kind)
    known = sa.select(sa.func.count()).where(*same).correlate(CommentRow).scalar_subquery()
    return CommentRow.__table__.c[f"source_{kind.value}_count"] + known  # type: ignore[attr-defined]
