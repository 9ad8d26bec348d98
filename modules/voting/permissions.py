"""What the viewer may do with polls, and in voting with a debate."""

from collections.abc import Sequence

from modules.kernel.context import Info
from modules.kernel.permissions import Actions, Permission, asks_for, permitted
from modules.kernel.storage import Row
from modules.voting import policy
from modules.voting.ports import Debates, Residents
from modules.voting.relations import levels_of_viewer, participations_of_viewer

POLLS = {
    "castBallot": lambda viewer, poll: policy.may_cast(viewer, poll, poll["level"], has_voted=poll["has_voted"]),
    "closePoll": policy.may_close,
}
DEBATES = {"openPoll": lambda viewer, debate: policy.may_open_poll(viewer, debate["facts"])}


async def permissions_by_poll(polls: Sequence[Row], info: Info, *, actions: Actions = None) -> list[list[Permission]]:
    context, voted = info.context, await participations_of_viewer(polls, info)
    async with context.storage.reading() as read:
        levels = await levels_of_viewer(read, context.port(Residents), context.viewer, polls)
    told = zip(polls, voted, levels, strict=True)
    rows = [{**poll, "has_voted": has_voted, "level": level} for poll, has_voted, level in told]
    return permitted(context.viewer, rows, POLLS, actions)


async def permissions_by_debate(
    debates: Sequence[Row], info: Info, *, actions: Actions = None
) -> list[list[Permission]]:
    if not asks_for(DEBATES, actions):
        return [[] for _ in debates]
    context, keys = info.context, [debate["id"] for debate in debates]
    async with context.storage.reading() as read:
        facts = await context.port(Debates).debates_for_polls(read, keys)
    return permitted(context.viewer, [{"facts": facts[key]} for key in keys], DEBATES, actions)
