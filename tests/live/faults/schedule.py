"""What befalls a run, drawn by lot: the same seed draws the same faults."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from random import Random

SERVERS = 3


class Kind(Enum):
    """The value is how a run tells of it."""

    REDIS_KILLED = "redis killed"
    REDIS_PAUSED = "redis paused"
    REDIS_CLIENTS_KILLED = "redis clients killed"
    SERVER_KILLED = "server killed"
    SERVER_STOPPED = "server stopped"
    SERVER_PAUSED = "server paused"
    DATABASE_SESSIONS_TERMINATED = "database sessions terminated"
    HINTS_LOST = "hints lost"
    HINTS_DELAYED = "hints delayed"
    HINTS_DOUBLED = "hints doubled"
    HINTS_MADE_UP = "hints made up"
    CLIENTS_DROPPED = "clients dropped"
    ROLLED_BACK = "rolled back after it was appended"
    WRITTEN_SILENTLY = "written without a hint"
    SIGNED_OUT = "signed out"
    EXPIRED = "expired"


# One at a time, each recovered from before the next: what is measured after one must not be another's.
GREAT = (
    Kind.REDIS_KILLED,
    Kind.REDIS_PAUSED,
    Kind.REDIS_CLIENTS_KILLED,
    Kind.SERVER_KILLED,
    Kind.SERVER_STOPPED,
    Kind.SERVER_PAUSED,
    Kind.DATABASE_SESSIONS_TERMINATED,
    Kind.HINTS_LOST,
    Kind.HINTS_DELAYED,
)
# Meanwhile, at any time.
SMALL = (
    Kind.HINTS_DOUBLED,
    Kind.HINTS_MADE_UP,
    Kind.CLIENTS_DROPPED,
    Kind.ROLLED_BACK,
    Kind.WRITTEN_SILENTLY,
    Kind.SIGNED_OUT,
    Kind.EXPIRED,
)
LASTS: dict[Kind, tuple[float, float]] = {
    Kind.REDIS_KILLED: (0.3, 2.0),
    Kind.SERVER_KILLED: (0.2, 1.0),
    Kind.SERVER_STOPPED: (0.0, 0.5),
    Kind.SERVER_PAUSED: (0.3, 2.0),
    Kind.HINTS_LOST: (1.0, 2.0),
    Kind.HINTS_DELAYED: (1.0, 2.0),
    Kind.HINTS_DOUBLED: (0.5, 1.5),
}
PAUSES_OF_REDIS = (0.3, 3.0)


@dataclass(frozen=True)
class Fault:
    """`before` are the seconds of peace before it, `lasts` those that it is at work, `server` is whom it meets."""

    kind: Kind
    before: float
    lasts: float
    server: int

    @property
    def told(self) -> str:
        return f"{self.kind.value}: {self.lasts:.1f} s, server {self.server}"


def great(seed: int) -> Iterator[Fault]:
    """For ever."""
    return _drawn(Random(f"{seed} great"), GREAT, 0.1, 1.0)


def small(seed: int) -> Iterator[Fault]:
    """For ever."""
    return _drawn(Random(f"{seed} small"), SMALL, 0.5, 3.0)


def _drawn(dice: Random, kinds: Sequence[Kind], shortest: float, longest: float) -> Iterator[Fault]:
    """Every kind once in some order, then again in another."""
    while True:
        for kind in dice.sample(kinds, len(kinds)):
            yield Fault(kind, dice.uniform(shortest, longest), _lasts(dice, kind), dice.randrange(SERVERS))


def _lasts(dice: Random, kind: Kind) -> float:
    if kind is Kind.REDIS_PAUSED:
        return dice.choice(PAUSES_OF_REDIS)
    return dice.uniform(*LASTS.get(kind, (0.0, 0.0)))
