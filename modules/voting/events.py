"""What voting announces, keys only: on the topic of a debate's polls, and on that of a poll's tally. Nothing tells who cast a
ballot, or what is on it."""

from dataclasses import dataclass
from uuid import UUID

POLLS, TALLY = "polls", "poll"


@dataclass(frozen=True)
class TallyEvent:
    """The tally of a poll is another."""

    poll_id: UUID

    @property
    def topic(self) -> str:
        return f"{TALLY}:{self.poll_id.hex}"

    @property
    def entity(self) -> UUID:
        return self.poll_id


class BallotCast(TallyEvent):
    """Somebody voted."""


class VotingClosed(TallyEvent):
    """No ballot is added any more, before the time that was set."""


@dataclass(frozen=True)
class PollEvent:
    """Something for who looks at the debate."""

    debate_id: UUID
    poll_id: UUID

    @property
    def topic(self) -> str:
        return f"{POLLS}:{self.debate_id.hex}"

    @property
    def entity(self) -> UUID:
        return self.poll_id


class PollOpened(PollEvent):
    """A poll was opened on a debate."""


class PollClosed(PollEvent):
    """A poll was closed before its time."""
