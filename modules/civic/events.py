"""What civic announces: on the topic of the debate, keys only."""

from dataclasses import dataclass
from uuid import UUID

TOPIC = "debate"


def topic_of(debate_id: UUID) -> str:
    return f"{TOPIC}:{debate_id.hex}"


@dataclass(frozen=True)
class DebateEvent:
    debate_id: UUID

    @property
    def topic(self) -> str:
        return topic_of(self.debate_id)

    @property
    def entity(self) -> UUID:
        return self.debate_id


@dataclass(frozen=True)
class CommentEvent(DebateEvent):
    comment_id: UUID

    @property
    def entity(self) -> UUID:
        return self.comment_id


class CommentAdded(CommentEvent):
    """Somebody wrote a comment."""


class CommentHidden(CommentEvent):
    """A moderator hid a comment."""


class CommentReacted(CommentEvent):
    """Somebody supports or opposes a comment, or does no longer."""


class DebateClosed(DebateEvent):
    """A debate was closed before its time."""
