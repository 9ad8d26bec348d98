"""What voting announces: on the topic of the poll, keys only. Nothing tells who cast a ballot, or what is on it."""

from dataclasses import dataclass
from uuid import UUID

TOPIC = "poll"


def topic_of(poll_id: UUID) -> str:
    return f"{TOPIC}:{poll_id.hex}"


@dataclass(frozen=True)
class PollEvent:
    poll_id: UUID

    @property
    def topic(self) -> str:
        return topic_of(self.poll_id)

    @property
    def entity(self) -> UUID:
        return self.poll_id


class PollOpened(PollEvent):
    """A poll was opened on a debate."""


class BallotCast(PollEvent):
    """Somebody voted."""


class PollClosed(PollEvent):
    """A poll was closed before its time."""
