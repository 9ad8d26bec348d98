"""What the live parts of a process have done: plain numbers, of which metrics are made when somebody asks."""

from bisect import bisect_left
from collections import Counter

from modules.kernel import clock
from modules.kernel.following import Logged

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0)  # seconds


class Delays:
    """How long it took from the moment of an event until it was sent to its viewers here; the last count is of longer."""

    def __init__(self) -> None:
        self.counts, self.seconds = [0] * (len(BOUNDS) + 1), 0.0

    def note(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds


class Counts:
    """`rendered` updates were made, `frames` of them sent. `delays` are by the kind of a log's topic."""

    def __init__(self) -> None:
        self.rendered = self.frames = self.slow_closes = self.refused = 0
        self.resyncs: Counter[str] = Counter()
        self.delays: dict[str, Delays] = {}

    def told(self, kind: str, event: Logged) -> None:
        """An event was rendered and is about to be sent."""
        delays = self.delays.get(kind)
        if delays is None:
            delays = self.delays[kind] = Delays()
        delays.note(max(0.0, (clock.now() - event.at).total_seconds()))
