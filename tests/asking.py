"""Asking the graph as a person, without a server in between."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.execution.answers import encoded
from gateway.execution.engine import Engine
from modules.kernel.context import Context
from modules.kernel.following import Log
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.storage import Storage


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
        """What a subscription pushes; close it with `aclosing`."""
        document = self.engine.prepare(query)
        async for answer in self.engine.subscribe(document, context=self.context(as_), variables=variables):
            yield received(answer)

    def context(self, viewer: Viewer) -> Context:
        return Context(storage=self.storage, log=self.log, ports=self.ports, viewer=viewer, request_id="test")
