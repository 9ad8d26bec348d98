"""A clock for what waits long."""

import asyncio
from dataclasses import dataclass, field

import pytest


@dataclass
class Time:
    """The loop's clock, that goes on and can leap: whatever was due meanwhile is done in the next turn."""

    loop: asyncio.AbstractEventLoop
    ahead: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._own = self.loop.time

    def now(self) -> float:
        return self._own() + self.ahead

    def leap(self, seconds: float) -> None:
        self.ahead += seconds


def leaping(monkeypatch: pytest.MonkeyPatch) -> Time:
    """The clock of the loop that runs, until the test is over."""
    time = Time(asyncio.get_running_loop())
    monkeypatch.setattr(time.loop, "time", time.now)
    return time
