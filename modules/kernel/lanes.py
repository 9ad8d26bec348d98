"""The fast lane of reads: prepared statements straight to the driver, over connections that change nothing.

SQLAlchemy makes the statements; running one through it costs ten times what the driver needs.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from importlib import import_module
from typing import Any, Generic, Protocol, TypeVar

import aiosqlite
from sqlalchemy.engine import URL

from modules.kernel.prepared import Raw
from modules.kernel.together import Together
from modules.kernel.walls import Office

C = TypeVar("C")
BUSY = 30  # seconds that SQLite waits for a lock
STATEMENTS = 1_000  # that a connection keeps prepared


class Lane(Protocol):
    """Runs one reading statement at a time on a connection of its own."""

    async def fetch(self, text: str, arguments: Sequence[Any], office: Office | None = None) -> Sequence[Raw]:
        """All rows of a statement, as the second wall lets somebody with this office see them."""

    async def close(self) -> None: ...


class Pool(Generic[C]):
    """At most `most` connections, opened when they are needed, for whoever waits longest. The one used last is taken first:
    its caches are warm."""

    def __init__(self, open_one: Callable[[], Awaitable[C]], most: int) -> None:
        self._open, self._most = open_one, most
        self._free: list[C] = []
        self._unopened = most
        self._waiting: deque[asyncio.Future[C | None]] = deque()

    async def take(self) -> C:
        """A connection that nobody else uses until it is given back or dropped."""
        if self._free:
            return self._free.pop()
        if self._unopened:
            self._unopened -= 1
            taken = None
        else:
            taken = await self._turn()
        return await self._another() if taken is None else taken

    def give_back(self, connection: C) -> None:
        self._pass_on(connection)

    def drop(self) -> None:
        """A connection that was taken is not coming back: another may be opened."""
        self._pass_on(None)

    def clear(self) -> list[C]:
        """Take all that are free out of the pool; those in use stay their users'."""
        found, self._free = self._free, []
        self._unopened += len(found)
        return found

    async def drain(self) -> AsyncIterator[C]:
        """Take all out of the pool; those in use when they come back, after whoever waits for them already."""
        while self._unopened < self._most:
            connection = self._free.pop() if self._free else await self._turn()
            if connection is not None:
                yield connection
            self.drop()

    async def _turn(self) -> C | None:
        """What is passed on to us: a connection, or with None the right to open one."""
        turn: asyncio.Future[C | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on(turn.result())  # it came too late for us
            raise

    def _pass_on(self, connection: C | None) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return
        if connection is None:
            self._unopened += 1
        else:
            self._free.append(connection)

    async def _another(self) -> C:
        try:
            return await self._open()
        except BaseException:
            self.drop()
            raise


class SqliteLane:
    """Each connection has a thread of its own; a statement is one trip to it, and leaves nothing behind. SQLite has no
    second wall."""

    def __init__(self, path: str, most: int) -> None:
        self._path = path
        self._pool = Pool(self._open, most)

    async def fetch(self, text: str, arguments: Sequence[Any], office: Office | None = None) -> Sequence[Raw]:
        connection = await self._pool.take()
        try:
            return list(await connection.execute_fetchall(text, arguments))
        except asyncio.CancelledError:
            await connection.interrupt()  # who comes next on this thread does not wait for what nobody wants
            raise
        finally:
            self._pool.give_back(connection)

    async def close(self) -> None:
        """Returns when what still reads has read."""
        async for connection in self._pool.drain():
            await connection.close()

    async def _open(self) -> aiosqlite.Connection:
        return await aiosqlite.Connection(self._connect, iter_chunk_size=1)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=BUSY, isolation_level=None, cached_statements=STATEMENTS)
        connection.execute("PRAGMA query_only = on")
        return connection


class SharedLane:
    """Reads that are alike are sent once for all who ask at about the same time."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._reads = Together(self._fetch)

    async def fetch(self, text: str, arguments: Sequence[Any], office: Office | None = None) -> Sequence[Raw]:
        return await self._reads.load(
            (text, tuple(tuple(each) if isinstance(each, list) else each for each in arguments), office)
        )

    async def close(self) -> None:
        """The lane below is closed by whoever opened it."""

    async def _fetch(
        self, reads: list[tuple[str, tuple[Any, ...], Office | None]]
    ) -> Sequence[Sequence[Raw] | BaseException]:
        return await asyncio.gather(*(self._lane.fetch(*read) for read in reads), return_exceptions=True)


def lane(url: URL, most: int) -> Lane:
    if url.drivername == "sqlite+aiosqlite":
        return SqliteLane(url.database or "", most)
    # Only an installation on PostgreSQL has its driver.
    made: Lane = import_module("modules.kernel.postgres_lane").PostgresLane(url, most)
    return made
