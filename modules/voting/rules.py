"""What holds for polls, without a database."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from unicodedata import normalize

LONGEST_TITLE = 200
LONGEST_OPTION = 300
FEWEST_OPTIONS = 2
MOST_OPTIONS = 20
FURTHEST_AHEAD = timedelta(days=5 * 365 + 2)  # five years
LONGEST_CAST = timedelta(minutes=5)  # a transaction that takes longer has been given up


class PollState(Enum):
    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"


def poll_state(opens_at: datetime, closes_at: datetime | None, *, now: datetime) -> PollState:
    """A poll is open from `opens_at` until just before `closes_at`."""
    if is_over(closes_at, now=now):
        return PollState.CLOSED
    return PollState.OPEN if opens_at <= now else PollState.SCHEDULED


def is_open(opens_at: datetime, closes_at: datetime | None, *, now: datetime) -> bool:
    return poll_state(opens_at, closes_at, now=now) is PollState.OPEN


def is_over(closes_at: datetime | None, *, now: datetime) -> bool:
    return closes_at is not None and closes_at <= now


def has_just_ended(closes_at: datetime | None, *, now: datetime) -> bool:
    """Whether a ballot that was begun in time may still be on its way."""
    return closes_at is not None and closes_at <= now < closes_at + LONGEST_CAST


def next_change(opens_at: datetime, closes_at: datetime | None, *, now: datetime) -> datetime | None:
    """When time alone brings the poll into its next state; None when it never does."""
    return opens_at if opens_at > now else None if is_over(closes_at, now=now) else closes_at


def tidy_line(text: str, longest: int) -> str | None:
    """The text with single spaces; None when nothing is left, it is too long or holds a NUL."""
    tidy = " ".join(text.split())
    return tidy if 0 < len(tidy) <= longest and "\x00" not in tidy else None


def tidy_options(options: Sequence[str]) -> list[str] | None:
    """The options of a ballot; None when they are too few or too many, one does not fit, or two read the same."""
    tidy = [tidy_line(option, LONGEST_OPTION) for option in options[: MOST_OPTIONS + 1]]
    fitting = [option for option in tidy if option is not None]
    seen = {normalize("NFKC", option).casefold() for option in fitting}
    fits = FEWEST_OPTIONS <= len(options) <= MOST_OPTIONS and len(seen) == len(options)
    return fitting if fits else None
