"""What an operation carries: who asks, the storage, the log, other modules' answers, and the loaders of this operation."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

import strawberry
from aiodataloader import DataLoader

from modules.kernel.following import Log
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.storage import Storage, Work

P = TypeVar("P")


@dataclass(frozen=True)
class Client:
    """Where a request came from, as far as it tells."""

    address: str = ""
    agent: str = ""


class SessionCookie(Protocol):
    """In which the browser that asks keeps the token of a session, where no script can read it.

    What is said of it here, once it is committed, reaches the browser with the answer; the last word counts.
    """

    @property
    def is_asking(self) -> bool:
        """Whether the viewer is who they are by this cookie."""

    @property
    def may_be_set(self) -> bool:
        """Whether the page that asks could use it."""

    def keep(self, token: str, expires_at: datetime) -> None:
        """Let the browser keep this token until then."""

    def forget(self) -> None:
        """Let the browser forget the token that it asks with, if it does."""


@dataclass(frozen=True)
class Context:
    """Made afresh for every operation: loaders remember, and belong to one event loop.

    Without a `cookie` the answer can set none: it does not go over HTTP.
    """

    storage: Storage
    log: Log
    ports: Mapping[type, Any]
    viewer: Viewer = NOBODY
    request_id: str = ""
    client: Client = field(default_factory=Client)
    cookie: SessionCookie | None = None
    _loaders: dict[Any, "DataLoader[Any, Any]"] = field(default_factory=dict, init=False, compare=False, repr=False)

    def fresh(self) -> "Context":
        """The same, with loaders that remember nothing: for the next event of a subscription."""
        return replace(self)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Work]:
        """A write session for one action; what was loaded before it is forgotten, and read anew by what follows."""
        async with self.storage.writing() as work:
            yield work
        self._loaders.clear()

    def port(self, protocol: type[P]) -> P:
        """The answer that the gateway wired to this question."""
        answer: P = self.ports[protocol]
        return answer

    def load(self, many: Callable[..., Any], parent: Any, info: Any, arguments: Mapping[str, Any]) -> Awaitable[Any]:
        """One parent's share of a batch: all that is asked for in the same turn of the loop goes into one call."""
        key = (many, *((name, repr(arguments[name])) for name in sorted(arguments))) if arguments else many
        loader = self._loaders.get(key)
        if loader is None:

            async def batch(parents: list[Any]) -> Any:
                return await many(parents, info=info, **arguments)

            loader = self._loaders[key] = DataLoader(batch, get_cache_key=_identity, max_batch_size=500)
        loaded = loader.load(parent)
        loaded.add_done_callback(_seen)
        # Whoever waits may be cancelled when a field beside it fails; others wait for the same answer.
        return asyncio.shield(loaded)


def _seen(loaded: "asyncio.Future[Any]") -> None:
    """An error that nobody waits for any more is not worth a warning."""
    if not loaded.cancelled():
        loaded.exception()


def _identity(parent: Any) -> Any:
    """Rows of the same entity are one; anything else is itself."""
    return parent["id"] if isinstance(parent, Mapping) else parent


Info = strawberry.Info[Context, None]
