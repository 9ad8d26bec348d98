"""What a run leaves behind: who was told what and when, what befell them, and what the log says in the end.

All times are seconds of the wall clock: servers, database and clients share one machine.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

Scope = Literal["public", "moderator"]
Part = Literal["bus", "other"]
LEFT = "left"  # the farewell of a stream that its client ended


@dataclass(frozen=True, slots=True)
class Fact:
    """An event as it stands in the log; `at` is the moment before its commit."""

    seq: int
    at: float
    type: str
    entity: str


@dataclass(frozen=True, slots=True)
class Update:
    """One push of `debateEvents`. `shown` are the texts of comments by key, None where a text was withheld."""

    seq: int
    type: str
    entity: str
    shown: tuple[tuple[str, str | None], ...] = ()
    resync: str | None = None
    payload: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    at: float
    update: Update


@dataclass
class Stream:
    """One subscription to a debate on one connection; `after` is None when it asked for what comes from now on."""

    follower: str
    connection: int
    server: int
    topic: str
    document: str
    scope: Scope
    session: str | None
    after: int | None
    began: float
    heard: list[Heard] = field(default_factory=list)
    ended: float | None = None
    farewell: str = ""
    oddities: list[str] = field(default_factory=list)


@dataclass
class TallyStream:
    """One subscription to a tally; `heard` are (version, total)."""

    follower: str
    poll: str
    heard: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Write:
    """A comment that a server acknowledged."""

    comment: str
    server: int
    at: float


@dataclass(frozen=True)
class Hiding:
    """The hiding of a comment was acknowledged."""

    comment: str
    at: float


@dataclass(frozen=True)
class Ending:
    """From this moment a session is nobody's: its sign-out was acknowledged, or its time is over."""

    session: str
    at: float
    why: Literal["signed out", "expired"]


@dataclass(frozen=True)
class Outage:
    """A fault was at work until `back`; what it disturbed has until `ended` to recover."""

    kind: str
    part: Part
    began: float
    back: float
    ended: float

    def overlaps(self, began: float, ended: float) -> bool:
        return self.began <= ended and began <= self.ended


@dataclass
class History:
    """`faithful` are the followers who stayed to the end, `unsure` the comments that somebody tried to hide, `silent`
    those that were written without a hint or while none came, `rolled_back` those whose transaction did not commit."""

    seed: int
    log: Mapping[str, Mapping[int, Fact]] = field(default_factory=dict)
    streams: list[Stream] = field(default_factory=list)
    tallies: list[TallyStream] = field(default_factory=list)
    votes: Mapping[str, int] = field(default_factory=dict)
    writes: list[Write] = field(default_factory=list)
    hidings: list[Hiding] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    befell: list[tuple[float, str]] = field(default_factory=list)
    faithful: Collection[str] = ()
    unsure: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    rolled_back: set[str] = field(default_factory=set)
    left: dict[str, Mapping[str, float]] = field(default_factory=dict)
