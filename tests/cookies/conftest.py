import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from gateway.app import build
from gateway.http.protocol import GraphProtocol
from gateway.settings import Settings
from modules.kernel.storage import Storage
from tests.accounts import joined
from tests.cookies.site import PAGE, Site
from tests.people import settle
from tests.serving import serving


@pytest.fixture(autouse=True)
def quick(quick_hashes: None) -> None:
    """Everybody signs in by password here."""


@pytest.fixture(params=["auto", GraphProtocol], ids=["endpoint", "protocol"])
async def site(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> AsyncIterator[Site]:
    shutil.copy(sqlite_template, tmp_path / "site.db")
    url = f"sqlite+aiosqlite:///{tmp_path / 'site.db'}"
    settings = Settings(database_url=url, allowed_origins=(PAGE,), live_drain=0)
    async with (
        serving(build(settings), http=request.param) as address,
        httpx2.AsyncClient(base_url=f"http://{address}", timeout=20) as client,
    ):
        storage = Storage(url)
        await settle(storage)
        yield Site(client, storage, await joined(storage))
        await storage.close()
