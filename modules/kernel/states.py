"""A subscription to what a topic's events have made of something: the newest state alone, never one by one."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from modules.kernel import clock
from modules.kernel.following import Log, Signal

T = TypeVar("T")
PAUSE = 0.25  # seconds between two pushes


@dataclass(frozen=True)
class State(Generic[T]):
    """What something is now. `version` is the head of its topic, read with the value or before it."""

    value: T
    version: int
    changes_at: datetime | None = None  # when time alone makes it another, None when it does not
    is_final: bool = False


async def states(
    log: Log, topic: str, load: Callable[[], Awaitable[State[T]]], *, pause: float = PAUSE
) -> AsyncGenerator[T, None]:
    """A state as it is now, then the newest each time it has changed, ending with a final one.

    A change after a quiet time is told at once, changes in quick succession every `pause` seconds, the last one always.
    """
    time = asyncio.get_running_loop().time
    with log.listen(topic) as signal:
        while True:
            told = time()
            state = await load()
            yield state.value
            if state.is_final:
                return
            await _change(state, signal)
            await asyncio.sleep(told + pause - time())


async def _change(state: State[T], signal: Signal) -> None:
    """Return when a state has become another, by an event or by the time."""
    left = None if state.changes_at is None else (state.changes_at - clock.now()).total_seconds()
    with suppress(TimeoutError):
        async with asyncio.timeout(left):
            await signal.beyond(state.version)
