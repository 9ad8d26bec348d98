"""Batches of civic, named by their questions."""

from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Any

import sqlalchemy as sa
import strawberry
from sqlmodel import col

from modules.civic.events import TOPIC, topic_of
from modules.civic.tables import CommentRow, DebateRow, ReactionKind, ReactionRow
from modules.kernel.batches import Statement, count_each, one_each
from modules.kernel.context import Info
from modules.kernel.keyset import Order
from modules.kernel.live import cursors
from modules.kernel.log import seq_of
from modules.kernel.paging import After, First, Page, pages
from modules.kernel.policy import Role, Viewer
from modules.kernel.scalars import Cursor
from modules.kernel.storage import Row
from modules.kernel.tables import pick

DEBATE = pick(DebateRow, "id", "municipality_id", "title", "body", "opened_by", "opens_at", "closes_at").add_columns(
    seq_of(TOPIC, col(DebateRow.id)).label("live_seq")
)
NEWEST_DEBATES = Order(((col(DebateRow.opens_at), True), (col(DebateRow.id), True)))


@strawberry.enum(description="How comments are ordered.")
class CommentOrder(Enum):
    OLDEST = strawberry.enum_value("oldest", description="As they were written.")
    NEWEST = strawberry.enum_value("newest", description="The latest first.")
    MOST_SUPPORTED = strawberry.enum_value("most_supported", description="The most supported first.")


OrderBy = Annotated[CommentOrder, strawberry.argument(description="In which order.")]

_CREATED, _ID, _SUPPORT = col(CommentRow.created_at), col(CommentRow.id), col(CommentRow.support_count)
_ORDERS = {
    CommentOrder.OLDEST: Order(((_CREATED, False), (_ID, False))),
    CommentOrder.NEWEST: Order(((_CREATED, True), (_ID, True))),
    CommentOrder.MOST_SUPPORTED: Order(((_SUPPORT, True), (_CREATED, True), (_ID, True))),
}
_COMMENT_COLUMNS = (
    *("id", "debate_id", "municipality_id", "parent_id", "author_id", "depth", "created_at"),
    *("support_count", "oppose_count", "hidden_at", "hidden_reason"),
)


def comments_seen_by(viewer: Viewer) -> Statement:
    """Comments as this viewer may read them: what is hidden keeps its place, its text only moderators there can read."""
    moderated = viewer.municipalities(Role.MODERATOR)
    readable = sa.or_(col(CommentRow.hidden_at).is_(None), col(CommentRow.municipality_id).in_(moderated))
    return pick(CommentRow, *_COMMENT_COLUMNS).add_columns(sa.case((readable, col(CommentRow.body))).label("body"))


async def debates_by_id(keys: Sequence[Row], info: Info) -> list[Row | None]:
    return await one_each(info.context, DEBATE, col(DebateRow.id), [key["id"] for key in keys])


async def comments_by_id(keys: Sequence[Row], info: Info) -> list[Row | None]:
    seen = comments_seen_by(info.context.viewer)
    return await one_each(info.context, seen, col(CommentRow.id), [key["id"] for key in keys])


async def comments_by_debate(
    debates: Sequence[Row],
    info: Info,
    *,
    order_by: OrderBy = CommentOrder.OLDEST,
    first: First = 20,
    after: After = None,
) -> list[Page]:
    top = comments_seen_by(info.context.viewer).where(col(CommentRow.parent_id).is_(None))
    return await _comment_pages(info, top, CommentRow.debate_id, debates, order_by, first, after)


async def replies_by_comment(
    comments: Sequence[Row],
    info: Info,
    *,
    order_by: OrderBy = CommentOrder.OLDEST,
    first: First = 20,
    after: After = None,
) -> list[Page]:
    seen = comments_seen_by(info.context.viewer)
    return await _comment_pages(info, seen, CommentRow.parent_id, comments, order_by, first, after)


async def comments_by_person(
    people: Sequence[Row],
    info: Info,
    *,
    order_by: OrderBy = CommentOrder.NEWEST,
    first: First = 20,
    after: After = None,
) -> list[Page]:
    shown = comments_seen_by(info.context.viewer).where(col(CommentRow.hidden_at).is_(None))
    return await _comment_pages(info, shown, CommentRow.author_id, people, order_by, first, after)


async def _comment_pages(
    info: Info, statement: Statement, parent: Any, rows: Sequence[Row], by: CommentOrder, first: int, after: str | None
) -> list[Page]:
    keys = [row["id"] for row in rows]
    return await pages(info.context, statement, parent, keys, _ORDERS[by], first=first, after=after)


async def debates_by_municipality(
    units: Sequence[Row], info: Info, *, first: First = 20, after: After = None
) -> list[Page]:
    keys, parent = [unit["id"] for unit in units], col(DebateRow.municipality_id)
    return await pages(info.context, DEBATE, parent, keys, NEWEST_DEBATES, first=first, after=after)


async def comment_counts_by_debate(debates: Sequence[Row], info: Info) -> list[int]:
    return await count_each(info.context, col(CommentRow.debate_id), [debate["id"] for debate in debates])


async def reply_counts_by_comment(comments: Sequence[Row], info: Info) -> list[int]:
    return await count_each(info.context, col(CommentRow.parent_id), [comment["id"] for comment in comments])


async def reactions_of_viewer(comments: Sequence[Row], info: Info) -> list[ReactionKind | None]:
    own = pick(ReactionRow, "kind").where(col(ReactionRow.person_id) == info.context.viewer.person_id)
    rows = await one_each(info.context, own, col(ReactionRow.comment_id), [comment["id"] for comment in comments])
    return [row["kind"] if row else None for row in rows]


async def live_cursors_by_debate(debates: Sequence[Row], info: Info) -> list[Cursor]:
    return await cursors(info.context.log, [(topic_of(debate["id"]), debate["live_seq"]) for debate in debates])
