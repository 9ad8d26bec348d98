"""Root subscriptions of civic."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from modules.civic import events, policy
from modules.civic.relations import comments_in_debate, debates_by_id, reaction_version
from modules.civic.types import (
    Comment,
    CommentAdded,
    CommentHidden,
    Debate,
    DebateClosed,
    DebateUpdate,
    Presence,
    ReactionCounts,
)
from modules.kernel import keys
from modules.kernel.context import Info
from modules.kernel.keyset import LARGEST
from modules.kernel.live import AudienceTopic, LogTopic, State, StateTopic, followed
from modules.kernel.policy import Viewer
from modules.kernel.refusals import InvalidInput, NotFound

CommentIds = Annotated[
    list[strawberry.ID], strawberry.argument(description=f"Which comments of the debate, 1 to {LARGEST}.")
]


async def follows_debate(info: Info, debate_id: UUID) -> Viewer:
    """Everybody may follow a debate; moderators of its municipality see what is hidden."""
    (debate,) = await debates_by_id([{"id": debate_id}], info)
    if debate is None:
        raise NotFound(message="There is no such debate.")
    return policy.shown_debate_as(info.context.viewer, debate)


async def reactions(info: Info, debate_id: UUID, *, comment_ids: CommentIds) -> State:
    """The counts of these comments now."""
    keys_of_comments = _comments(comment_ids)
    version = await reaction_version(info, debate_id)
    return State({"version": version, "comments": await comments_in_debate(info, debate_id, keys_of_comments)}, version)


def _comments(ids: Sequence[strawberry.ID]) -> list[UUID]:
    """Raises InvalidInput."""
    if not 0 < len(ids) <= LARGEST:
        raise InvalidInput(field="commentIds", message=f"`commentIds` are 1 to {LARGEST}.")
    return [keys.decode_uuid(Comment, each, "commentIds") for each in ids]


DEBATES = LogTopic(
    kind=events.DEBATE,
    of=Debate,
    authorize=follows_debate,
    update=DebateUpdate,
    shows={
        events.CommentAdded: CommentAdded,
        events.CommentHidden: CommentHidden,
        events.DebateClosed: DebateClosed,
    },
    conceals=(events.CommentHidden,),
)
REACTIONS = StateTopic(kind=events.REACTIONS, of=Debate, authorize=follows_debate, load=reactions)
AUDIENCE = AudienceTopic(
    kind="audience", of=Debate, authorize=follows_debate, show=lambda number: Presence(viewer_count=number)
)


@strawberry.type
class Subscription:
    debate_events: DebateUpdate = followed(
        DEBATES, "What happens in a debate, from now on or after a cursor, nothing left out."
    )
    reaction_counts: ReactionCounts = followed(
        REACTIONS,
        "How many support and oppose comments: as it is now, then each time it changes, at most four times a second, the "
        "newest always. Ask for those that are on the page.",
    )
    presence: Presence = followed(
        AUDIENCE, "Who else is here: told at once, then when it changes, at most once a second. To ask is to be here."
    )
