"""Who has used how much: in one process, and in several that share a Redis."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from gateway.limiting import ledger as module
from gateway.limiting.ledger import Ledger, Spent
from gateway.limiting.rates import Rate, Rates
from gateway.limiting.redis import shared
from modules.kernel import clock
from tests.servers import RedisServer

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
TEN = Rate(10, 60)


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


def test_what_is_spent_is_counted_until_the_window_ends() -> None:
    ledger = Ledger()
    assert ledger.spend(TEN, "mira", 4) == Spent(4, 10, 6, 60)
    with clock.frozen(NOON + timedelta(seconds=45)):
        assert ledger.spend(TEN, "mira", 6) == Spent(6, 10, 0, 15)
        assert ledger.spend(TEN, "mira") == Spent(1, 10, 0, 15, is_over=True)
        assert ledger.spend(TEN, "taras") == Spent(1, 10, 9, 15)
    with clock.frozen(NOON + timedelta(seconds=60)):
        assert ledger.spend(TEN, "mira") == Spent(1, 10, 9, 60)


def test_what_is_too_much_is_not_counted() -> None:
    ledger = Ledger()
    assert ledger.spend(TEN, "mira", 11).is_over
    assert ledger.spend(TEN, "mira", 10) == Spent(10, 10, 0, 60)


def test_a_minute_and_an_hour_are_counted_apart() -> None:
    ledger = Ledger()
    ledger.spend(TEN, "mira", 10)
    assert ledger.spend(Rate(10, 3600), "mira", 10) == Spent(10, 10, 0, 3600)


def test_only_so_many_are_remembered() -> None:
    ledger = Ledger(most=2)
    for who in ("first", "second", "third"):
        ledger.spend(TEN, who, 10)
    assert [ledger.spend(TEN, who).is_over for who in ("third", "second", "first")] == [True, True, False]


@pytest.mark.parametrize(
    ("text", "rate"), [("60/minute", Rate(60, 60)), ("5 per 2 hours", Rate(5, 7200)), ("", None), (" ", None)]
)
def test_rates_are_read_as_settings_write_them(text: str, rate: Rate | None) -> None:
    assert Rate.parse(text) == rate


def test_acts_that_nobody_thought_of_are_writes() -> None:
    rates = Rates(writes=Rate(1, 60), sign_in=Rate(2, 60))
    assert rates.act("signIn") == ("sign_in", Rate(2, 60))
    assert rates.act("somethingNew") == ("writes", Rate(1, 60))


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
async def processes(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Ledger]]:
    """The ledgers of two processes that share a Redis."""
    monkeypatch.setattr(module, "PACE", 0.01)
    monkeypatch.setattr(module, "AWAY", 0.05)
    made = [Ledger(), Ledger()]
    async with AsyncExitStack() as stack:
        for ledger in made:
            await stack.enter_async_context(shared(redis.url, ledger))
        yield made


async def until_told(ledgers: list[Ledger], left: int) -> None:
    """Returns when each of them knows that this much is left."""
    await _until(lambda: [ledger.spend(TEN, "mira", 0).remaining for ledger in ledgers] == [left] * len(ledgers))


async def test_processes_add_up_what_they_count(processes: list[Ledger]) -> None:
    one, other = processes
    one.spend(TEN, "mira", 4)
    other.spend(TEN, "mira", 5)
    await until_told(processes, 1)
    assert one.spend(TEN, "mira", 2).is_over
    assert other.spend(TEN, "mira", 1) == Spent(1, 10, 0, 60)
    await until_told(processes, 0)


async def test_without_redis_each_goes_by_its_own_count_and_says_so_once(
    processes: list[Ledger], redis: RedisServer
) -> None:
    one, other = processes
    one.spend(TEN, "mira", 2)
    await until_told(processes, 8)
    redis.kill()
    with capture_logs() as logs:
        assert one.spend(TEN, "mira", 8) == Spent(8, 10, 0, 60)
        await _until(lambda: len(logs) > 0)
        assert one.spend(TEN, "taras") == Spent(1, 10, 9, 60)
        assert one.spend(TEN, "mira").is_over
        assert other.spend(TEN, "mira", 8).remaining == 0
        await _until(lambda: len(logs) > 1)
        assert [entry["event"] for entry in logs] == ["limits_not_shared"] * 2, "once by each"
        redis.start()
        await _until(lambda: len(logs) > 2)
    assert logs[2]["event"] == "limits_shared_again"


async def _until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not so():  # noqa: ASYNC110 (another process is waited for)
            await asyncio.sleep(0.005)
