"""What civic announces: on the topic of the debate, keys only."""

from dataclasses import dataclass
from uuid import UUID

TOPIC = "debate"


def topic_of(debate_id: UUID) -> str:
    return f"{TOPIC}:{debate_id.hex}"


@dataclass(frozen=True)
class CommentAdded:
    debate_id: UUID
    comment_id: UUID

    @property
    def topic(self) -> str:
        return topic_of(self.debate_id)

    @property
    def entity(self) -> UUID:
        return self.comment_id


@dataclass(frozen=True)
class CommentHidden:
    debate_id: UUID
    comment_id: UUID

    @property
    def topic(self) -> str:
        return topic_of(self.debate_id)

    @property
    def entity(self) -> UUID:
        return self.comment_id


@dataclass(frozen=True)
class CommentReacted:
    debate_id: UUID
    comment_id: UUID

    @property
    def topic(self) -> str:
        return topic_of(self.debate_id)

    @property
    def entity(self) -> UUID:
        return self.comment_id


@dataclass(frozen=True)
class DebateClosed:
    debate_id: UUID

    @property
    def topic(self) -> str:
        return topic_of(self.debate_id)

    @property
    def entity(self) -> UUID:
        return self.debate_id
