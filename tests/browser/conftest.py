import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from modules.kernel.storage import Storage
from tests.browser.chromium import require_chromium
from tests.browser.pages import Pages, serving_pages
from tests.people import settle


async def _settle(url: str) -> None:
    storage = Storage(url)
    await settle(storage)
    await storage.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    require_chromium()
    with serving_pages(tmp_path_factory.mktemp("pages")) as served:
        yield served


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> str:
    """The URL of a database for this module, with people in it."""
    path = tmp_path_factory.mktemp("browser") / "town.db"
    shutil.copy(sqlite_template, path)
    url = f"sqlite+aiosqlite:///{path}"
    asyncio.run(_settle(url))
    return url
