"""A PostgreSQL database with the content in it, and somebody signed in."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from bench.content import BEGAN, Content, Size, build
from bench.processes import name_of, parent_of
from gateway.modules import migrated
from gateway.wiring import civic_imports, identity_actions, identity_imports, registry_imports, voting_imports
from modules.kernel import clock
from modules.kernel.context import Client
from modules.kernel.migrating import upgrade
from modules.kernel.policy import Role
from modules.kernel.storage import Storage
from tests.servers import create_database, postgres_url


@dataclass(frozen=True)
class Stage:
    """`token` is a session of somebody who moderates one municipality: what they may see is asked in every query.

    `postmaster` is PostgreSQL's first process, when it runs on this machine.
    """

    database_url: str
    database_version: str
    postmaster: int | None
    token: str
    content: Content


@contextmanager
def server(url: str | None) -> Iterator[str]:
    """A PostgreSQL server on which databases may be created: the given one, or one of our own."""
    if url:
        yield url
        return
    with postgres_url() as own:
        yield own


@asynccontextmanager
async def staged(server_url: str, size: Size) -> AsyncIterator[Stage]:
    """A fresh database on this server, gone afterwards."""
    async with create_database(server_url) as url:
        storage, content = Storage(url), build(size)
        try:
            await upgrade(storage, migrated())
            with clock.frozen(BEGAN):
                await _load(storage, content)
            token = await _sign_in(storage, content)
            version, postmaster = await _settle(storage)
        finally:
            await storage.close()
        yield Stage(url, version, postmaster, token, content)


async def _load(storage: Storage, content: Content) -> None:
    async with storage.writing() as work:
        await identity_imports.put_municipalities(work, content.municipalities)
        await identity_imports.put_people(work, content.people)
        await registry_imports.put_legal_entities(work, content.legal_entities)
        await civic_imports.put_debates(work, content.debates, content.comments)
        await voting_imports.put_polls(work, content.polls, content.options, content.participations, content.ballots)


async def _sign_in(storage: Storage, content: Content) -> str:
    person, place = content.people[0].id, content.places_with_debates[0]
    async with storage.writing() as work:
        await identity_actions.give_role(work, person, Role.MODERATOR, place)
        started = await identity_actions.start_session(work, person, Client(agent="bench"))
    return started.token


async def _settle(storage: Storage) -> tuple[str, int | None]:
    """Let the planner know the tables, so that no run is measured on guesses; the server's version and postmaster."""
    async with storage.reader.connect() as connection:
        await connection.execute(sa.text("vacuum analyze"))
        version = str((await connection.execute(sa.text("show server_version"))).scalar_one())
        backend: int = (await connection.execute(sa.text("select pg_backend_pid()"))).scalar_one()
    here = storage.url.host in ("127.0.0.1", "localhost", "::1") and name_of(backend) == "postgres"
    return version, parent_of(backend) if here else None
