import asyncio
import time
from collections.abc import AsyncIterator, Iterator, MutableMapping, Sequence
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from structlog.testing import capture_logs

from gateway.live.bus import Bus
from gateway.live.feed import Feed, parsed
from modules.kernel.migrating import renew_epoch
from modules.kernel.walls import Office
from tests.live.halls import Places, Process, Said, key_of, opened, read_on, say, topic_of
from tests.servers import RedisServer, create_database


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
def embedded(tmp_path: Path) -> Places:
    return Places(f"sqlite+aiosqlite:///{tmp_path / 'log.db'}", "memory://")


@pytest.fixture
async def installed(postgres: str, redis: RedisServer) -> AsyncIterator[Places]:
    async with create_database(postgres) as database:
        yield Places(database, redis.url)


@pytest.fixture(params=["embedded", "installed"])
def places(request: pytest.FixtureRequest) -> Places:
    chosen: Places = request.getfixturevalue(request.param)
    return chosen


async def heard(process: Process, count: int, *, hall: str = "small") -> list[tuple[int, str]]:
    """The next `count` things that are said in a hall, with their places in the log."""
    found: list[tuple[int, str]] = []
    async with asyncio.timeout(10), aclosing(read_on(process.log, process.feed, topic_of(hall))) as events:
        async for logged in events:
            found.append((logged.seq, logged.payload["text"]))
            if len(found) == count:
                break
    return found


def reads(process: Process) -> list[str]:
    """The statements that this process reads with, from now on."""
    seen: list[str] = []

    fetch = process.storage.lane.fetch

    async def noted(text: str, arguments: Sequence[Any], office: Office | None = None) -> Sequence[Any]:
        seen.append(text)
        return await fetch(text, arguments, office)

    process.storage.lane.fetch = noted  # type: ignore[method-assign]
    return seen


def heads(seq: int) -> str:
    """A hint."""
    return f'{{"heads": {{"{topic_of()}": {seq}}}}}'


async def named(logs: list[MutableMapping[str, Any]], *names: str) -> None:
    """Until exactly these were logged."""
    async with asyncio.timeout(5):
        while [entry["event"] for entry in logs] != list(names):  # noqa: ASYNC110 (nothing announces a log line)
            await asyncio.sleep(0.01)


async def test_what_is_committed_here_is_told_before_anything_else_runs(embedded: Places) -> None:
    async with opened(embedded.database) as storage, Bus(embedded.bus) as bus:
        feed = Feed(storage, bus)  # not even open: no task, no bus and no poll has a part in it
        storage.announce = feed.announce
        with feed.listen(topic_of()) as signal:
            await say(storage, "hello")
            waiting = asyncio.create_task(signal.beyond(0))
            await asyncio.sleep(0)
            assert waiting.done()


async def test_a_signal_remembers_the_highest_head_since_it_listens(embedded: Places) -> None:
    async with opened(embedded.database) as storage, Bus(embedded.bus) as bus:
        feed = Feed(storage, bus)
        feed.announce({topic_of(): 3})
        with feed.listen(topic_of()) as signal:
            first, later = (asyncio.create_task(signal.beyond(seq)) for seq in (0, 6))
            await asyncio.sleep(0)
            assert (first.done(), later.done()) == (False, False)
            feed.announce({topic_of(): 7, topic_of("other"): 9})
            feed.announce({topic_of(): 5})
            await asyncio.gather(first, later)
            beyond = asyncio.create_task(signal.beyond(7))
            await asyncio.sleep(0)
            assert not beyond.done()
            feed.announce({topic_of(): 8})
            await beyond


async def test_a_hint_reaches_another_process(installed: Places) -> None:
    async with installed.process() as here, installed.process() as there:
        waiting = asyncio.create_task(heard(there, 3))
        await say(here.storage, "one", "two", "three")
        assert await waiting == [(1, "one"), (2, "two"), (3, "three")]


async def test_the_last_hint_before_closing_is_sent(installed: Places) -> None:
    async with installed.process() as there:
        with there.feed.listen(topic_of()) as signal:
            async with installed.process() as here:
                await say(here.storage, "good night")
            async with asyncio.timeout(2):
                await signal.beyond(0)


async def test_what_no_hint_tells_is_found_by_the_poll(places: Places) -> None:
    async with places.process(poll=0.05) as here, opened(places.database) as silent:
        waiting = asyncio.create_task(heard(here, 2))
        await say(silent, "psst", "psst!")
        assert await waiting == [(1, "psst"), (2, "psst!")]


async def test_a_gap_of_the_bus_makes_the_feed_look_at_once(installed: Places) -> None:
    async with installed.process() as here, opened(installed.database) as silent:
        waiting = asyncio.create_task(heard(here, 1))
        await say(silent, "in the gap")
        async with Redis.from_url(installed.bus) as operator:
            with capture_logs():
                await operator.client_kill_filter(_type="pubsub")
                assert await waiting == [(1, "in the gap")]


async def test_everything_arrives_once_and_in_order(places: Places) -> None:
    """Three writers at once, some of whose transactions fail; listeners in the same and in another process."""
    async with places.process(poll=0.05) as here, places.process(poll=0.05) as there:

        async def write(name: str) -> None:
            for number in range(30):
                try:
                    async with here.storage.writing() as work:
                        work.record(Said(key_of("small"), f"{name} {number}"))
                        if number % 3 == 2:
                            raise LookupError
                except LookupError:
                    continue

        listening = [asyncio.create_task(heard(process, 60)) for process in (here, here, there)]
        await asyncio.gather(*(write(name) for name in ("Mira", "Taras", "Olena")))
        first, *others = await asyncio.gather(*listening)
        assert [seq for seq, _ in first] == list(range(1, 61))
        assert {said for _, said in first} == {
            f"{name} {n}" for name in ("Mira", "Taras", "Olena") for n in range(30) if n % 3 != 2
        }
        assert others == [first, first]


async def test_a_poll_is_one_statement_and_only_for_listeners(places: Places) -> None:
    async with places.process(poll=0.02) as here, opened(places.database) as silent, AsyncExitStack() as listening:
        await say(silent, "somewhere", hall="99")
        seen = reads(here)
        await asyncio.sleep(0.1)  # five polls long
        assert seen == []
        signals = [listening.enter_context(here.feed.listen(topic_of(str(number)))) for number in range(100)]
        async with asyncio.timeout(5):
            await signals[99].beyond(0)
        assert [statement.count("live_topic ON") for statement in seen] == [1]
        assert len(here.feed.topics) == 100


async def test_a_database_out_of_reach_is_said_once_and_tried_again(places: Places) -> None:
    async with places.process(poll=0.02) as here, opened(places.database) as silent:
        with here.feed.listen(topic_of()) as signal, capture_logs() as logs:
            async with silent.writer.begin() as operator:
                await operator.execute(text("alter table live_topic rename to elsewhere"))
            await named(logs, "log_out_of_reach")
            await asyncio.sleep(0.1)  # five polls long
            async with silent.writer.begin() as operator:
                await operator.execute(text("alter table elsewhere rename to live_topic"))
            await named(logs, "log_out_of_reach", "log_in_reach")
            await say(silent, "back")
            async with asyncio.timeout(5):
                await signal.beyond(0)


async def test_a_database_that_does_not_answer_is_asked_again(
    installed: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.live.feed.PATIENCE", 0.2)
    async with installed.process(poll=0.02) as here, opened(installed.database) as silent:
        with here.feed.listen(topic_of()) as signal, capture_logs() as logs:
            async with silent.writer.begin() as operator:
                await operator.execute(text("lock table live_topic in access exclusive mode"))
                await named(logs, "log_out_of_reach")
            await named(logs, "log_out_of_reach", "log_in_reach")
            await say(silent, "back")
            async with asyncio.timeout(5):
                await signal.beyond(0)


NO_HINTS = ["", "{", "null", "7", "[]", f'["{topic_of()}"]']
NONSENSE = [
    *NO_HINTS,
    '{"weather": "fine"}',
    '{"heads": 7}',
    '{"heads": ["hall"]}',
    f'{{"heads": {{"{topic_of()}": "7"}}}}',
    f'{{"heads": {{"{topic_of()}": true}}}}',
]


@pytest.mark.parametrize("hint", NO_HINTS)
def test_what_is_no_hint_is_refused(hint: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parsed(hint)


async def test_nonsense_on_the_bus_is_said_once_and_passed_over(places: Places) -> None:
    async with places.process() as here:
        with here.feed.listen(topic_of()) as signal, capture_logs() as logs:
            for nonsense in NONSENSE:
                await here.bus.publish(nonsense)
            await here.bus.publish(heads(1))
            async with asyncio.timeout(5):
                await signal.beyond(0)
            await named(logs, "hint_not_understood")
        assert [entry["event"] for entry in logs].count("hint_not_understood") == 1


async def test_a_wrong_hint_costs_one_look_and_hides_nothing(places: Places) -> None:
    """From a foreign installation on the same Redis, or from before a backup was restored."""
    async with places.process(poll=0.2) as here, opened(places.database) as silent:
        seen = reads(here)
        waiting = asyncio.create_task(heard(here, 1))
        with here.feed.listen(topic_of()) as signal:
            await here.bus.publish(heads(1_000_000))
            async with asyncio.timeout(5):
                await signal.beyond(0)
        await asyncio.sleep(0.1)
        assert 2 <= len([statement for statement in seen if "live_event" in statement]) <= 3
        await say(silent, "the truth")
        assert await waiting == [(1, "the truth")]


async def test_nothing_is_left_when_all_are_gone(places: Places) -> None:
    before = asyncio.all_tasks()
    async with places.process(poll=0.02) as here:
        waiting = [asyncio.create_task(heard(here, 1, hall=str(number % 3))) for number in range(9)]
        while len(here.feed.topics) < 3:  # noqa: ASYNC110 (nothing announces it)
            await asyncio.sleep(0.01)
        for task in waiting[:8]:
            task.cancel()
        await asyncio.wait(waiting[:8])
        assert list(here.feed.topics) == [topic_of("2")]
        waiting[8].cancel()
        await asyncio.wait(waiting)
        assert not here.feed.topics
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_hints_are_prompt(installed: Places) -> None:
    async with installed.process() as here, installed.process() as there:
        delays = []
        with there.feed.listen(topic_of()) as signal:
            for number in range(50):
                await say(here.storage, "now")
                committed = time.perf_counter()
                await signal.beyond(number)
                delays.append(time.perf_counter() - committed)
        assert sorted(delays)[45] < 0.2


async def test_the_history_of_the_log_is_watched(places: Places) -> None:
    async with places.process(poll=0.02) as here, opened(places.database) as operator:
        told: list[str] = []
        here.feed.watchers.append(lambda: told.append(here.feed.epoch))
        with here.feed.listen(topic_of()):
            async with asyncio.timeout(5):
                while not here.feed.epoch:  # noqa: ASYNC110 (nothing announces it)
                    await asyncio.sleep(0.01)
                await renew_epoch(operator)
                while not told:  # noqa: ASYNC110 (as above)
                    await asyncio.sleep(0.01)
        assert told == [await here.log.epoch()]


async def test_what_is_published_beside_hints_reaches_its_handler(installed: Places) -> None:
    async with installed.process() as here, installed.process() as there:
        told: asyncio.Queue[Any] = asyncio.Queue()
        there.feed.on("weather", told.put_nowait)
        await here.feed.publish("weather", {"it": "rains"})
        async with asyncio.timeout(5):
            assert await told.get() == {"it": "rains"}
