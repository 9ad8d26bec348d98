"""Lets the drawn faults happen, and notes when."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from random import Random
from time import time
from typing import Any

import sqlalchemy as sa

from gateway.live.feed import HEADS
from modules.civic import actions as civic
from modules.kernel.log import append
from modules.kernel.storage import Work
from tests.live.faults.followers import Follower
from tests.live.faults.hint_proxy import publish
from tests.live.faults.history import Outage, Part
from tests.live.faults.schedule import Fault, Kind
from tests.live.faults.town import OURS, Debate, Town
from tests.live.faults.writers import Desk

# Seconds until all is as before once the cause is gone, and then of peace, to see whether it is.
BUS, HINTS, NODE, DATABASE = 3.0, 1.2, 1.0, 2.0
PEACE = 1.5
DROPPED = 0.3  # of all followers
TERMINATE = sa.text(
    "select pg_terminate_backend(pid) from pg_stat_activity "
    f"where datname = current_database() and application_name <> '{OURS}'"
)


class RolledBackError(Exception):
    pass


class Fate:
    """`stories` are what takes its own time: told what befalls, it begins them and does not wait."""

    def __init__(
        self,
        town: Town,
        desk: Desk,
        followers: Sequence[Follower],
        stories: Mapping[Kind, Callable[[], None]],
        dice: Random,
    ) -> None:
        self._town, self._desk, self._followers, self._dice = town, desk, followers, dice
        self._strikes: Mapping[Kind, Callable[[Fault], Awaitable[None]]] = {
            Kind.REDIS_KILLED: self._redis_killed,
            Kind.REDIS_PAUSED: self._redis_paused,
            Kind.REDIS_CLIENTS_KILLED: self._redis_clients_killed,
            Kind.SERVER_KILLED: self._server_killed,
            Kind.SERVER_STOPPED: self._server_stopped,
            Kind.SERVER_PAUSED: self._server_paused,
            Kind.DATABASE_SESSIONS_TERMINATED: self._database_sessions_terminated,
            Kind.HINTS_LOST: self._hints_lost,
            Kind.HINTS_DELAYED: self._hints_delayed,
            Kind.HINTS_DOUBLED: self._hints_doubled,
            Kind.HINTS_MADE_UP: self._hints_made_up,
            Kind.CLIENTS_DROPPED: self._clients_dropped,
            Kind.ROLLED_BACK: self._rolled_back,
            Kind.WRITTEN_SILENTLY: self._written_silently,
            **{kind: partial(_begin, story) for kind, story in stories.items()},
        }

    async def befall(self, faults: Iterator[Fault], until: float, fewest: int) -> None:
        """One after the other; the last one is over when this returns. `fewest` befall, however slow the machine is."""
        for number, fault in enumerate(faults):
            await asyncio.sleep(fault.before)
            if time() > until and number >= fewest:
                return
            self._town.history.befell.append((time(), fault.told))
            await self._strikes[fault.kind](fault)

    @asynccontextmanager
    async def _outage(self, fault: Fault, part: Part, recovery: float) -> AsyncIterator[None]:
        """The cause is at work inside the block; returns after the recovery."""
        began, ahead = time(), 3600.0
        outage = Outage(fault.kind.value, part, began, began + ahead, began + ahead)
        self._town.history.outages.append(outage)
        yield
        back = time()
        place = self._town.history.outages.index(outage)
        self._town.history.outages[place] = replace(outage, back=back, ended=back + recovery)
        self._town.history.befell.append((back, f"{fault.kind.value}: over"))
        await asyncio.sleep(recovery)

    async def _redis_killed(self, fault: Fault) -> None:
        async with self._outage(fault, "bus", BUS):
            await asyncio.to_thread(self._town.redis.kill)
            await self._unhinted(fault.server)
            await asyncio.sleep(fault.lasts)
            await asyncio.to_thread(self._town.redis.start)
        await asyncio.sleep(PEACE)

    async def _redis_paused(self, fault: Fault) -> None:
        async with self._outage(fault, "bus", BUS):
            with self._town.redis.paused():
                await self._unhinted(fault.server)
                await asyncio.sleep(fault.lasts)
        await asyncio.sleep(PEACE)

    async def _redis_clients_killed(self, fault: Fault) -> None:
        async with self._outage(fault, "bus", BUS):
            await asyncio.to_thread(self._town.redis.disconnect, ("normal", "pubsub")[fault.server % 2])
        await asyncio.sleep(PEACE)

    async def _server_killed(self, fault: Fault) -> None:
        """In the middle of writes: some are committed, and their hints die with the server."""
        server = self._town.servers[fault.server]
        async with self._outage(fault, "other", NODE), asyncio.TaskGroup() as group:
            for debate in self._town.debates * 2:
                group.create_task(self._desk.comment(fault.server, self._dice.choice(self._town.citizens), debate))
            await asyncio.sleep(self._dice.uniform(0.0, 0.05))
            await asyncio.to_thread(server.kill)
            await asyncio.sleep(fault.lasts)
            await asyncio.to_thread(server.start)

    async def _server_stopped(self, fault: Fault) -> None:
        server = self._town.servers[fault.server]
        async with self._outage(fault, "other", NODE):
            await asyncio.to_thread(server.stop)
            await asyncio.sleep(fault.lasts)
            await asyncio.to_thread(server.start)

    async def _server_paused(self, fault: Fault) -> None:
        async with self._outage(fault, "other", NODE):
            with self._town.servers[fault.server].paused():
                await asyncio.sleep(fault.lasts)

    async def _database_sessions_terminated(self, fault: Fault) -> None:
        """Those of all servers."""
        async with self._outage(fault, "other", DATABASE), self._town.storage.writing() as work:
            await work.rows(TERMINATE)

    async def _hints_lost(self, fault: Fault) -> None:
        proxy = self._town.proxies[fault.server]
        async with self._outage(fault, "bus", HINTS):
            proxy.is_losing = True
            await self._unhinted(fault.server)
            await asyncio.sleep(fault.lasts)
            proxy.is_losing = False

    async def _hints_delayed(self, fault: Fault) -> None:
        proxy = self._town.proxies[fault.server]
        async with self._outage(fault, "bus", HINTS):
            proxy.delay = self._dice.uniform(0.1, 2.0)
            await self._unhinted(fault.server)
            await asyncio.sleep(fault.lasts)
            proxy.delay = 0.0

    async def _unhinted(self, server: int) -> None:
        """While hints do not come: something is said where no later one will tell of it, and something is hidden there that
        other servers have shown."""
        quiet = self._town.quiet
        written = await self._desk.comment(server, self._dice.choice(self._town.citizens), quiet)
        self._town.history.silent.update(filter(None, [written]))
        shown = [comment for debate, comment in self._desk.recent if debate is quiet and comment in self._town.places]
        if shown:
            await self._desk.hide(server, quiet, shown[-1])

    async def _hints_doubled(self, fault: Fault) -> None:
        proxy = self._town.proxies[fault.server]
        proxy.is_doubling = True
        await asyncio.sleep(fault.lasts)
        proxy.is_doubling = False

    async def _hints_made_up(self, fault: Fault) -> None:
        """Nonsense, and lies: heads that are not there, and heads that were passed long ago."""
        topic = self._dice.choice(self._town.debates).topic
        for hint in (b"", b"\xff\xfe", b"[]", b'{"nothing": 7}', *map(_lie(topic), (0, 1, 10**6, 10**18, -1))):
            await publish(self._town.redis.port, hint)

    async def _clients_dropped(self, fault: Fault) -> None:
        for follower in self._dice.sample(self._followers, round(DROPPED * len(self._followers))):
            follower.drop()

    async def _rolled_back(self, fault: Fault) -> None:
        """After the event was appended, and with a hint of what never comes."""
        with suppress(RolledBackError):
            async with self._town.storage.writing() as work:
                self._town.history.rolled_back.add(await self._comment(work, self._dice.choice(self._town.debates)))
                for topic, head in (await append(work.session, work.events)).items():
                    await publish(self._town.redis.port, _lie(topic)(head))
                raise RolledBackError

    async def _written_silently(self, fault: Fault) -> None:
        """By a process that commits and hints nobody, as one that dies in between."""
        for debate in (*self._town.debates, self._town.quiet):
            async with self._town.storage.writing() as work:
                self._town.history.silent.add(await self._comment(work, debate))

    async def _comment(self, work: Work, debate: Debate) -> str:
        author = self._dice.choice(self._town.citizens)
        body = f"Word {next(self._town.words)}"
        key = await civic.add_comment(work, author.viewer, debate_id=debate.key, parent_id=None, body=body)
        return key.hex


async def _begin(story: Callable[[], Any], fault: Fault) -> None:
    story()


def _lie(topic: str) -> Callable[[int], bytes]:
    return lambda head: json.dumps({HEADS: {topic: head}}).encode()
