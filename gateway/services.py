"""What a process holds open while it runs: the database, the bus, word of the log's topics, what it remembers of them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.live.audiences import Audiences
from gateway.live.bus import Bus
from gateway.live.feed import Feed
from gateway.modules import MODULES, migrated
from gateway.registers import Registers
from gateway.sessions import Sessions
from gateway.settings import Settings
from gateway.wiring import identity_actions, ports
from modules.kernel.context import Client, Context
from modules.kernel.contract import Module
from modules.kernel.following import Log
from modules.kernel.migrating import behind, upgrade
from modules.kernel.policy import NOBODY, Viewer
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

    def context(self, viewer: Viewer = NOBODY, *, request_id: str = "", client: Client | None = None) -> Context:
        """A fresh context for one operation."""
        return Context(
            storage=self.storage,
            log=self.log,
            ports=self.ports,
            viewer=viewer,
            request_id=request_id,
            client=client or Client(),
        )


def services(settings: Settings, modules: Sequence[Module] = MODULES) -> Services:
    storage, bus = Storage(settings.database_url), Bus(settings.bus_url)
    feed = Feed(storage, bus)
    storage.announce = feed.announce
    log = Log(storage)
    sessions = Sessions(partial(identity_actions.authenticate, storage), log, feed)
    answers = ports(modules, settings)
    return Services(settings, storage, bus, feed, log, sessions, Registers(log, feed), Audiences(feed), answers)


@asynccontextmanager
async def opened(services: Services) -> AsyncIterator[Services]:
    """Open for the block. An embedded database is made and migrated; a PostgreSQL one is its operators' to migrate."""
    try:
        await prepare_embedded(services)
        async with services.bus, services.feed, services.sessions, services.registers, services.audiences:
            yield services
    finally:
        await services.storage.close()


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
