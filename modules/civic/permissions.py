"""What the viewer may do with debates and comments, and in civic with a municipality."""

from collections.abc import Sequence

from modules.civic import policy
from modules.civic.tables import DebateRow
from modules.kernel.batches import one_each
from modules.kernel.context import Info
from modules.kernel.permissions import Actions, Permission, permitted
from modules.kernel.storage import Row
from modules.kernel.tables import col, pick

DEBATES = {"addComment": policy.may_comment, "closeDebate": policy.may_close}
COMMENTS = {
    "addComment": lambda viewer, comment: policy.may_comment(viewer, comment["debate"]),
    "react": lambda viewer, comment: policy.may_react(viewer, comment, comment["debate"]),
    "hideComment": policy.may_hide,
}
MUNICIPALITIES = {"startDebate": lambda viewer, _municipality: policy.may_start_debate(viewer)}
_TIMES = pick(DebateRow, "opens_at", "closes_at")


async def permissions_by_debate(
    debates: Sequence[Row], info: Info, *, actions: Actions = None
) -> list[list[Permission]]:
    return permitted(info.context.viewer, debates, DEBATES, actions)


async def permissions_by_municipality(
    municipalities: Sequence[Row], info: Info, *, actions: Actions = None
) -> list[list[Permission]]:
    return permitted(info.context.viewer, municipalities, MUNICIPALITIES, actions)


async def permissions_by_comment(
    comments: Sequence[Row], info: Info, *, actions: Actions = None
) -> list[list[Permission]]:
    keys = [comment["debate_id"] for comment in comments]
    debates = await one_each(info.context, _TIMES, col(DebateRow.id), keys)
    rows = [{**comment, "debate": debate} for comment, debate in zip(comments, debates, strict=True)]
    return permitted(info.context.viewer, rows, COMMENTS, actions)
