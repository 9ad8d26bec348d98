"""Stopping what runs at one place, to do something meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


class Gate:
    """The first to come waits until it is opened; all others pass."""

    def __init__(self) -> None:
        self._reached, self._opened = asyncio.Event(), asyncio.Event()

    async def pass_through(self) -> None:
        if not self._reached.is_set():
            self._reached.set()
            await self._opened.wait()

    async def reached(self) -> None:
        async with asyncio.timeout(5):
            await self._reached.wait()

    def open(self) -> None:
        self._opened.set()

    def before(self, work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def gated(*given: Any, **named: Any) -> Any:
            await self.pass_through()
            return await work(*given, **named)

        return gated

    def behind(self, work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """What it has found is old when it is handed over."""

        async def gated(*given: Any, **named: Any) -> Any:
            try:
                return await work(*given, **named)
            finally:
                await self.pass_through()

        return gated
