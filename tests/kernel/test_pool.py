"""The pool of connections: never too many, everybody in turn, whoever gives up on the way."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from modules.kernel.lanes import Pool


class Door:
    """Opens connections: numbers from 1 on."""

    def __init__(self) -> None:
        self.opened = 0
        self.broken = False

    async def open(self) -> int:
        await asyncio.sleep(0)
        if self.broken:
            raise ConnectionRefusedError
        self.opened += 1
        return self.opened


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def pool(door: Door) -> Pool[int]:
    return Pool(door.open, 2)


async def turn() -> None:
    """Everything that can go on has gone on."""
    for _ in range(10):
        await asyncio.sleep(0)


def waiter(pool: Pool[int], told: list[Any], name: str) -> "asyncio.Task[int]":
    async def take() -> int:
        connection = await pool.take()
        told.append((name, connection))
        return connection

    return asyncio.ensure_future(take())


async def test_no_more_are_opened_than_the_most(pool: Pool[int], door: Door) -> None:
    told: list[Any] = []
    waiters = [waiter(pool, told, name) for name in "abcd"]
    await turn()
    assert told == [("a", 1), ("b", 2)]
    pool.give_back(2)
    pool.give_back(1)
    await asyncio.gather(*waiters)
    assert told[2:] == [("c", 2), ("d", 1)]
    assert door.opened == 2


async def test_the_one_used_last_is_taken_first(pool: Pool[int]) -> None:
    first, second = await pool.take(), await pool.take()
    pool.give_back(second)
    pool.give_back(first)
    assert await pool.take() == first


async def test_who_waits_is_served_before_who_comes_when_one_is_given_back(pool: Pool[int]) -> None:
    told: list[Any] = []
    connection = await pool.take()
    await pool.take()
    waiters = [waiter(pool, told, name) for name in "ab"]
    await turn()
    pool.give_back(connection)  # the one who waits has not run yet
    waiters.append(waiter(pool, told, "late"))
    for _ in range(2):
        await turn()
        pool.give_back(connection)
    await asyncio.gather(*waiters)
    assert [name for name, _ in told] == ["a", "b", "late"]


async def test_one_who_gives_up_waiting_loses_nobodys_turn(pool: Pool[int]) -> None:
    told: list[Any] = []
    connection = await pool.take()
    await pool.take()
    gone, next_one = waiter(pool, told, "gone"), waiter(pool, told, "next")
    await turn()
    gone.cancel()
    await turn()
    pool.give_back(connection)
    assert await next_one == connection
    assert told == [("next", connection)]


Passing = Callable[[Pool[int], int], None]


@pytest.mark.parametrize("passing", [Pool.give_back, lambda pool, _: pool.drop()], ids=["given back", "dropped"])
async def test_what_comes_to_one_who_just_gave_up_is_the_next_ones(pool: Pool[int], passing: Passing) -> None:
    told: list[Any] = []
    connection = await pool.take()
    await pool.take()
    gone, next_one = waiter(pool, told, "gone"), waiter(pool, told, "next")
    await turn()
    passing(pool, connection)
    gone.cancel()
    async with asyncio.timeout(5):
        await next_one
    assert [name for name, _ in told] == ["next"]
    passing(pool, next_one.result())
    async with asyncio.timeout(5):
        await pool.take()


async def test_a_dropped_one_makes_room_for_another(pool: Pool[int], door: Door) -> None:
    await pool.take()
    await pool.take()
    told: list[Any] = []
    waiting = waiter(pool, told, "a")
    await turn()
    pool.drop()
    assert await waiting == 3


async def test_what_cannot_be_opened_takes_no_room(pool: Pool[int], door: Door) -> None:
    door.broken = True
    async with asyncio.timeout(5):
        refused = await asyncio.gather(*(pool.take() for _ in range(5)), return_exceptions=True)
    assert [type(each) for each in refused] == [ConnectionRefusedError] * 5
    door.broken = False
    async with asyncio.timeout(5):
        assert {await pool.take(), await pool.take()} == {1, 2}


async def test_one_who_gives_up_while_it_is_opened_takes_no_room(pool: Pool[int]) -> None:
    told: list[Any] = []
    for _ in range(3):
        opening = waiter(pool, told, "gone")
        await asyncio.sleep(0)
        opening.cancel()
        await turn()
    async with asyncio.timeout(5):
        assert {await pool.take(), await pool.take()} == {1, 2}


async def test_clearing_takes_the_free_ones_and_leaves_room(pool: Pool[int]) -> None:
    used = await pool.take()
    free = await pool.take()
    pool.give_back(free)
    assert pool.clear() == [free]
    async with asyncio.timeout(5):
        assert await pool.take() == 3
    pool.give_back(used)
    assert await pool.take() == used


async def drained(pool: Pool[int]) -> list[int]:
    return [connection async for connection in pool.drain()]


async def test_draining_waits_for_those_in_use_and_lets_who_waits_go_first(pool: Pool[int]) -> None:
    told: list[Any] = []
    used = await pool.take()
    free = await pool.take()
    waiting = waiter(pool, told, "a")
    await turn()
    draining = asyncio.ensure_future(drained(pool))
    await turn()
    pool.give_back(free)
    assert await waiting == free
    assert not draining.done()
    pool.give_back(free)
    pool.give_back(used)
    assert await draining == [free, used]
    assert await drained(pool) == []


async def test_who_comes_while_it_is_drained_is_served_and_drained_too(pool: Pool[int]) -> None:
    told: list[Any] = []
    used = [await pool.take(), await pool.take()]
    draining = asyncio.ensure_future(drained(pool))
    await turn()
    late = waiter(pool, told, "late")
    await turn()
    pool.give_back(used[0])
    async with asyncio.timeout(5):
        assert await late == 3
        pool.drop()
        pool.give_back(used[1])
        assert await draining == used


@pytest.mark.parametrize("seed", range(20))
async def test_whatever_happens_nothing_is_lost_and_nothing_is_used_twice(seed: int, door: Door) -> None:
    chance = random.Random(seed)
    pool: Pool[int] = Pool(door.open, 3)
    used: set[int] = set()

    async def use() -> None:
        connection = await pool.take()
        assert connection not in used
        used.add(connection)
        assert len(used) <= 3
        try:
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)
        finally:
            used.discard(connection)
            pool.drop() if chance.random() < 0.2 else pool.give_back(connection)

    tasks: list[Awaitable[None]] = []
    for _ in range(200):
        task = asyncio.ensure_future(use())
        tasks.append(task)
        if chance.random() < 0.3:
            await asyncio.sleep(0)
        if chance.random() < 0.4:
            chance.choice(tasks).cancel()  # type: ignore[attr-defined]
    async with asyncio.timeout(10):
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            assert result is None or isinstance(result, asyncio.CancelledError)
        await asyncio.gather(*(pool.take() for _ in range(3)))
