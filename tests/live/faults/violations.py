"""What the judge goes by, and what it finds."""

from dataclasses import dataclass, replace
from typing import Self

from tests.live.faults.history import Stream


@dataclass(frozen=True)
class Limits:
    """Seconds. `clear` and `bus_down` bound the 99th percentile from commit to delivery, `hinted` the median once Redis
    has been back for `bus_resumes`. A subscription is expected to keep up when it is older than `settled`."""

    clear: float = 0.2
    bus_down: float = 1.5
    hinted: float = 0.2
    bus_resumes: float = 3.0
    settled: float = 1.0

    def times(self, slack: float) -> Self:
        """For a machine that is slower, or has other things to do."""
        return replace(
            self, clear=self.clear * slack, bus_down=self.bus_down * slack, hinted=min(self.hinted * slack, 0.4)
        )


@dataclass(frozen=True)
class Violation:
    invariant: str
    at: float
    told: str
    stream: Stream | None = None
