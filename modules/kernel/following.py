"""Reading the log: what a topic has, and waiting for more of it."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa

from modules.kernel.log import epochs, events, topics
from modules.kernel.storage import Storage


@dataclass(frozen=True, slots=True)
class Logged:
    """An event as it stands in the log. `seq` counts from 1 within its topic."""

    topic: str
    seq: int
    at: datetime
    type: str
    entity: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """Where a topic stands: events `floor + 1 .. seq` can be read."""

    seq: int
    floor: int


class Signal(Protocol):
    """Word of one topic, heard since `Signals.listen`."""

    async def beyond(self, seq: int) -> None:
        """Return once the topic is known to have more than `seq`."""


class Signals(Protocol):
    """Tells when a topic has more; the gateway provides it (a bus that hints, a poll that makes up for lost hints)."""

    def listen(self, topic: str) -> AbstractContextManager[Signal]: ...


class Log:
    """Reading the log. Shared by all operations of a process."""

    BLOCK = 100

    def __init__(self, storage: Storage, signals: Signals) -> None:
        self._storage, self._signals = storage, signals

    async def epoch(self) -> str:
        """Names this history of the log; another one (a restored backup) makes old cursors void."""
        async with self._storage.reading() as read:
            found: str = await read.value(sa.select(epochs.c.id))
            return found

    async def head(self, topic: str) -> Head:
        return (await self.heads([topic])).get(topic, Head(0, 0))

    async def heads(self, names: Sequence[str]) -> dict[str, Head]:
        """Where these topics stand, in one statement; a topic without events is absent."""
        async with self._storage.reading() as read:
            rows = await read.rows(sa.select(topics).where(topics.c.name.in_(names)))
        return {row["name"]: Head(row["seq"], row["floor"]) for row in rows}

    async def read(self, topic: str, after: int, limit: int = BLOCK) -> list[Logged]:
        """The events after `after`, in order, at most `limit`."""
        statement = (
            sa.select(events).where(events.c.topic == topic, events.c.seq > after).order_by(events.c.seq).limit(limit)
        )
        async with self._storage.reading() as read:
            return [Logged(**row) for row in await read.rows(statement)]

    def listen(self, topic: str) -> AbstractContextManager[Signal]:
        """Word of a topic's growth, for who reads something else than its events."""
        return self._signals.listen(topic)

    async def follow(self, topic: str, after: int) -> AsyncGenerator[Logged, None]:
        """Every event after `after`, in order, without gap or repetition; waits for more at the head, for ever."""
        with self._signals.listen(topic) as signal:
            while True:
                block = await self.read(topic, after)
                for logged in block:
                    yield logged
                    after = logged.seq
                if len(block) < self.BLOCK:
                    await signal.beyond(after)
