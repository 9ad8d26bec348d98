"""A state is told as it is now, then the newest alone."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from datetime import timedelta
from typing import Any, cast

import pytest

from modules.kernel import clock
from modules.kernel.following import Log
from modules.kernel.states import State, states

PAUSE = 0.2


class Counter:
    """A state that is its own topic: a number, which is its version too."""

    def __init__(self) -> None:
        self.number, self.loads, self.listeners = 0, 0, 0
        self.lasts: timedelta | None = None
        self.is_final = False
        self._moved = asyncio.Event()

    def count(self, times: int = 1) -> None:
        self.number += times
        self._moved.set()

    @contextmanager
    def listen(self, topic: str) -> Iterator["Counter"]:
        self.listeners += 1
        try:
            yield self
        finally:
            self.listeners -= 1

    async def beyond(self, seq: int) -> None:
        while self.number <= seq:
            self._moved.clear()
            await self._moved.wait()

    async def load(self) -> State[int]:
        self.loads += 1
        changes_at = None if self.lasts is None else clock.now() + self.lasts
        return State(self.number, version=self.number, changes_at=changes_at, is_final=self.is_final)

    def states(self) -> "aclosing[AsyncGenerator[int, None]]":
        log = Log(cast(Any, None), cast(Any, self))
        return aclosing(states(log, "counter", self.load, pause=PAUSE))


@pytest.fixture
async def counter() -> Counter:
    return Counter()


async def test_the_state_of_now_comes_first_and_is_read_after_listening(counter: Counter) -> None:
    counter.count(7)
    async with counter.states() as pushes:
        assert await anext(pushes) == 7
        assert counter.listeners == 1
    assert counter.listeners == 0


async def test_a_change_after_a_quiet_time_is_told_at_once(counter: Counter) -> None:
    async with counter.states() as pushes:
        await anext(pushes)
        await asyncio.sleep(PAUSE)  # the quiet time itself
        began = asyncio.get_running_loop().time()
        counter.count()
        assert await anext(pushes) == 1
        assert asyncio.get_running_loop().time() - began < PAUSE / 2


async def test_changes_in_quick_succession_are_told_together_and_the_last_always(counter: Counter) -> None:
    async with counter.states() as pushes:
        began = asyncio.get_running_loop().time()
        await anext(pushes)
        next_push = asyncio.ensure_future(anext(pushes))
        for _ in range(100):
            counter.count()
            await asyncio.sleep(0)
        assert await next_push == 100
        assert asyncio.get_running_loop().time() - began >= PAUSE * 0.9
        assert counter.loads == 2


async def test_what_was_told_already_is_not_told_again(counter: Counter) -> None:
    async with counter.states() as pushes:
        counter.count()
        assert await anext(pushes) == 1
        following = asyncio.ensure_future(anext(pushes))
        done, _ = await asyncio.wait([following], timeout=2 * PAUSE)
        assert not done
        counter.count()
        assert await following == 2


async def test_time_alone_changes_a_state(counter: Counter) -> None:
    counter.lasts = timedelta(seconds=0.01)
    async with asyncio.timeout(5), counter.states() as pushes:
        await anext(pushes)
        counter.is_final = True
        assert await anext(pushes) == 0
        with pytest.raises(StopAsyncIteration):
            await anext(pushes)


async def test_a_final_state_ends_it(counter: Counter) -> None:
    counter.is_final = True
    async with counter.states() as pushes:
        assert [value async for value in pushes] == [0]
    assert counter.listeners == 0
