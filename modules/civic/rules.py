"""What holds for debates and comments, without a database."""

from datetime import datetime, timedelta
from enum import Enum

LONGEST_TITLE = 200
LONGEST_BODY = 10_000
FURTHEST_AHEAD = timedelta(days=5 * 365 + 2)  # five years


class DebateState(Enum):
    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"


def debate_state(opens_at: datetime, closes_at: datetime | None, *, now: datetime) -> DebateState:
    """A debate is open from `opens_at` until just before `closes_at`."""
    if closes_at is not None and closes_at <= now:
        return DebateState.CLOSED
    return DebateState.OPEN if opens_at <= now else DebateState.SCHEDULED


def is_open(opens_at: datetime, closes_at: datetime | None, *, now: datetime) -> bool:
    return debate_state(opens_at, closes_at, now=now) is DebateState.OPEN


def is_hidden(hidden_at: datetime | None) -> bool:
    return hidden_at is not None


def tidy_text(text: str, longest: int) -> str | None:
    """The text without space around it; None when nothing is left, it is too long or holds a NUL."""
    tidy = text.strip()
    return tidy if 0 < len(tidy) <= longest and "\x00" not in tidy else None
