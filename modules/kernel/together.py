"""What many ask for at about the same time is asked for once."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
PACE = 0.01  # seconds from one batch to the next


class Together(Generic[K, V]):
    """Gathers keys, each of which somebody waits for, into batches.

    The first key goes with those of the same turn of the loop. What is asked for within `pace` seconds of a batch goes into
    the next one: thousands who come at once need a few. Nobody is given an answer that was asked for before they asked.
    `batch` answers one value for each key, in order; an exception among them is raised to who waits for that key.
    """

    def __init__(
        self, batch: Callable[[list[K]], Awaitable[Sequence[V | BaseException]]], *, pace: float = PACE
    ) -> None:
        self._batch, self._pace = batch, pace
        self._waiting: defaultdict[K, list[asyncio.Future[V]]] = defaultdict(list)
        self._next_at = 0.0
        self._running: set[asyncio.Task[None]] = set()

    async def load(self, key: K) -> V:
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_at(max(self._next_at, loop.time()), self._send)
        answer: asyncio.Future[V] = loop.create_future()
        self._waiting[key].append(answer)
        return await answer

    def _send(self) -> None:
        waiting = {key: futures for key, futures in self._waiting.items() if not all(map(asyncio.Future.done, futures))}
        self._waiting.clear()
        if waiting:  # somebody who has not left
            self._next_at = asyncio.get_running_loop().time() + self._pace
            running = asyncio.create_task(self._run(waiting))
            self._running.add(running)
            running.add_done_callback(self._running.discard)

    async def _run(self, waiting: dict[K, list["asyncio.Future[V]"]]) -> None:
        answers: Sequence[V | BaseException]
        try:
            answers = await self._batch(list(waiting))
        except Exception as error:
            answers = [error] * len(waiting)
        for futures, answer in zip(waiting.values(), answers, strict=True):
            for future in futures:
                if future.done():
                    continue
                if isinstance(answer, BaseException):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)
