from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.live.invariants.nodes import Ground
from tests.servers import RedisServer, create_database


@pytest.fixture(scope="package")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
def embedded(tmp_path: Path) -> Ground:
    return Ground(f"sqlite+aiosqlite:///{tmp_path / 'log.db'}", "memory://")


@pytest.fixture
async def installed(postgres: str, redis: RedisServer) -> AsyncIterator[Ground]:
    async with create_database(postgres) as database:
        yield Ground(database, redis.url)


@pytest.fixture(params=["embedded", "installed"])
def ground(request: pytest.FixtureRequest) -> Ground:
    chosen: Ground = request.getfixturevalue(request.param)
    return chosen
