"""Sessions that end while they are listened with, and readers who come after a moderator."""

import asyncio
from datetime import UTC, datetime
from random import Random
from time import time

from modules.kernel.policy import Viewer
from tests.live.faults.followers import Follower, Guest
from tests.live.faults.history import Ending
from tests.live.faults.town import Debate, Session, Town
from tests.live.faults.writers import Desk

SIGN_OUT = "mutation { act: signOut { __typename } }"
BEFORE, AFTER = 4, 3  # followers with a session, before and after it ended
LATEST = 15.0  # seconds until a server must have closed the sockets of an ended session
READERS, READING = 2, 2.0


class Stories:
    def __init__(self, town: Town, desk: Desk, dice: Random, group: asyncio.TaskGroup) -> None:
        self._town, self._desk, self._dice, self._group = town, desk, dice, group
        self._told = 0

    def sign_out(self) -> None:
        self._group.create_task(self._signed_out())

    def expire(self) -> None:
        self._group.create_task(self._expired())

    def come_later(self, debate: Debate, comment: str) -> None:
        """Read the debate from before a comment that was just hidden."""
        for _ in range(READERS):
            self._group.create_task(self._read(debate, comment))

    async def _signed_out(self) -> None:
        session = await self._town.sign_in(self._somebody())
        following = [self._follow(session, f"leaver {place}") for place in range(BEFORE)]
        await asyncio.sleep(self._dice.uniform(0.5, 1.5))
        racing = [self._follow(session, "racer") for _ in range(AFTER)]
        await self._ended(session)
        self._town.history.endings.append(Ending(session.name, time(), "signed out"))
        await self._farewell([*following, *racing, *(self._follow(session, "latecomer") for _ in range(AFTER))])

    async def _ended(self, session: Session) -> None:
        """Returns when it is certain that the session was ended."""
        while True:
            server = self._dice.randrange(len(self._town.servers))
            done = await self._desk.act(server, session, SIGN_OUT)
            if done is not None or not await self._town.is_signed_in(session):
                return
            await asyncio.sleep(0.1)

    async def _expired(self) -> None:
        at = time() + self._dice.uniform(1.0, 3.0)
        session = await self._town.sign_in(self._somebody(), expires_at=datetime.fromtimestamp(at, UTC))
        self._town.history.endings.append(Ending(session.name, at, "expired"))
        following = [self._follow(session, f"expiring {place}") for place in range(BEFORE)]
        await asyncio.sleep(max(0.0, at - time()))
        await self._farewell([*following, *(self._follow(session, "late") for _ in range(AFTER))])

    def _somebody(self) -> Viewer:
        return self._dice.choice(self._town.citizens).viewer

    def _follow(self, session: Session, name: str) -> "asyncio.Task[None]":
        self._told += 1
        guest = Guest(f"{name} {self._told}", tuple(self._town.debates), session=session, is_mortal=True)
        return self._group.create_task(Follower(guest, self._town, self._own_dice()).follow())

    async def _farewell(self, following: list["asyncio.Task[None]"]) -> None:
        """Servers tell them that the session has ended; those whom none tells leave in the end."""
        _, left = await asyncio.wait(following, timeout=LATEST)
        for task in left:
            task.cancel()

    async def _read(self, debate: Debate, comment: str) -> None:
        cursor = self._town.places.get(comment)
        if cursor is None:
            return
        before, _, seq = cursor.rpartition(".")
        self._told += 1
        starts = {debate.topic: f"{before}.{int(seq) - 1}"}
        guest = Guest(f"reader {self._told}", (debate,), starts_after=starts, resumes=bool(self._dice.randrange(2)))
        reading = self._group.create_task(Follower(guest, self._town, self._own_dice()).follow())
        await asyncio.sleep(READING)
        reading.cancel()

    def _own_dice(self) -> Random:
        return Random(self._dice.random())
