"""The network between a browser and a server, that a test may cut."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.servers import free_port

CHUNK = 65_536


class Network:
    """Passes bytes on from a port of 127.0.0.1 to the server at `address`."""

    def __init__(self, address: str) -> None:
        self._host, _, port = address.partition(":")
        self._port = int(port)
        self._own = free_port()
        self._listener: asyncio.Server | None = None
        self._passes = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.cut()

    @property
    def url(self) -> str:
        """Of the graph behind it."""
        return f"http://127.0.0.1:{self._own}/graphql"

    async def cut(self) -> None:
        """Every connection is reset, and new ones are refused."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        self._reset()
        self._passes.set()  # who waited is let go
        await asyncio.gather(*self._tasks)

    def hang(self) -> None:
        """Every connection is reset, and new ones get no answer until this is mended: no client loses patience."""
        self._passes.clear()
        self._reset()

    async def mend(self) -> None:
        self._passes.set()
        if self._listener is None:
            self._listener = await asyncio.start_server(self._serve, "127.0.0.1", self._own)

    def _reset(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            with suppress(OSError):
                await self._passes.wait()
                there, back = await asyncio.open_connection(self._host, self._port)
                self._writers.add(back)
                if self._listener is None:
                    back.transport.abort()  # the cut came while it was opened
                await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
                self._writers.discard(back)
        finally:
            writer.transport.abort()
            self._writers.discard(writer)
            self._tasks.discard(task)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until either side is gone; then the other is closed."""
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                writer.write(chunk)
                await writer.drain()
        writer.close()
