"""Runs jobs: each of them until it is done, by one process at a time.

Who claims a job owns it until its lease ends; a process that dies leaves its jobs to the others, after that. A handler is
stopped before its lease ends, so that no job is ever run by two. It may be run again after it was done (the process died
before it could say so): handlers are written for that.
"""

import asyncio
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa
import structlog

from modules.kernel import clock
from modules.kernel.context import Context
from modules.kernel.jobs import Job, jobs
from modules.kernel.storage import Storage

Handler = Callable[[Context, Mapping[str, Any]], Awaitable[None]]

SHARE = 0.8  # of its lease, which a handler may take
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)
PATIENCE = 5.0  # seconds that running jobs get when the process ends

log = structlog.get_logger(__name__)


class Runner:
    """Runs due jobs of the kinds that it has handlers for, while it is open.

    A commit of this process wakes it (`Storage.wake`), what others commit is found by a look each `poll` seconds. `lease` is
    in seconds; a job that failed `most_attempts` times is given up: kept, without a time at which it is due.
    """

    def __init__(
        self,
        storage: Storage,
        handlers: Mapping[str, Handler],
        context: Callable[[], Context],
        *,
        lease: float = 60.0,
        poll: float = 1.0,
        most_attempts: int = 15,
        at_once: int = 4,
    ) -> None:
        self._storage, self._handlers, self._context = storage, handlers, context
        self._lease, self._poll, self._most_attempts = timedelta(seconds=lease), poll, most_attempts
        self._places, self._woken = asyncio.Semaphore(at_once), asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._is_blind = False
        self.counts: Counter[str] = Counter(done=0, failed=0, given_up=0)

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._follow(), name="jobs")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=PATIENCE)
            for task in late:  # their jobs are done by others, once the lease has ended
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def wake(self) -> None:
        """There may be something to do: look now."""
        self._woken.set()

    async def _follow(self) -> None:
        while True:
            await self._places.acquire()
            task = asyncio.create_task(self._run(await self._next()))
            self._running.add(task)
            task.add_done_callback(self._leave)

    def _leave(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._places.release()

    async def _next(self) -> Job:
        """The next job that is due, claimed."""
        while True:
            self._woken.clear()
            try:
                job = await self._claim()
            except Exception as error:  # whatever the database has: this must outlive it
                self._lost_sight(error)
            else:
                self._is_blind = False
                if job is not None:
                    return job
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll):
                    await self._woken.wait()

    async def _claim(self) -> Job | None:
        now = clock.now()
        due = (jobs.c.due_at <= now, jobs.c.kind.in_(self._handlers))
        async with self._storage.reading() as read:  # without this look an idle process would write each second
            if await read.value(sa.select(jobs.c.id).where(*due).limit(1)) is None:
                return None
        first = sa.select(jobs.c.id).where(*due).order_by(jobs.c.due_at).limit(1).with_for_update(skip_locked=True)
        claim = (
            sa.update(jobs)
            .where(jobs.c.id == first.scalar_subquery())
            .values(due_at=now + self._lease, attempts=jobs.c.attempts + 1)
            .returning(*jobs.c)
        )
        async with self._storage.writing() as work:
            row = await work.row(claim)
        return None if row is None else Job(**row)

    async def _run(self, job: Job) -> None:
        error: Exception | None = None
        try:
            async with asyncio.timeout((self._lease * SHARE).total_seconds()):
                await self._handlers[job.kind](self._context(), job.payload)
        except Exception as raised:  # whatever a handler does, the others go on
            error = raised
        try:
            await (self._done(job) if error is None else self._failed(job, error))
        except Exception as raised:  # it is run again when its lease has ended
            self._lost_sight(raised)

    async def _done(self, job: Job) -> None:
        async with self._storage.writing() as work:
            await work.run(sa.delete(jobs).where(*_owned(job)))
        self.counts["done"] += 1

    async def _failed(self, job: Job, error: Exception) -> None:
        is_given_up = job.attempts >= self._most_attempts
        due_at = None if is_given_up else clock.now() + pause(job.attempts)
        async with self._storage.writing() as work:
            await work.run(sa.update(jobs).where(*_owned(job)).values(due_at=due_at))
        self.counts["given_up" if is_given_up else "failed"] += 1
        # Not what the error says: a server of mail tells addresses in it.
        told = {"kind": job.kind, "job": job.id.hex, "attempts": job.attempts, "error": type(error).__name__}
        if is_given_up:
            log.error("job_given_up", **told, raised_in=_place(error))
        else:
            log.warning("job_failed", **told, raised_in=_place(error), due_at=_text(due_at))

    def _lost_sight(self, error: Exception) -> None:
        if not self._is_blind:
            log.warning("jobs_out_of_reach", error=f"{type(error).__name__}: {error}")
        self._is_blind = True


def pause(attempts: int) -> timedelta:
    """How long a job rests that has failed so often."""
    doubled: int = 2 ** min(attempts - 1, 30)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def _owned(job: Job) -> tuple[Any, Any]:
    """The job, if nobody has claimed it since."""
    return jobs.c.id == job.id, jobs.c.due_at == job.due_at


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""


def _text(at: datetime | None) -> str:
    return at.isoformat() if at else ""
