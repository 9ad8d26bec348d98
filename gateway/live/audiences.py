"""How many follow a topic, on all processes together: told from each to each over the bus, kept nowhere.

A process repeats its numbers as long as it has any; those of one that has fallen silent stop counting.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from gateway.live.feed import Feed

KIND = "audience"
REPEAT, LASTS, GATHER = 2.0, 6.0, 0.25  # seconds: between two words, until they are void, that changes are gathered
MOST_TOPICS = 10_000  # of others that are remembered


class Audiences:
    """`enter` and `leave` tell of this process; `count` is of all."""

    def __init__(self, feed: Feed) -> None:
        self._feed, self._name = feed, uuid4().hex
        self._own: Counter[str] = Counter()
        self._others: dict[str, dict[str, tuple[int, float]]] = {}  # by topic and process: how many, heard when
        self._waiting: dict[str, asyncio.Event] = {}
        self._unsent: set[str] = set()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        feed.on(KIND, self._heard)

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._tell(), name="audiences")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def enter(self, topic: str) -> None:
        self._own[topic] += 1
        self._note(topic)

    def leave(self, topic: str) -> None:
        self._own[topic] -= 1
        self._note(topic)

    def count(self, topic: str) -> int:
        fresh = monotonic() - LASTS
        others = self._others.get(topic, {})
        return self._own[topic] + sum(number for number, heard in others.values() if heard > fresh)

    def changed(self, topic: str) -> asyncio.Event:
        """Set at the next change of a topic's number, seen from now."""
        waiting = self._waiting.get(topic)
        if waiting is None or waiting.is_set():
            waiting = self._waiting[topic] = asyncio.Event()
        return waiting

    def _note(self, topic: str) -> None:
        self._unsent.add(topic)
        self._changed.set()
        self._wake(topic)

    def _wake(self, topic: str) -> None:
        waiting = self._waiting.pop(topic, None)
        if waiting is not None:
            waiting.set()

    def _heard(self, told: Any) -> None:
        match told:
            case {"process": str(process), "numbers": dict(numbers)}:
                if process != self._name:
                    self._take(process, numbers, bool(told.get("asks")))
            case _:
                raise ValueError("an audience is a process and its numbers")

    def _take(self, process: str, numbers: Mapping[str, Any], asks: bool) -> None:
        for topic, number in numbers.items():
            if type(number) is not int:
                raise ValueError("numbers of an audience are whole")
            before = self.count(topic)
            of_topic = self._others.setdefault(topic, {})
            of_topic[process] = number, monotonic()
            if number == 0:
                del of_topic[process]
            if not of_topic or len(self._others) > MOST_TOPICS:
                del self._others[topic]
            if self.count(topic) != before:
                self._wake(topic)
            if asks and self._own[topic]:
                self._unsent.add(topic)
                self._changed.set()

    async def _tell(self) -> None:
        told: set[str] = set()  # topics of which others have a number of ours
        time = asyncio.get_running_loop().time
        due = time() + REPEAT  # however much changes meanwhile: what does not change has to be repeated
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await self._changed.wait()
            self._changed.clear()
            if time() >= due:
                due = time() + REPEAT
                self._unsent |= told
                self._expire()
            numbers = {topic: self._own[topic] for topic in self._unsent}
            self._unsent.clear()
            if numbers:
                asks = not told.issuperset(topic for topic, number in numbers.items() if number)
                await self._feed.publish(KIND, {"process": self._name, "numbers": numbers, "asks": asks})
            told = (told | numbers.keys()) - {topic for topic, number in numbers.items() if not number}
            self._own = +self._own  # without zeros
            await asyncio.sleep(GATHER)

    def _expire(self) -> None:
        """Forget processes that have fallen silent, and let those know who were told of them."""
        fresh = monotonic() - LASTS
        for topic, processes in list(self._others.items()):
            left = {process: word for process, word in processes.items() if word[1] > fresh}
            if len(left) < len(processes):
                self._wake(topic)
            if left:
                self._others[topic] = left
            else:
                del self._others[topic]
