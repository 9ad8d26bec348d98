"""What many ask for at about the same time."""

import asyncio
from collections.abc import Sequence

import pytest

from modules.kernel.together import Together

LONG = 60.0  # seconds: longer than any test


class Library:
    """Answers with what it was asked, turned round; batches wait until `is_open`."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.asked = asyncio.Event()

    async def __call__(self, keys: list[str]) -> Sequence[str | BaseException]:
        self.batches.append(keys)
        self.asked.set()
        await self.is_open.wait()
        if "fire" in keys:
            raise OSError("fire")
        return [LookupError(key) if key == "lost" else key[::-1] for key in keys]


@pytest.fixture
async def library() -> Library:
    return Library()


async def test_what_is_asked_for_in_one_turn_goes_together_and_what_is_alike_once(library: Library) -> None:
    together = Together(library)
    assert await asyncio.gather(*map(together.load, ["ab", "cd", "ab"])) == ["ba", "dc", "ba"]
    assert library.batches == [["ab", "cd"]]


async def test_the_first_does_not_wait_and_the_next_ones_wait_for_their_turn(library: Library) -> None:
    together = Together(library, pace=0.05)
    time = asyncio.get_running_loop().time
    began = time()
    assert await together.load("ab") == "ba"
    assert time() - began < 0.04
    told = asyncio.gather(*map(together.load, ["ab", "cd"]))
    await asyncio.sleep(0.01)
    assert await together.load("ef") == "fe"
    assert await told == ["ba", "dc"]
    assert library.batches == [["ab"], ["ab", "cd", "ef"]]
    assert time() - began >= 0.05


async def test_nobody_is_given_an_answer_that_was_asked_for_before(library: Library) -> None:
    together = Together(library, pace=0.0)
    library.is_open.clear()
    first = asyncio.create_task(together.load("ab"))
    await library.asked.wait()
    second = asyncio.create_task(together.load("ab"))
    library.asked.clear()
    await library.asked.wait()
    assert library.batches == [["ab"], ["ab"]], "and a slow batch holds up nobody"
    library.is_open.set()
    assert (await first, await second) == ("ba", "ba")


async def test_an_error_is_told_to_whom_it_concerns(library: Library) -> None:
    together = Together(library, pace=0.0)
    told = await asyncio.gather(*map(together.load, ["ab", "lost"]), return_exceptions=True)
    assert told[0] == "ba"
    assert repr(told[1]) == "LookupError('lost')"
    told = await asyncio.gather(*map(together.load, ["ab", "fire"]), return_exceptions=True)
    assert list(map(repr, told)) == ["OSError('fire')"] * 2
    assert await together.load("ab") == "ba"


async def test_who_leaves_takes_nothing_from_others(library: Library) -> None:
    together = Together(library)
    library.is_open.clear()
    leaves, stays = (asyncio.create_task(together.load("ab")) for _ in range(2))
    await library.asked.wait()
    leaves.cancel()
    library.is_open.set()
    assert await stays == "ba"
    assert leaves.cancelled()


async def test_nothing_is_asked_for_those_who_have_left(library: Library) -> None:
    together = Together(library)
    left = asyncio.create_task(together.load("ab"))
    await asyncio.sleep(0)
    left.cancel()
    assert await together.load("cd") == "dc"
    assert library.batches == [["cd"]]
