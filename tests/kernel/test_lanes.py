"""The fast lane of reads on real databases: what is cancelled, fails or dies hurts nobody else."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from traceback import format_exception
from typing import Any

import pytest

from modules.kernel.lanes import SqliteLane
from modules.kernel.storage import Storage
from modules.kernel.walls import Office

COUNT = "with recursive n(x) as (select 1 union all select x + 1 from n where x < {}) select count(*) from n"
LANES = "from pg_stat_activity where application_name = 'spilno' and datname = current_database()"
sqlite, postgresql = (pytest.mark.parametrize("template", [one], indirect=True) for one in ("sqlite", "postgresql"))


@pytest.fixture
async def narrow(database_url: str) -> AsyncIterator[Storage]:
    """Two connections for all."""
    async with opened(database_url, 2) as storage:
        yield storage


@asynccontextmanager
async def opened(url: str, pool: int) -> AsyncIterator[Storage]:
    storage = Storage(url, pool=pool)
    yield storage
    await storage.close()


async def fetch(storage: Storage, text: str, *arguments: Any) -> list[Any]:
    """The first column."""
    async with asyncio.timeout(10):
        return [row[0] for row in await storage.lane.fetch(text, arguments)]


async def watched(storage: Storage, text: str) -> Sequence[Any]:
    """What PostgreSQL tells over a connection that is no lane."""
    async with storage.reader.connect() as connection:
        return (await connection.exec_driver_sql(text)).scalars().all()


async def until(storage: Storage, text: str, wanted: int) -> None:
    async with asyncio.timeout(10):
        while await watched(storage, text) != [wanted]:
            pass


async def test_many_read_at_once_over_few_connections(narrow: Storage) -> None:
    told = await asyncio.gather(*(fetch(narrow, f"select {number}") for number in range(100)))
    assert told == [[number] for number in range(100)]
    if narrow.dialect.name == "postgresql":
        assert await watched(narrow, f"select count(*) {LANES}") == [2]


async def test_reads_can_change_nothing(narrow: Storage) -> None:
    with pytest.raises(Exception, match=r"readonly|read-only"):
        await fetch(narrow, "delete from identity_person")


@pytest.mark.parametrize(("text", "arguments"), [("select nothing_there", ()), ("select 1 + $1", (object(),))])
async def test_a_statement_that_fails_gives_its_connection_back(
    narrow: Storage, text: str, arguments: tuple[Any, ...]
) -> None:
    who = "select pg_backend_pid()" if narrow.dialect.name == "postgresql" else "select 1"
    before = await fetch(narrow, who)
    for _ in range(5):
        with pytest.raises(Exception, match=r"nothing_there|values are not shown|not supported"):
            await fetch(narrow, text, *arguments)
    assert await fetch(narrow, who) == before


async def test_who_gives_up_at_any_step_leaves_the_way_free(database_url: str) -> None:
    async with opened(database_url, 1) as storage:
        for steps in range(40):
            reading = asyncio.ensure_future(fetch(storage, f"select 'gone {steps}'"))
            for _ in range(steps):
                await asyncio.sleep(0)
            reading.cancel()
            await asyncio.wait([reading])
            assert await fetch(storage, f"select {steps}") == [steps]


@sqlite
async def test_a_cancelled_statement_is_stopped_on_sqlite(narrow: Storage) -> None:
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def begin() -> None:
        loop.call_soon_threadsafe(begun.set)

    assert isinstance(narrow.lane, SqliteLane)
    connection = await narrow.lane._pool.take()
    await connection.create_function("begun", 0, begin)
    narrow.lane._pool.give_back(connection)
    reading = asyncio.ensure_future(
        fetch(narrow, f"select begun() is null union all select * from ({COUNT.format(10**9)})")
    )
    await begun.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await fetch(narrow, "select begun() is null") == [1]  # the same connection, and soon


@postgresql
async def test_a_cancelled_statement_is_stopped_on_postgresql(database_url: str) -> None:
    async with opened(database_url, 1) as storage:
        running = f"select count(*) {LANES} and state = 'active'"
        for _ in range(3):
            reading = asyncio.ensure_future(fetch(storage, "select pg_sleep(60)"))
            await until(storage, running, 1)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            await until(storage, running, 0)
            assert await fetch(storage, "select 1") == [1]
        await until(storage, f"select count(*) {LANES}", 1)


@postgresql
async def test_connections_that_died_while_they_waited_are_replaced(database_url: str) -> None:
    async with opened(database_url, 3) as storage:
        for _ in range(3):
            await asyncio.gather(*(fetch(storage, "select pg_sleep(0.01)") for _ in range(6)))
            killed = await watched(storage, f"select pg_terminate_backend(pid) {LANES}")
            assert killed == [True] * 3
            assert await fetch(storage, "select 1") == [1]
            told = await asyncio.gather(*(fetch(storage, "select 2") for _ in range(6)))
            assert told == [[2]] * 6


@postgresql
async def test_a_statement_that_kills_its_connection_twice_is_an_error_and_takes_no_room(database_url: str) -> None:
    async with opened(database_url, 1) as storage:
        for _ in range(3):
            with pytest.raises(ConnectionError, match="gone"):
                await fetch(storage, "select pg_terminate_backend(pg_backend_pid())")
            assert await fetch(storage, "select 1") == [1]


@postgresql
async def test_an_error_names_no_values(narrow: Storage) -> None:
    with pytest.raises(Exception, match="values are not shown") as refused:
        await fetch(narrow, "select $1::json", "".join(("{sec", "ret}")))
    assert "secret" not in "".join(format_exception(refused.value))


@postgresql
async def test_what_a_url_tells_the_driver_is_told_to_this_lane_too(narrow: Storage) -> None:
    url = narrow.url.update_query_dict({"ssl": "disable", "prepared_statement_cache_size": "5"})
    async with opened(url.render_as_string(hide_password=False), 1) as storage:
        assert await fetch(storage, "select 1") == [1]
        assert await watched(storage, "select 1") == [1]


async def test_closing_waits_for_who_reads_and_leaves_nothing_open(narrow: Storage) -> None:
    threads = set(threading.enumerate())
    # More than there are connections: the others wait for theirs.
    slow = COUNT.format(200_000)
    reading = [asyncio.ensure_future(fetch(narrow, slow)) for _ in range(4)]
    await asyncio.wait(reading, return_when=asyncio.FIRST_COMPLETED)
    await narrow.lane.close()
    assert [each.result() for each in reading] == [[200_000]] * 4
    for thread in set(threading.enumerate()) - threads:
        thread.join(10)
        assert not thread.is_alive()
    if narrow.dialect.name == "postgresql":
        await until(narrow, f"select count(*) {LANES}", 0)
    await narrow.lane.close()


@pytest.mark.parametrize(
    ("text", "value"), [("select $1::int4", 99_999_999_999), ("select ($1::text)::uuid", "secret")]
)
async def test_an_error_of_postgresql_does_not_tell_the_values(storage: Storage, text: str, value: object) -> None:
    if storage.dialect.name != "postgresql":
        pytest.skip("only its errors name values")
    with pytest.raises(Exception, match="values are not shown") as raised:
        await storage.lane.fetch(text, [value])
    assert str(value) not in "".join(format_exception(raised.value))


async def test_a_crowd_reads_what_is_alike_once(narrow: Storage) -> None:
    sent: list[str] = []
    fetch_one = narrow.lane.fetch

    async def noted(text: str, arguments: Sequence[Any], office: Office | None = None) -> Sequence[Any]:
        sent.append(text)
        return await fetch_one(text, arguments, office)

    narrow.lane.fetch = noted  # type: ignore[method-assign]
    crowd = narrow.shared()
    told = await asyncio.gather(*(fetch(crowd, f"select {number % 2}") for number in range(100)))
    assert told == [[number % 2] for number in range(100)]
    assert sorted(sent) == ["select 0", "select 1"]
    with pytest.raises(Exception, match="nothing_there"):
        await asyncio.gather(fetch(crowd, "select 1 from nothing_there"), fetch(crowd, "select 1"))
    await crowd.lane.close()
    assert await fetch(narrow, "select 1") == [1], "the lane below stays open"
