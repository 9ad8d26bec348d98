"""When sessions were last used: written beside requests, of each session at most once in some minutes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol, Self
from uuid import UUID

import structlog

from modules.kernel import clock
from modules.kernel.policy import Viewer

PACE = 1.0  # seconds between two writes

log = structlog.get_logger(__name__)


class Visitor(Protocol):
    @property
    def viewer(self) -> Viewer: ...

    @property
    def last_used_at(self) -> datetime: ...


class Visits:
    """Notes, while it is open, which sessions were used. `write` keeps it; `every` is how often for one session."""

    def __init__(
        self, write: Callable[[list[UUID], datetime], Awaitable[None]], *, every: timedelta, pace: float = PACE
    ) -> None:
        self._write, self._every, self._pace = write, every, pace
        self._unwritten: set[UUID] = set()
        self._noted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._follow(), name="visits")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    def note(self, sessions: Sequence[Visitor | None]) -> None:
        """These were used now. Returns at once."""
        before = clock.now() - self._every
        for session in sessions:
            if session is not None and session.viewer.session_id and session.last_used_at <= before:
                self._unwritten.add(session.viewer.session_id)
        if self._unwritten:
            self._noted.set()

    async def _follow(self) -> None:
        while True:
            await self._noted.wait()
            self._noted.clear()
            used, self._unwritten = self._unwritten, set()
            try:
                await self._write(sorted(used), clock.now())
            except Exception as error:  # it is noted again when they are looked up the next time
                log.warning("visits_not_written", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(self._pace)
