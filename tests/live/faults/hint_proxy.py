"""Between a server and Redis: passes everything on, and loses, doubles or delays hints when told to."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

CHANNEL, NOWHERE = b"spilno.hints", b"spilno.nobody"
PATIENCE = 1.0
CHUNK = 65_536


class HintProxy:
    """On a free port of 127.0.0.1, to Redis on `port`. `delay` is seconds.

    Replies come in the order of commands, so a lost hint is not left out: it is published where nobody listens.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.is_losing = self.is_doubling = False
        self.delay = 0.0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Not a coroutine: asyncio would tell of each one that is cancelled."""
        self._keep(self._serve(reader, writer))

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    redis = await asyncio.open_connection("127.0.0.1", self._port)
                try:
                    await _first_of(self._commands(reader, redis[1]), _replies(redis[0], writer))
                finally:
                    redis[1].transport.abort()
        finally:
            writer.transport.abort()

    async def _commands(self, reader: asyncio.StreamReader, redis: asyncio.StreamWriter) -> None:
        while True:
            words = await _command(reader)
            redis.write(_written(self._changed(words)))
            await redis.drain()

    def _changed(self, words: list[bytes]) -> list[bytes]:
        """The command that Redis is given in place of this one."""
        if len(words) != 3 or words[0].upper() != b"PUBLISH" or words[1] != CHANNEL:
            return words
        if self.delay:
            self._later(words[2], self.delay)
        if self.is_doubling:
            self._later(words[2], 0.0)
        return [words[0], NOWHERE, words[2]] if self.is_losing or self.delay else words

    def _later(self, hint: bytes, seconds: float) -> None:
        async def say() -> None:
            await asyncio.sleep(seconds)
            await publish(self._port, hint)

        self._keep(say())


async def publish(port: int, hint: bytes) -> None:
    """Say something on the channel of hints; nothing happens when Redis is not there to hear it."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(_written([b"PUBLISH", CHANNEL, hint]))
                await reader.readline()
            finally:
                writer.close()


async def _replies(redis: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await redis.read(CHUNK):
        writer.write(data)
        await writer.drain()


async def _first_of(*works: Coroutine[Any, Any, None]) -> None:
    """Until one of them ends: then the other one ends too."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _command(reader: asyncio.StreamReader) -> list[bytes]:
    """An array of strings, as clients send their commands."""
    count = int((await reader.readuntil(b"\r\n"))[1:])
    words = []
    for _ in range(count):
        size = int((await reader.readuntil(b"\r\n"))[1:])
        words.append((await reader.readexactly(size + 2))[:-2])
    return words


def _written(words: list[bytes]) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)
