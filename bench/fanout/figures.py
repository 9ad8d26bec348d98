"""What came out, in figures."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """Of one server. `connecting` is seconds until all viewers were subscribed, `kilobytes` the server's memory for each.

    `single_*` are of one comment at a time, from when its mutation is sent until it arrives, over all viewers;
    `mutation_ms` is how long its own answer took then. All after them are of the flood: `cpu_us` is the server's for
    one message, `busy` how much of its core it used, `client_busy` how much of its own this client did.
    """

    server: str
    viewers: int
    message_bytes: int
    connecting: float
    kilobytes: float | None
    singles: int
    single_p50_ms: float
    single_p99_ms: float
    mutation_ms: float
    offered: float
    delivered: float
    p50_ms: float
    p99_ms: float
    cpu_us: float | None
    busy: float | None
    client_busy: float
    is_complete: bool


@dataclass(frozen=True)
class Slow:
    """Of viewers that stop reading beside some that do not.

    `memory` is how many KB the server has grown by since they stopped, each half second. Meanwhile `kilobytes` were
    published for each of them in `comments`, of which `unsent` were not even sent to one: they wait in the log.
    `reading_seconds` is how long those that read on take to hear everything, `resuming_seconds` those that come back
    with their last cursor.
    """

    live: int
    stalled: int
    offered: float
    comments: int
    kilobytes: int
    unsent: int
    p50_ms: float
    p99_ms: float
    memory: list[float]
    busy: float | None
    reading_seconds: float
    resuming_seconds: float


def microseconds(count: int, seconds: float | None) -> float | None:
    """For each of so many."""
    return None if seconds is None or not count else round(seconds / count * 1e6, 1)
