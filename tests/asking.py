"""Asking the graph as a person, without a server in between."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from gateway.execution.answers import encoded
from gateway.execution.engine import Engine
from gateway.live.hub import Hub
from gateway.live.live import Live
from modules.kernel.context import Context
from modules.kernel.following import Log
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.storage import Storage
from tests.live.hubs import Seats, running, shown


def received(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer as a client reads it."""
    found: dict[str, Any] = orjson.loads(encoded(answer))
    return found


@dataclass(frozen=True)
class Ask:
    """`await ask("{ viewer { email } }", as_=mira)` is the data; errors fail the test, unless `answer` is asked."""

    engine: Engine
    storage: Storage
    log: Log
    ports: Mapping[type, Any]
    hub: Hub

    async def __call__(self, query: str, variables: Mapping[str, Any] | None = None, *, as_: Viewer = NOBODY) -> Any:
        answer = await self.answer(query, variables, as_=as_)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def answer(
        self, query: str, variables: Mapping[str, Any] | None = None, *, as_: Viewer = NOBODY
    ) -> dict[str, Any]:
        document = self.engine.prepare(query)
        return received(await self.engine.execute(document, context=self.context(as_), variables=variables))

    async def follow(
        self, query: str, variables: Mapping[str, Any] | None = None, *, as_: Viewer = NOBODY
    ) -> AsyncGenerator[Any, None]:
        """What a subscription pushes, without cursors beside the data; close it with `aclosing`."""
        asked = dict(variables or {})
        async with self.seats.listening(query, asked, viewer=lambda: as_) as ear:
            while ear.cursor is not None:
                try:
                    yield shown(await ear.next())
                except StopAsyncIteration:
                    break
            if ear.errors:
                yield {"errors": ear.errors}

    @cached_property
    def seats(self) -> Seats:
        return Seats(Live(self.hub), self.context)

    def context(self, viewer: Viewer) -> Context:
        return Context(storage=self.storage, log=self.log, ports=self.ports, viewer=viewer, request_id="test")


@asynccontextmanager
async def asking(engine: Engine, storage: Storage, ports: Mapping[type, Any], **settings: Any) -> AsyncIterator[Ask]:
    """The graph over this database, with what follows it live; `settings` are those of `tests.live.hubs.running`."""
    log = Log(storage)

    def context(viewer: Viewer) -> Context:
        return Context(storage=storage, log=log, ports=ports, viewer=viewer, request_id="test")

    async with running(engine, storage, context, **settings) as hub:
        yield Ask(engine, storage, log, ports, hub)
