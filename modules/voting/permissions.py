"""What the viewer may do with polls."""

from collections.abc import Sequence

from modules.kernel.context import Info
from modules.kernel.permissions import Actions, Permission, permitted
from modules.kernel.storage import Row
from modules.voting import policy
from modules.voting.relations import participations_of_viewer

POLLS = {
    "castBallot": lambda viewer, poll: policy.may_cast(viewer, poll, has_voted=poll["has_voted"]),
    "closePoll": policy.may_close,
}


async def permissions_by_poll(polls: Sequence[Row], info: Info, *, actions: Actions = None) -> list[list[Permission]]:
    voted = await participations_of_viewer(polls, info)
    rows = [{**poll, "has_voted": has_voted} for poll, has_voted in zip(polls, voted, strict=True)]
    return permitted(info.context.viewer, rows, POLLS, actions)
