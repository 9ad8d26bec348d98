"""What is said in a hall: the smallest thing that is logged and followed, for tests of the live parts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid5

from gateway.live.bus import Bus
from gateway.live.feed import Feed
from modules.kernel import log
from modules.kernel.following import Log
from modules.kernel.storage import Storage

NEVER = 60.0  # seconds between two polls: longer than any test
HALLS = UUID("5f3c0a52-8f5e-4d0b-9a52-6f1f0c7a1d11")


@dataclass(frozen=True)
class Said:
    hall: str
    text: str

    @property
    def topic(self) -> str:
        return f"hall:{self.hall}"

    @property
    def entity(self) -> UUID:
        return uuid5(HALLS, self.hall)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Storage]:
    """A storage with nothing but the tables of the log, which are made where they are missing."""
    storage = Storage(url)
    async with storage.writer.begin() as connection:
        await connection.run_sync(log.metadata.create_all)
    yield storage
    await storage.close()


async def say(storage: Storage, *texts: str, hall: str = "small") -> None:
    """Each text in a transaction of its own."""
    for text in texts:
        async with storage.writing() as work:
            work.record(Said(hall, text))


async def heard(reader: Log, count: int, *, hall: str = "small", after: int = 0) -> list[tuple[int, str]]:
    """The next `count` things that are said in a hall, with their places in the log."""
    found: list[tuple[int, str]] = []
    async with asyncio.timeout(10), aclosing(reader.follow(f"hall:{hall}", after)) as events:
        async for logged in events:
            found.append((logged.seq, logged.payload["text"]))
            if len(found) == count:
                break
    return found


@dataclass(frozen=True)
class Process:
    """What a server process holds open for its live parts."""

    storage: Storage
    bus: Bus
    feed: Feed
    log: Log


@dataclass(frozen=True)
class Places:
    """Where processes meet: the URLs of a database and of a bus."""

    database: str
    bus: str

    @asynccontextmanager
    async def process(self, poll: float = NEVER) -> AsyncIterator[Process]:
        async with (
            opened(self.database) as storage,
            Bus(self.bus, heartbeat=0.1, silence=0.4) as bus,
            Feed(storage, bus, poll=poll) as feed,
        ):
            storage.announce = feed.announce
            yield Process(storage, bus, feed, Log(storage, feed))
