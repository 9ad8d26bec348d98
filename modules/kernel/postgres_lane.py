"""The fast lane on PostgreSQL."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import asyncpg
from sqlalchemy.engine import URL

from modules.kernel.lanes import STATEMENTS, Pool
from modules.kernel.prepared import Raw
from modules.kernel.walls import TELL, Office

# A short read gains nothing by compiled plans, and a hundred milliseconds are lost when one is made.
SETTINGS = {"default_transaction_read_only": "on", "jit": "off", "application_name": "spilno"}
FAREWELL = 1  # seconds that a server has to stop a statement that nobody waits for


class PostgresLane:
    def __init__(self, url: URL, most: int) -> None:
        _, options = url.get_dialect()().create_connect_args(url)  # what SQLAlchemy's own connections are opened with
        self._options = {name: value for name, value in options.items() if not name.startswith("prepared_statement_")}
        self._pool = Pool(self._open, most)

    async def fetch(self, text: str, arguments: Sequence[Any], office: Office | None = None) -> Sequence[Raw]:
        try:
            return await self._fetch(text, arguments, office)
        except ConnectionError:
            # A connection that waited has died with its server: the others have, too. A read can be asked again.
            for connection in self._pool.clear():
                connection.terminate()
            return await self._fetch(text, arguments, office)

    async def _fetch(self, text: str, arguments: Sequence[Any], office: Office | None) -> Sequence[Raw]:
        """Raises ConnectionError when the connection is gone."""
        connection = await self._pool.take()
        try:
            rows: Sequence[Raw] = await _told(connection, office, text, arguments)
        except Exception as error:
            _forget_values(error)
            if connection.is_closed() or getattr(error, "severity_en", None) in ("FATAL", "PANIC"):
                connection.terminate()
                self._pool.drop()
                raise ConnectionResetError("the connection to PostgreSQL is gone") from error
            self._pool.give_back(connection)
            raise
        except asyncio.CancelledError:
            try:
                with suppress(Exception):
                    await connection.close(timeout=FAREWELL)  # cancels the statement first
            finally:
                self._pool.drop()
            raise
        self._pool.give_back(connection)
        return rows

    async def close(self) -> None:
        """Returns when what still reads has read."""
        async for connection in self._pool.drain():
            await connection.close()

    async def _open(self) -> Any:
        connect: Any = asyncpg.connect
        return await connect(
            **self._options,
            server_settings=SETTINGS,
            statement_cache_size=STATEMENTS,
            max_cached_statement_lifetime=0,
        )


async def _told(connection: Any, office: Office | None, text: str, arguments: Sequence[Any]) -> Any:
    """The rows of a statement. Only who has an office pays for being told apart: three trips more."""
    if office is None:
        return await connection.fetch(text, *arguments)
    async with connection.transaction(readonly=True):
        await connection.fetch(TELL, *office)
        return await connection.fetch(text, *arguments)


def _forget_values(error: Exception) -> None:
    """Values are people's words, and errors are logged: what tells of one (class 22, or the driver's own) loses its words."""
    if hasattr(error, "detail"):
        error.detail = None
    if isinstance(error, ValueError) or str(getattr(error, "sqlstate", "")).startswith("22"):
        error.args = (f"{type(error).__name__}: values are not shown",)
        error.__cause__ = error.__context__ = None
