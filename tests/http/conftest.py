from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette

from tests.http.app import build, client


@pytest.fixture
def toy_app() -> Starlette:
    return build()


@pytest.fixture
async def http(toy_app: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(toy_app) as made:
        yield made
