"""Counts of what was answered: plain numbers, which cost next to nothing. Metrics are made of them when somebody asks."""

from bisect import bisect_left
from collections import Counter

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds


class Durations:
    """How many took how long. `counts` are by bounds, the last one is of what took longer than all."""

    def __init__(self) -> None:
        self.counts, self.seconds = [0] * (len(BOUNDS) + 1), 0.0

    def note(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds


class Tally:
    """`answered` counts by (kind of operation, status); `durations` are by kind."""

    def __init__(self) -> None:
        self.answered: Counter[tuple[str, int]] = Counter()
        self.durations = {kind: Durations() for kind in ("query", "mutation", "none")}

    def note(self, kind: str, status: int, seconds: float) -> None:
        self.answered[kind, status] += 1
        self.durations[kind].note(seconds)
