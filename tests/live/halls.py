"""What is said in a hall: the smallest thing that is logged and followed, for tests of the live parts."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid5

from gateway.live.bus import Bus
from gateway.live.feed import Feed
from modules.kernel import keys, log
from modules.kernel.following import Log, Logged
from modules.kernel.storage import Storage

NEVER = 60.0  # seconds between two polls: longer than any test
HALLS = UUID("5f3c0a52-8f5e-4d0b-9a52-6f1f0c7a1d11")


def key_of(hall: str) -> UUID:
    return uuid5(HALLS, hall)


def id_of(hall: str = "small") -> str:
    """The global id of a hall."""
    return keys.encode("Hall", key_of(hall))


def topic_of(hall: str = "small") -> str:
    return f"hall:{key_of(hall).hex}"


@dataclass(frozen=True)
class HallEvent:
    hall_id: UUID
    text: str

    @property
    def topic(self) -> str:
        return f"hall:{self.hall_id.hex}"

    @property
    def entity(self) -> UUID:
        return self.hall_id


class Said(HallEvent):
    """Somebody said something."""


class Hushed(HallEvent):
    """What was said with this text is not to be heard any more."""


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Storage]:
    """A storage with nothing but the tables of the log, which are made where they are missing."""
    storage = Storage(url)
    try:
        async with storage.writer.begin() as connection:
            await connection.run_sync(log.metadata.create_all)
            if (await connection.execute(log.epochs.select())).first() is None:
                await connection.execute(log.epochs.insert().values(id=log.fresh_epoch()))
        yield storage
    finally:
        await storage.close()


async def say(storage: Storage, *texts: str, hall: str = "small") -> None:
    """Each text in a transaction of its own."""
    for text in texts:
        async with storage.writing() as work:
            work.record(Said(key_of(hall), text))


async def hush(storage: Storage, text: str, *, hall: str = "small") -> None:
    async with storage.writing() as work:
        work.record(Hushed(key_of(hall), text))


async def read_on(log: Log, feed: Feed, topic: str, after: int = 0) -> AsyncGenerator[Logged, None]:
    """Every event after `after`, and those to come."""
    with feed.listen(topic) as heard:
        while True:
            for logged in (await log.read(topic, after)).events:
                yield logged
                after = logged.seq
            await heard.beyond(after)


@dataclass(frozen=True)
class Process:
    """What a server process holds open to hear of topics."""

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
            yield Process(storage, bus, feed, Log(storage))
