import asyncio
from collections.abc import Iterator

import pytest

from modules.kernel.storage import Storage
from tests.deploy.proxies import binary
from tests.deploy.town import Town, town
from tests.people import settle
from tests.servers import create_database


async def _settle(url: str) -> None:
    storage = Storage(url)
    await settle(storage)
    await storage.close()


@pytest.fixture(scope="package")
def place(postgres: str, postgres_template: str) -> Iterator[Town]:
    """One for all tests of the folder: starting it takes some seconds. Each makes a debate of its own."""
    binary()
    with asyncio.Runner() as runner:
        database = create_database(postgres, template=postgres_template)
        url = runner.run(database.__aenter__())
        try:
            runner.run(_settle(url))
            with town(url) as made:
                yield made
        finally:
            runner.run(database.__aexit__(None, None, None))
