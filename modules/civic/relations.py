"""Relations of civic, named by their questions."""

from collections.abc import Sequence
from enum import Enum
from uuid import UUID

import sqlalchemy as sa
import strawberry

from modules.civic.events import DEBATE as DEBATE_TOPIC
from modules.civic.events import REACTIONS, topic_of
from modules.civic.tables import CommentRow, DebateRow, HiddenTextRow, ReactionKind, ReactionRow
from modules.kernel.batches import count_each, one_each
from modules.kernel.context import Info
from modules.kernel.keyset import Order
from modules.kernel.live import cursors
from modules.kernel.log import seq_of
from modules.kernel.policy import Role
from modules.kernel.prepared import VIEWER_ID, among, viewer_codes
from modules.kernel.relations import ByKey, Paged
from modules.kernel.scalars import Cursor
from modules.kernel.storage import Row
from modules.kernel.tables import col, pick

DEBATE = pick(
    DebateRow,
    *("id", "municipality_id", "title", "body", "opened_by", "organisation_id", "opens_at", "closes_at"),
).add_columns(seq_of(DEBATE_TOPIC, col(DebateRow.id)).label("live_seq"))
NEWEST_DEBATES = Order(((col(DebateRow.opens_at), True), (col(DebateRow.id), True)))


@strawberry.enum(description="How comments are ordered.")
class CommentOrder(Enum):
    OLDEST = strawberry.enum_value("oldest", description="As they were written.")
    NEWEST = strawberry.enum_value("newest", description="The latest first.")
    MOST_SUPPORTED = strawberry.enum_value("most_supported", description="The most supported first.")


_CREATED, _ID, _SUPPORT = col(CommentRow.created_at), col(CommentRow.id), col(CommentRow.support_count)
_ORDERS = {
    CommentOrder.OLDEST: Order(((_CREATED, False), (_ID, False))),
    CommentOrder.NEWEST: Order(((_CREATED, True), (_ID, True))),
    CommentOrder.MOST_SUPPORTED: Order(((_SUPPORT, True), (_CREATED, True), (_ID, True))),
}
_COMMENT_COLUMNS = (
    *("id", "debate_id", "municipality_id", "parent_id", "author_id", "organisation_id", "depth", "created_at"),
    *("support_count", "oppose_count", "hidden_at", "hidden_reason"),
)


# What is hidden keeps its place; its text is somewhere else, and only moderators there can read it.
_HIDDEN_TEXT = (
    pick(HiddenTextRow, "body")
    .where(
        col(HiddenTextRow.comment_id) == col(CommentRow.id),
        among(col(HiddenTextRow.municipality_id), viewer_codes(Role.MODERATOR)),
    )
    .correlate_except(HiddenTextRow)
    .scalar_subquery()
)
_BODY = sa.case((col(CommentRow.hidden_at).is_(None), col(CommentRow.body)), else_=_HIDDEN_TEXT)
COMMENT = pick(CommentRow, *_COMMENT_COLUMNS).add_columns(_BODY.label("body"))
# Reads nothing private: nobody is told apart for it.
SHOWN_COMMENT = pick(CommentRow, *_COMMENT_COLUMNS, "body").where(col(CommentRow.hidden_at).is_(None))
_REACTION_VERSION = pick(DebateRow, "id").add_columns(seq_of(REACTIONS, col(DebateRow.id)).label("version"))
_IN_DEBATE = pick(CommentRow, "id").where(col(CommentRow.debate_id) == sa.bindparam("debate_id", type_=sa.Uuid()))
_OWN_REACTION = pick(ReactionRow, "kind").where(col(ReactionRow.person_id) == VIEWER_ID)

debates_by_id = ByKey(DEBATE, by=col(DebateRow.id))
comments_by_id = ByKey(COMMENT, by=_ID)
comments_by_debate = Paged(
    COMMENT.where(col(CommentRow.parent_id).is_(None)), by=col(CommentRow.debate_id), order=_ORDERS
)
replies_by_comment = Paged(COMMENT, by=col(CommentRow.parent_id), order=_ORDERS)
comments_by_person = Paged(
    SHOWN_COMMENT,
    by=col(CommentRow.author_id),
    order=_ORDERS,
    default=CommentOrder.NEWEST,
)
comments_by_organisation = Paged(
    SHOWN_COMMENT,
    by=col(CommentRow.organisation_id),
    order=_ORDERS,
    default=CommentOrder.NEWEST,
)
debates_by_organisation = Paged(DEBATE, by=col(DebateRow.organisation_id), order=NEWEST_DEBATES)
debates_by_municipality = Paged(DEBATE, by=col(DebateRow.municipality_id), order=NEWEST_DEBATES)


async def comment_counts_by_debate(debates: Sequence[Row], info: Info) -> list[int]:
    return await count_each(info.context, col(CommentRow.debate_id), [debate["id"] for debate in debates])


async def reply_counts_by_comment(comments: Sequence[Row], info: Info) -> list[int]:
    return await count_each(info.context, col(CommentRow.parent_id), [comment["id"] for comment in comments])


async def reactions_of_viewer(comments: Sequence[Row], info: Info) -> list[ReactionKind | None]:
    keys = [comment["id"] for comment in comments]
    rows = await one_each(info.context, _OWN_REACTION, col(ReactionRow.comment_id), keys)
    return [row["kind"] if row else None for row in rows]


async def reaction_version(info: Info, debate_id: UUID) -> int:
    """Grows with every reaction in the debate."""
    (row,) = await one_each(info.context, _REACTION_VERSION, col(DebateRow.id), [debate_id])
    return 0 if row is None else int(row["version"])


async def comments_in_debate(info: Info, debate_id: UUID, comment_ids: Sequence[UUID]) -> list[Row | None]:
    """The key of each comment again, None for one that is not in the debate."""
    rows = await one_each(info.context, _IN_DEBATE, _ID, comment_ids, debate_id=debate_id)
    return [None if row is None else {"id": row["id"]} for row in rows]


async def live_cursors_by_debate(debates: Sequence[Row], info: Info) -> list[Cursor]:
    return await cursors(info.context.log, [(topic_of(debate["id"]), debate["live_seq"]) for debate in debates])
