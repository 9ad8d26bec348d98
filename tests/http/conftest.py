from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette

from gateway.http.protocol import GraphProtocol
from tests.http.app import build, client
from tests.serving import serving


@pytest.fixture
def toy_app() -> Starlette:
    return build()


@pytest.fixture(params=["asgi", "own"])
async def http(request: pytest.FixtureRequest, toy_app: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    """Asks the application itself, and then our protocol class through a real socket."""
    if request.param == "asgi":
        async with client(toy_app) as made:
            yield made
        return
    async with (
        serving(toy_app, http=GraphProtocol) as address,
        httpx2.AsyncClient(base_url=f"http://{address}", timeout=20) as made,
    ):
        made.headers.clear()
        yield made
