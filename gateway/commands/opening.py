"""Opening the database for a command, and what can be wrong with it told plainly."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy.exc import OperationalError

from gateway.commands.program import settings, told_plainly
from gateway.services import Services, opened, prepare_embedded, require_migrated, services
from modules.kernel.refusals import Refusal

T = TypeVar("T")


def run(command: Coroutine[Any, Any, T]) -> T:
    """Run a command to its end. A refusal, and a database out of reach, end it with a sentence and code 1."""
    with told_plainly(Refusal, OSError, OperationalError):
        return asyncio.run(command)


@asynccontextmanager
async def database(url: str | None) -> AsyncIterator[Services]:
    """The database alone, without a bus. An embedded one is made and migrated first."""
    held = services(settings(database_url=url))
    try:
        await prepare_embedded(held)
        await _require_migrated(held)
        yield held
    finally:
        await held.storage.close()


@asynccontextmanager
async def everything(url: str | None) -> AsyncIterator[Services]:
    """The database, and the bus that tells servers what happens in it."""
    async with opened(services(settings(database_url=url))) as held:
        await _require_migrated(held)
        yield held


async def _require_migrated(held: Services) -> None:
    with told_plainly(RuntimeError):
        await require_migrated(held.storage)
