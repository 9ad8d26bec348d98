"""Opening the database for a command, and what can be wrong with it told plainly."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from logging import WARNING
from typing import Any, TypeVar

from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError

from gateway.commands.program import settings, stop, told_plainly
from gateway.logs import configure
from gateway.services import Services, opened, prepare_embedded, require_migrated, services
from modules.kernel.refusals import Refusal

T = TypeVar("T")

# What drivers say of a database that is away, unknown, locked or not a database. Their other errors are ours.
_OUT_OF_REACH = {DBAPIError, DatabaseError, InterfaceError, OperationalError}


def run(command: Coroutine[Any, Any, T]) -> T:
    """Run a command to its end. A refusal, and a database out of reach, end it with a sentence and code 1."""
    with told_plainly(Refusal, OSError):
        try:
            return asyncio.run(command)
        except DBAPIError as error:
            if type(error) not in _OUT_OF_REACH:
                raise
            raise stop(f"The database cannot be used: {error.orig}") from None


@asynccontextmanager
async def database(url: str | None) -> AsyncIterator[Services]:
    """The database alone, without a bus. An embedded one is made and migrated first."""
    held = _services(url)
    try:
        await prepare_embedded(held)
        await _require_migrated(held)
        yield held
    finally:
        await held.storage.close()


@asynccontextmanager
async def everything(url: str | None) -> AsyncIterator[Services]:
    """The database, and the bus that tells servers what happens in it."""
    async with opened(_services(url)) as held:
        await _require_migrated(held)
        yield held


def _services(url: str | None) -> Services:
    chosen = settings(database_url=url)
    configure(chosen.log_format, WARNING)
    return services(chosen)


async def _require_migrated(held: Services) -> None:
    with told_plainly(RuntimeError):
        await require_migrated(held.storage)
