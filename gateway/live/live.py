"""All live clients of a process, whatever way they came: who is let in, and how all are let go."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Protocol

from gateway.live.hub import Hub
from gateway.live.messages import Closing
from gateway.live.places import Places
from gateway.live.subscribers import People

RESTART = Closing(1012, "Service Restart")
A_SECOND = 1_000  # clients that are let go in a second: they all come back, and somebody has to take them
_dice = Random()  # noqa: S311 (spreads clients over time: nothing secret)


class Leaving(Protocol):
    def end(self, farewell: Closing) -> None:
        """Let the client go."""


class Live:
    """`slowest` is the longest time in seconds over which clients are let go."""

    def __init__(self, hub: Hub, places: Places | None = None, *, slowest: float = 5.0) -> None:
        self.hub, self.people = hub, People(hub)
        self.places = Places() if places is None else places  # an empty one is false
        self._slowest = slowest
        self._here: dict[Leaving, str] = {}
        self._drained: asyncio.Task[None] | None = None
        self._gone = asyncio.Event()

    def count(self, transport: str) -> int:
        return sum(each == transport for each in self._here.values())

    def __len__(self) -> int:
        """How many clients are here."""
        return len(self._here)

    @property
    def is_draining(self) -> bool:
        return self._drained is not None

    @contextmanager
    def here(self, client: Leaving, transport: str) -> Iterator[None]:
        """A client that is here as long as the block runs."""
        self._here[client] = transport
        try:
            yield
        finally:
            del self._here[client]
            if not self._here:
                self._gone.set()

    def drain(self) -> None:
        """Let all go, each at a moment of its own within some seconds, and take no new ones. Again is nothing."""
        if self._drained is None:
            self._drained = asyncio.create_task(self._drain(), name="live clients are let go")

    async def drained(self, seconds: float = 5.0) -> None:
        """Let all go; returns when they are gone, or when the time after the last word is up."""
        self.drain()
        assert self._drained is not None
        await self._drained
        while self._here:
            self._gone.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._gone.wait()
            except TimeoutError:
                return

    async def _drain(self) -> None:
        clients = list(self._here)
        _dice.shuffle(clients)
        began, time = asyncio.get_running_loop().time(), asyncio.get_running_loop().time
        takes = min(self._slowest, len(clients) / A_SECOND)
        for number, client in enumerate(clients):
            ahead = began + takes * number / len(clients) - time()
            if ahead > 0.01:
                await asyncio.sleep(ahead)
            client.end(RESTART)
        for client in list(self._here):  # who came while the others were let go
            client.end(RESTART)
