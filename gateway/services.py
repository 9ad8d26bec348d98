"""What a process holds open while it runs: the database, the bus, word of the log's topics, what it remembers of them, jobs."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from gateway.limiting.ledger import Ledger
from gateway.limiting.redis import shared
from gateway.live.audiences import Audiences
from gateway.live.bus import Bus
from gateway.live.feed import Feed
from gateway.modules import MODULES, migrated
from gateway.registers import Registers
from gateway.sessions import Session, Sessions
from gateway.settings import Settings
from gateway.visits import Visits
from gateway.wiring import account_actions, client_actions, identity_actions, ports
from modules.kernel.context import Client, Context, SessionCookie
from modules.kernel.contract import Module
from modules.kernel.following import Log
from modules.kernel.migrating import behind, upgrade
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.runner import Handler, Runner
from modules.kernel.storage import Storage


@dataclass(frozen=True)
class Services:
    """Made closed; `open` them to use them."""

    settings: Settings
    storage: Storage
    bus: Bus
    feed: Feed
    log: Log
    sessions: Sessions
    registers: Registers
    audiences: Audiences
    ports: Mapping[type, Any]
    jobs: Runner
    visits: Visits
    ledger: Ledger = field(default_factory=Ledger)

    def context(
        self,
        viewer: Viewer = NOBODY,
        *,
        request_id: str = "",
        client: Client | None = None,
        cookie: SessionCookie | None = None,
    ) -> Context:
        """A fresh context for one operation."""
        return Context(
            storage=self.storage,
            log=self.log,
            ports=self.ports,
            viewer=viewer,
            request_id=request_id,
            client=client or Client(),
            cookie=cookie,
        )


def services(settings: Settings, modules: Sequence[Module] = MODULES) -> Services:
    storage, bus = Storage(settings.database_url), Bus(settings.bus_url)
    feed = Feed(storage, bus)
    storage.announce = feed.announce
    log = Log(storage)
    visits = _visits(storage)
    answers: Mapping[type, Any] = ports(modules, settings)
    jobs = _jobs(storage, partial(Context, storage=storage, log=log, ports=answers, request_id="job"), modules)
    return Services(
        settings=settings,
        storage=storage,
        bus=bus,
        feed=feed,
        log=log,
        sessions=Sessions(partial(authenticate, storage, visits=visits), log, feed),
        registers=Registers(log, feed),
        audiences=Audiences(feed),
        ports=answers,
        jobs=jobs,
        visits=visits,
    )


def _jobs(storage: Storage, context: Callable[[], Context], modules: Sequence[Module]) -> Runner:
    handlers: dict[str, Handler] = {}
    for module in modules:
        handlers |= module.jobs
    runner = Runner(storage, handlers, context)
    storage.wake = runner.wake
    return runner


def _visits(storage: Storage) -> Visits:
    async def write(session_ids: list[UUID], now: datetime) -> None:
        async with storage.writing() as work:
            await account_actions.note_use(work, session_ids, now)

    return Visits(write, every=account_actions.USE_IS_NOTED)


async def authenticate(
    storage: Storage, tokens: Sequence[str], *, visits: Visits | None = None
) -> list[Session | None]:
    """Who each token is: of a session that somebody began, or the key of an API client. One statement for each kind."""
    api_keys = [token for token in tokens if client_actions.is_key(token)]
    others = [token for token in tokens if not client_actions.is_key(token)]
    found: dict[str, Session | None] = {}
    if api_keys:
        found |= zip(api_keys, await client_actions.authenticate(storage, api_keys), strict=True)
    if others:
        sessions = await identity_actions.authenticate(storage, others)
        if visits is not None:
            visits.note(sessions)
        found |= zip(others, sessions, strict=True)
    return [found[token] for token in tokens]


@asynccontextmanager
async def opened(services: Services) -> AsyncIterator[Services]:
    """Open for the block. An embedded database is made and migrated; a PostgreSQL one is its operators' to migrate."""
    try:
        await prepare_embedded(services)
        async with AsyncExitStack() as stack:
            for each in _in_order(services):
                await stack.enter_async_context(each)
            yield services
    finally:
        await services.storage.close()


def _in_order(services: Services) -> list[AbstractAsyncContextManager[Any]]:
    """What is opened, each after what it needs."""
    return [
        services.bus,
        services.feed,
        services.sessions,
        services.registers,
        services.audiences,
        services.visits,
        services.jobs,
        shared(services.settings.bus_url, services.ledger),
    ]


async def prepare_embedded(services: Services) -> None:
    """Make the embedded database's file and bring its tables up to date; nothing for PostgreSQL."""
    file = services.settings.database_file
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        await upgrade(services.storage, migrated())


async def require_migrated(storage: Storage) -> None:
    """Raises RuntimeError naming whose tables are not at their newest revision."""
    late = await behind(storage, migrated())
    if late:
        raise RuntimeError(f"Run `spilno migrate`: the tables of {', '.join(late)} are not up to date.")
