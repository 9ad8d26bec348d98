"""Jobs: done once they are due, by one at a time, tried again, given up."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from modules.kernel import clock
from modules.kernel.context import Context
from modules.kernel.following import Log
from modules.kernel.jobs import jobs
from modules.kernel.runner import FIRST_PAUSE, LONGEST_PAUSE, Handler, Runner, pause
from modules.kernel.storage import Row, Storage
from tests.test_sessions import until

PATIENCE = 20.0


def runner(storage: Storage, handler: Handler, **settings: Any) -> Runner:
    """Woken by commits through this storage; it polls only if that is asked for."""
    made = Runner(
        storage,
        {"test.job": handler},
        lambda: Context(storage=storage, log=Log(storage), ports={}),
        **{"poll": 60.0, **settings},
    )
    storage.wake = made.wake
    return made


async def enqueue(storage: Storage, *names: str, kind: str = "test.job", later: timedelta = timedelta()) -> None:
    async with storage.writing() as work:
        for name in names:
            work.enqueue(kind, {"name": name}, clock.now() + later)


async def kept(storage: Storage) -> list[Row]:
    async with storage.reading() as read:
        return list(await read.rows(sa.select(jobs).order_by(jobs.c.id)))


class Doing:
    """A handler that tells what it did."""

    def __init__(self, fails: int = 0) -> None:
        self.done: asyncio.Queue[str] = asyncio.Queue()
        self.fails = fails

    async def __call__(self, _context: Context, payload: Mapping[str, Any]) -> None:
        self.done.put_nowait(payload["name"])
        if self.fails:
            self.fails -= 1
            raise ConnectionError("somebody@example.org is away")

    async def next(self) -> str:
        async with asyncio.timeout(PATIENCE):
            return await self.done.get()


async def counted(made: Runner, what: str, number: int) -> None:
    """Return when the runner has counted so many."""
    await until(lambda: made.counts[what] >= number)


async def test_a_commit_wakes_who_does_it_and_it_is_forgotten_when_done(storage: Storage) -> None:
    doing = Doing()
    async with runner(storage, doing) as made:
        await enqueue(storage, "one", "two")
        assert {await doing.next(), await doing.next()} == {"one", "two"}
        await counted(made, "done", 2)
    assert await kept(storage) == []


async def test_what_is_rolled_back_has_no_job(storage: Storage) -> None:
    with pytest.raises(ZeroDivisionError):
        async with storage.writing() as work:
            work.enqueue("test.job", {"name": "never"})
            raise ZeroDivisionError
    assert await kept(storage) == []


async def test_what_others_commit_is_found_by_a_look(storage: Storage, database_url: str) -> None:
    doing, other = Doing(), Storage(database_url)
    async with runner(storage, doing, poll=0.05):
        await enqueue(other, "theirs")
        assert await doing.next() == "theirs"
    await other.close()


async def test_a_job_waits_until_it_is_due_and_for_who_knows_its_kind(storage: Storage) -> None:
    doing = Doing()
    async with runner(storage, doing) as made:
        await enqueue(storage, "unknown", kind="test.other")
        await enqueue(storage, "tomorrow", later=timedelta(days=1))
        await enqueue(storage, "now")
        assert await doing.next() == "now"
        await counted(made, "done", 1)
        with clock.frozen(clock.now() + timedelta(days=1, seconds=1)):
            made.wake()
            assert await doing.next() == "tomorrow"
        await counted(made, "done", 2)
    assert [row["payload"] for row in await kept(storage)] == [{"name": "unknown"}]


async def test_several_processes_never_do_one_job_twice_at_a_time(storage: Storage, database_url: str) -> None:
    done: Counter[str] = Counter()
    at_work: set[str] = set()
    finished = asyncio.Event()
    names = [str(number) for number in range(40)]

    async def handle(_context: Context, payload: Mapping[str, Any]) -> None:
        name = payload["name"]
        assert name not in at_work
        at_work.add(name)
        await asyncio.sleep(0.001)
        at_work.remove(name)
        done[name] += 1
        if len(done) == len(names):
            finished.set()

    others = [Storage(database_url) for _ in range(3)]
    runners = [runner(each, handle, poll=0.02) for each in (storage, *others)]
    async with asyncio.timeout(PATIENCE), runners[0], runners[1], runners[2], runners[3]:
        await enqueue(storage, *names)
        await finished.wait()
    assert set(done.values()) == {1}
    assert sum(each.counts["done"] for each in runners) == len(names)
    assert sum(each.counts["failed"] for each in runners) == 0
    for each in others:
        await each.close()


async def test_what_fails_is_tried_again_each_time_later(storage: Storage, capsys: pytest.CaptureFixture[str]) -> None:
    doing = Doing(fails=2)
    async with runner(storage, doing) as made:
        with clock.frozen(clock.now()):
            await enqueue(storage, "letter")
            await counted(made, "failed", 1)
            [row] = await kept(storage)
            assert (row["attempts"], row["due_at"] - clock.now()) == (1, FIRST_PAUSE)
        with clock.frozen(row["due_at"]):
            made.wake()
            await counted(made, "failed", 2)
            [row] = await kept(storage)
            assert (row["attempts"], row["due_at"] - clock.now()) == (2, 2 * FIRST_PAUSE)
        with clock.frozen(row["due_at"]):
            made.wake()
            await counted(made, "done", 1)
    assert await kept(storage) == []
    told = capsys.readouterr().out
    assert "job_failed" in told
    assert "somebody@example.org" not in told


async def test_a_job_that_goes_on_failing_is_given_up_and_kept(storage: Storage) -> None:
    doing = Doing(fails=9)
    async with runner(storage, doing, most_attempts=2) as made:
        await enqueue(storage, "hopeless")
        await counted(made, "failed", 1)
        with clock.frozen(clock.now() + LONGEST_PAUSE):
            made.wake()
            await counted(made, "given_up", 1)
            made.wake()
            await enqueue(storage, "another")
            assert [await doing.next() for _ in range(3)] == ["hopeless", "hopeless", "another"]
            await counted(made, "failed", 2)
    hopeless, _ = await kept(storage)
    assert (hopeless["due_at"], hopeless["attempts"]) == (None, 2)


async def test_a_handler_is_stopped_before_its_lease_ends(storage: Storage) -> None:
    async def never(_context: Context, _payload: Mapping[str, Any]) -> None:
        await asyncio.Event().wait()

    async with runner(storage, never, lease=0.2) as made:
        await enqueue(storage, "endless")
        await counted(made, "failed", 1)


async def test_what_a_dead_process_had_claimed_is_done_after_its_lease(storage: Storage, database_url: str) -> None:
    claimed, other = asyncio.Event(), Storage(database_url)

    async def dies(_context: Context, _payload: Mapping[str, Any]) -> None:
        claimed.set()
        await asyncio.Event().wait()

    dead = runner(storage, dies)
    await dead.__aenter__()
    await enqueue(storage, "inherited")
    await claimed.wait()
    doing = Doing()
    async with runner(other, doing) as heir:
        heir.wake()
        await enqueue(other, "own")
        assert await doing.next() == "own", "the other one is not free yet"
        with clock.frozen(clock.now() + timedelta(seconds=61)):
            heir.wake()
            assert await doing.next() == "inherited"
            await counted(heir, "done", 2)
    for task in dead._running:
        task.cancel()
    await dead.__aexit__(None, None, None)
    assert await kept(storage) == []
    await other.close()


async def test_who_lost_the_lease_does_not_cross_off_what_another_has_claimed(storage: Storage) -> None:
    claimed, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_context: Context, _payload: Mapping[str, Any]) -> None:
        claimed.set()
        await go_on.wait()

    async with runner(storage, slow) as made:
        await enqueue(storage, "lost")
        await claimed.wait()
        claim = clock.now() + timedelta(minutes=5)
        async with storage.writing() as work:
            await work.run(sa.update(jobs).values(due_at=claim))
        go_on.set()
        await counted(made, "done", 1)
    assert [row["due_at"] for row in await kept(storage)] == [claim]


def test_pauses_double_up_to_an_hour() -> None:
    assert [pause(attempts).total_seconds() for attempts in (1, 2, 3, 10, 11, 99)] == [5, 10, 20, 2560, 3600, 3600]
