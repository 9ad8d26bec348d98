"""Counts of all processes in Redis, by the library limits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from limits.aio.storage import RedisStorage
from redis.asyncio import ConnectionPool

from gateway.limiting.ledger import Ledger

PATIENCE = 1.0  # seconds


@asynccontextmanager
async def shared(bus_url: str, ledger: Ledger) -> AsyncIterator[None]:
    """For the block a ledger's counts are added up where the bus is, if that is Redis."""
    if urlsplit(bus_url).scheme == "memory":
        yield
        return
    pool = ConnectionPool.from_url(bus_url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
    storage = RedisStorage(
        "async+redis://",  # where it is, the pool knows
        implementation="redispy",
        key_prefix="spilno.limits",
        connection_pool=pool,  # type: ignore[arg-type] # it takes what redis-py takes
    )
    try:
        async with ledger.sharing(storage):
            yield
    finally:
        await pool.aclose()
