"""I7 with a server as it is operated: after a backup was restored, whoever comes with an old cursor is told to query again."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from uuid import UUID

import sqlalchemy as sa

from modules.civic.tables import CommentRow
from modules.kernel.log import events, topics
from modules.kernel.tables import col
from tests.live.faults.followers import Follower, Guest
from tests.live.faults.history import Update
from tests.live.faults.running import pages
from tests.live.faults.town import Debate, Town, town
from tests.live.faults.writers import Desk
from tests.processes import SECRET, SPILNO

KEPT = 3  # events that the backup has


@asynccontextmanager
async def following(place: Town, *guests: Guest) -> AsyncIterator[list[Follower]]:
    followers = [Follower(guest, place, Random(guest.name)) for guest in guests]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(follower.follow()) for follower in followers]
        yield followers
        for task in tasks:
            task.cancel()


async def until(reached: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not reached():  # noqa: ASYNC110 (asks from outside; nothing announces it)
            await asyncio.sleep(0.02)


def heard(place: Town, follower: str) -> list[tuple[int, str]]:
    """What its connections were told, one after the other."""
    streams = [stream for stream in place.history.streams if stream.follower == follower]
    return [_told(each.update) for stream in streams for each in stream.heard]


def _told(update: Update) -> tuple[int, str]:
    return update.seq, update.resync or update.type


async def restore(place: Town, debate: Debate) -> None:
    """The database as it was at an earlier time; then what an operator has to do."""
    async with place.storage.writing() as work:
        later = (events.c.topic == debate.topic, events.c.seq > KEPT)
        entities = [row["entity"] for row in await work.rows(sa.select(events.c.entity).where(*later))]
        await work.run(sa.delete(CommentRow).where(col(CommentRow.id).in_([UUID(hex=each) for each in entities])))
        await work.run(sa.delete(events).where(*later))
        await work.run(sa.update(topics).where(topics.c.name == debate.topic).values(seq=KEPT))
    url = place.storage.url.render_as_string(hide_password=False)
    environment = {**os.environ, "SPILNO_DATABASE_URL": url, "SPILNO_SECRET_KEY": SECRET}
    command = [str(SPILNO), "migrate", "--restored"]
    await asyncio.to_thread(subprocess.run, command, env=environment, check=True, capture_output=True)


async def test_old_cursors_are_answered_with_resync_and_never_with_silence(
    postgres: str, postgres_template: str, tmp_path: Path
) -> None:
    """First where the server is stopped meanwhile, as it should be; then where it serves on."""
    async with town(postgres, postgres_template, 1, tmp_path, citizens=1, servers=1) as place:
        (server,), debate, desk = place.servers, place.debates[0], Desk(place)
        guests = [
            Guest(name, (debate,), starts_after=pages(place), resumes=name == "resumes")
            for name in ("resumes", "asks after")
        ]
        async with following(place, *guests) as followers:

            async def all_are_at(seq: int) -> None:
                await until(lambda: all(follower.heads.get(debate.topic) == seq for follower in followers))

            async def write(count: int) -> None:
                for _ in range(count):
                    assert await desk.comment(0, place.citizens[0], debate)

            await write(5)
            await all_are_at(5)
            await asyncio.to_thread(server.stop)
            await restore(place, debate)
            await asyncio.to_thread(server.start)
            for _ in range(2):
                await all_are_at(KEPT)
                await write(1)
                await all_are_at(KEPT + 1)
                await restore(place, debate)
            await all_are_at(KEPT)
        await desk.close()
        told_anew = [(KEPT, "EPOCH_CHANGED"), (KEPT + 1, "CommentAdded")]
        expected = [*((seq, "CommentAdded") for seq in range(1, 6)), *told_anew, *told_anew, told_anew[0]]
        assert [heard(place, guest.name) for guest in guests] == [expected, expected]
