"""Fixtures: every test of data runs on SQLite and on PostgreSQL, each on a fresh migrated database."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import event
from sqlalchemy.engine import make_url

from gateway.execution.engine import Engine
from gateway.modules import MODULES, migrated
from gateway.stitching import Stitched
from gateway.wiring import ports
from modules.identity import passwords
from modules.kernel.migrating import admit, upgrade
from modules.kernel.policy import Viewer
from modules.kernel.storage import Storage
from modules.kernel.walls import Office
from tests.asking import Ask, asking
from tests.databases import Databases
from tests.people import PEOPLE, People, settle, sign_in
from tests.servers import PASSWORD, create_database, postgres_url, serving_role


async def _migrate(url: str, serving: str | None = None) -> None:
    storage = Storage(url)
    await upgrade(storage, migrated())
    if serving is not None:
        await admit(storage, migrated(), serving)
    await storage.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    with postgres_url() as url:
        yield url


@pytest.fixture(scope="session")
def serving(postgres: str) -> Iterator[str]:
    """The name of a role that owns nothing and serves."""
    making = serving_role(postgres)
    with asyncio.Runner() as runner:
        yield runner.run(making.__aenter__())
        runner.run(making.__aexit__(None, None, None))


@pytest.fixture(scope="session")
def postgres_template(postgres: str, serving: str) -> Iterator[str]:
    """The name of a migrated database to copy."""

    async def make() -> str:
        creating = create_database(postgres)
        url = await creating.__aenter__()
        await _migrate(url, serving)
        kept.append(creating)
        return str(make_url(url).database)

    kept: list[Any] = []
    with asyncio.Runner() as runner:
        yield runner.run(make())
        runner.run(kept[0].__aexit__(None, None, None))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(_migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_databases(postgres: str, postgres_template: str) -> Iterator[Databases]:
    with asyncio.Runner() as runner:
        made = Databases(postgres, postgres_template, runner)
        yield made
        made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def template(request: pytest.FixtureRequest) -> Path | tuple[str, str]:
    """The migrated file to copy, or (server, database). Not async: making one runs a loop of its own."""
    if request.param == "sqlite":
        path: Path = request.getfixturevalue("sqlite_template")
        return path
    return request.getfixturevalue("postgres"), request.getfixturevalue("postgres_template")


@pytest.fixture
def database_url(template: Path | tuple[str, str], tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database that is as one just migrated; each test runs once on each kind."""
    if isinstance(template, Path):
        shutil.copy(template, tmp_path / "test.db")
        yield f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"
        return
    databases: Databases = request.getfixturevalue("postgres_databases")
    with databases.borrowed() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    """A database without tables."""
    if request.param == "sqlite":
        storage = Storage(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
        yield storage
        await storage.close()
        return
    async with create_database(request.getfixturevalue("postgres")) as url:
        storage = Storage(url)
        yield storage
        await storage.close()


@pytest.fixture
def served_url(database_url: str, request: pytest.FixtureRequest) -> str:
    """The same as it is served: on PostgreSQL by a role that owns nothing of it, behind the second wall."""
    url = make_url(database_url)
    if url.drivername.startswith("sqlite"):
        return database_url
    return url.set(username=request.getfixturevalue("serving"), password=PASSWORD).render_as_string(hide_password=False)


@pytest.fixture
async def storage(served_url: str) -> AsyncIterator[Storage]:
    """A fresh migrated database with two municipalities and the people of `tests.people`."""
    storage = Storage(served_url)
    await settle(storage)
    yield storage
    await storage.close()


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 with the least of parameters: a hash takes a hundredth of the time."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))
    passwords._nobodys.cache_clear()


@pytest.fixture
async def signed_in(storage: Storage) -> None:
    """The people of `tests.people` have just signed in."""
    await sign_in(storage)


@pytest.fixture
async def owner(database_url: str, storage: Storage) -> AsyncIterator[Storage]:
    """The same database by who owns its tables."""
    owner = Storage(database_url)
    yield owner
    await owner.close()


@pytest.fixture
def people() -> People:
    return PEOPLE


@pytest.fixture
async def crowd(storage: Storage) -> list[Viewer]:
    """A hundred citizens of Kyiv."""
    return await settle(storage, crowd=100)


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The whole stitched graph."""
    return Engine(Stitched(MODULES))


@pytest.fixture
async def ask(engine: Engine, storage: Storage) -> AsyncIterator[Ask]:
    """Asks the graph as a person."""
    async with asking(engine, storage, ports(MODULES)) as made:
        yield made


@pytest.fixture
def statements(storage: Storage) -> list[str]:
    """Every SQL statement sent since; clear it before what is counted."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    for each in (storage.writer, storage.reader):
        event.listen(each.sync_engine, "before_cursor_execute", note)
    fetch = storage.lane.fetch

    async def fetch_noted(text: str, arguments: Sequence[Any], office: Office | None = None) -> Sequence[Any]:
        seen.append(text)
        return await fetch(text, arguments, office)

    storage.lane.fetch = fetch_noted  # type: ignore[method-assign]
    return seen
