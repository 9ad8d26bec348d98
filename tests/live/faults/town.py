"""Three servers on one PostgreSQL and one Redis, with debates, polls and people in them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event

from gateway.modules import MODULES
from gateway.wiring import ports
from modules.civic import actions as civic
from modules.civic.events import topic_of
from modules.civic.ports import Municipalities
from modules.identity import actions as identity
from modules.identity.tables import SessionRow
from modules.kernel import keys
from modules.kernel.context import Client
from modules.kernel.policy import Viewer
from modules.kernel.storage import Storage
from modules.kernel.tables import col
from modules.voting import actions as voting
from modules.voting.ports import Debates
from modules.voting.tables import OptionRow
from tests.live.faults.hint_proxy import HintProxy
from tests.live.faults.history import History, Scope
from tests.live.faults.messages import Told, understood
from tests.live.faults.schedule import SERVERS
from tests.people import KYIV, PEOPLE, settle
from tests.processes import SECRET, Server
from tests.servers import RedisServer, create_database, free_port

DEBATES, POLLS = 3, 2
OURS = "onlooker"  # the name of our sessions with the database


@dataclass(frozen=True)
class Debate:
    """`name` is what its subscriptions are called."""

    name: str
    key: UUID

    @cached_property
    def id(self) -> str:
        return keys.encode("Debate", self.key)

    @cached_property
    def topic(self) -> str:
        return topic_of(self.key)


@dataclass(frozen=True)
class Poll:
    key: UUID
    options: tuple[UUID, ...]

    @cached_property
    def id(self) -> str:
        return keys.encode("Poll", self.key)


@dataclass(frozen=True)
class Session:
    """Somebody who is signed in. `name` is for the history."""

    name: str
    token: str
    viewer: Viewer
    scope: Scope = "public"


@dataclass
class Town:
    servers: list[Server]
    redis: RedisServer
    proxies: list[HintProxy]
    storage: Storage
    history: History
    debates: list[Debate] = field(default_factory=list)
    polls: list[Poll] = field(default_factory=list)
    citizens: list[Session] = field(default_factory=list)
    moderator: Session = field(init=False)
    connections: Iterator[int] = field(default_factory=lambda: count(1))
    words: Iterator[int] = field(default_factory=lambda: count(1))
    places: dict[str, str] = field(default_factory=dict)  # the cursor of each comment that somebody was told of
    _told: dict[str, Told] = field(default_factory=dict)

    @property
    def quiet(self) -> Debate:
        """The debate in which little is said but by faults."""
        return self.debates[-1]

    def understand(self, payload: str) -> Told:
        """The same payload is read once, whoever gets it."""
        told = self._told.get(payload)
        if told is None:
            told = self._told[payload] = understood(payload)
            if told.update is not None and told.update.type == "CommentAdded":
                self.places[told.update.entity] = told.cursor
        return told

    async def sign_in(self, viewer: Viewer, scope: Scope = "public", expires_at: datetime | None = None) -> Session:
        """A session of its own, that nobody has used yet."""
        assert viewer.person_id is not None
        async with self.storage.writing() as work:
            token = (await identity.start_session(work, viewer.person_id, Client())).token
        [found] = await identity.authenticate(self.storage, [token])
        assert found is not None and found.viewer.session_id is not None
        session = Session(found.viewer.session_id.hex, token, found.viewer, scope)
        if expires_at is not None:
            async with self.storage.writing() as work:
                own = col(SessionRow.id) == found.viewer.session_id
                await work.run(sa.update(SessionRow).where(own).values(expires_at=expires_at))
        return session

    async def is_signed_in(self, session: Session) -> bool:
        async with self.storage.reading() as read:
            own = sa.select(col(SessionRow.id)).where(col(SessionRow.id) == session.viewer.session_id)
            return await read.value(own) is not None


@asynccontextmanager
async def town(
    postgres: str, template: str, seed: int, logs: Path, citizens: int, servers: int = SERVERS
) -> AsyncIterator[Town]:
    """Ready to be followed. What the servers say is in the folder `logs`."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(create_database(postgres, template=template))
        storage = _storage(url)
        stack.push_async_callback(storage.close)
        redis = stack.enter_context(RedisServer())
        proxies = [await stack.enter_async_context(HintProxy(redis.port)) for _ in range(servers)]
        nodes = [
            Server(free_port(), _settings(url, proxy.url), log=logs / f"server {number}.log")
            for number, proxy in enumerate(proxies)
        ]
        place = Town(nodes, redis, proxies, storage, History(seed))
        await _found(place, citizens)
        for server in nodes:
            stack.callback(server.end)
        await asyncio.gather(*(asyncio.to_thread(server.start) for server in nodes))
        yield place


def _storage(url: str) -> Storage:
    """Our own, under a name, so that the servers' sessions can be told from it."""
    storage = Storage(url, pool=5)

    def name(connection: Any, _record: Any) -> None:
        connection.run_async(lambda driver: driver.execute(f"set application_name = '{OURS}'"))

    for engine in (storage.writer, storage.reader):
        event.listen(engine.sync_engine, "connect", name)
    return storage


def _settings(database: str, bus: str) -> dict[str, str]:
    return {"database_url": database, "bus_url": bus, "secret_key": SECRET, "log_format": "json"}


async def _found(place: Town, citizens: int) -> None:
    """People who are signed in, debates that one of them started, polls on them."""
    crowd = await settle(place.storage, crowd=citizens)
    place.citizens = [await place.sign_in(citizen) for citizen in crowd]
    place.moderator = await place.sign_in(PEOPLE.moderator, "moderator")
    answers: Any = ports(MODULES)
    for number in range(DEBATES):
        async with place.storage.writing() as work:
            about: Any = {"municipality_id": KYIV, "title": f"Debate {number}", "body": "What is to be done?"}
            key = await civic.start_debate(work, crowd[0], answers[Municipalities], **about)
        place.debates.append(Debate(f"debate-{number}", key))
    for debate in place.debates[:POLLS]:
        place.polls.append(await _poll(place, crowd[0], answers[Debates], debate))


async def _poll(place: Town, viewer: Viewer, debates: Debates, debate: Debate) -> Poll:
    async with place.storage.writing() as work:
        options = ("Yes", "No")
        key = await voting.open_poll(work, viewer, debates, debate_id=debate.key, title="Shall it be?", options=options)
        rows = await work.rows(sa.select(col(OptionRow.id)).where(col(OptionRow.poll_id) == key))
    return Poll(key, tuple(row["id"] for row in rows))
