"""What civic announces, keys only: on the topic of the debate, and what is only counted on one of its own beside it."""

from dataclasses import dataclass
from uuid import UUID

DEBATE, REACTIONS = "debate", "reactions"


def topic_of(debate_id: UUID) -> str:
    return f"{DEBATE}:{debate_id.hex}"


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
    """Somebody supports or opposes a comment, or does no longer. Thousands may: it keeps nobody from commenting."""

    @property
    def topic(self) -> str:
        return f"{REACTIONS}:{self.debate_id.hex}"


class CountsHidden(CommentEvent):
    """A comment was hidden: what was shown of it with its counts is not to be shown any more."""

    @property
    def topic(self) -> str:
        return f"{REACTIONS}:{self.debate_id.hex}"


class DebateClosed(DebateEvent):
    """A debate was closed before its time."""
