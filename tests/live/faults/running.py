"""One run: followers, writers and fate, until the time is up and every kind of fault has had its turn; then all heal, everybody hears the rest, and leaves."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from random import Random
from time import time
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from modules.kernel.log import events
from modules.voting.tables import BallotRow
from tests.live.faults.befalling import Fate
from tests.live.faults.checking import METRICS
from tests.live.faults.followers import Follower, Guest
from tests.live.faults.history import Fact
from tests.live.faults.schedule import GREAT, SMALL, Kind, great, small
from tests.live.faults.stories import Stories
from tests.live.faults.town import Town
from tests.live.faults.writers import Desk, Writer

FOLLOWERS, VOTE_WATCHERS, MODERATORS = 20, 4, 2
WRITERS, RATE = 4, 3.0
CATCHING_UP, LEAVING = 20.0, 10.0  # seconds
CURSOR = "query($id: ID!) { debate(id: $id) { liveCursor } }"


async def run(town: Town, seed: int, seconds: float) -> None:
    """Writes the town's history."""
    followers = [Follower(guest, town, Random(f"{seed} {guest.name}")) for guest in _guests(town, seed)]
    town.history.faithful = {follower.guest.name for follower in followers}
    town.history.befell.append((time(), "begun"))
    desk = Desk(town)
    async with asyncio.TaskGroup() as group:
        following = [group.create_task(follower.follow()) for follower in followers]
        await _live(town, desk, followers, seed, time() + seconds)
        await _last_words(town, desk)
        await _all_heard(town, followers)
        town.history.befell.append((time(), "ended"))
        for task in following:
            task.cancel()
    await desk.close()
    town.history.log, town.history.votes = await _log(town), await _votes(town)
    await asyncio.gather(*(_left(town, server) for server in range(len(town.servers))))


async def _live(town: Town, desk: Desk, followers: Sequence[Follower], seed: int, until: float) -> None:
    async with asyncio.TaskGroup() as group:
        stories = Stories(town, desk, Random(f"{seed} stories"), group)
        begin = {Kind.SIGNED_OUT: stories.sign_out, Kind.EXPIRED: stories.expire}
        desk.on_hidden = stories.come_later
        writers = [Writer(town, desk, Random(f"{seed} writer {number}")) for number in range(WRITERS)]
        writing = [group.create_task(writer.write(RATE)) for writer in writers]
        async with asyncio.TaskGroup() as befalling:
            for kinds, faults in ((GREAT, great(seed)), (SMALL, small(seed))):
                fate = Fate(town, desk, followers, begin, Random(f"{seed} fate of {len(kinds)} kinds"))
                befalling.create_task(fate.befall(faults, until, fewest=len(kinds)))
        for task in writing:
            task.cancel()


def _guests(town: Town, seed: int) -> list[Guest]:
    """Everybody and somebody, who ask one thing or another, from a page they have read or from now on."""
    dice, read = Random(f"{seed} guests"), pages(town)
    guests = []
    for number in range(FOLLOWERS):
        moderates, watches = number < MODERATORS, number >= FOLLOWERS - VOTE_WATCHERS
        session = town.moderator if moderates else dice.choice((None, dice.choice(town.citizens)))
        guests.append(
            Guest(
                name=f"follower {number}",
                debates=tuple(dice.sample(town.debates, dice.randint(1, 2))),
                polls=tuple(poll.id for poll in town.polls) if watches else (),
                session=session,
                document="full" if moderates else dice.choice(("full", "full", "brief")),
                resumes=bool(number % 2),
                starts_after=read if number % 3 else {},
            )
        )
    return guests


def pages(town: Town) -> dict[str, str]:
    """The cursors of the debates' pages, by topic."""
    cursors = {}
    for debate in town.debates:
        page: Any = town.servers[0].ask(CURSOR, {"id": debate.id})
        cursors[debate.topic] = page["debate"]["liveCursor"]
    return cursors


async def _last_words(town: Town, desk: Desk) -> None:
    """One more comment everywhere: who hears it has come to the head."""
    for debate in town.debates:
        said = [await desk.comment(server, town.citizens[0], debate) for server in range(len(town.servers))]
        assert any(said), "nothing is wrong any more, and a comment was not taken"


async def _all_heard(town: Town, followers: Sequence[Follower]) -> None:
    """Returns when all have come to the head, or have had time enough for it."""
    log, deadline = await _log(town), time() + CATCHING_UP
    heads = {topic: max(facts) for topic, facts in log.items()}
    while time() < deadline and not all(  # noqa: ASYNC110 (asks from outside; nothing announces it)
        _has_heard(follower, heads) for follower in followers
    ):
        await asyncio.sleep(0.05)


def _has_heard(follower: Follower, heads: dict[str, int]) -> bool:
    return all(follower.heads.get(debate.topic) == heads[debate.topic] for debate in follower.guest.debates)


async def _log(town: Town) -> dict[str, dict[int, Fact]]:
    async with town.storage.reading() as read:
        rows = await read.rows(sa.select(events).order_by(events.c.topic, events.c.seq))
    facts: dict[str, dict[int, Fact]] = {debate.topic: {} for debate in town.debates}
    for row in rows:
        if row["topic"] in facts:
            facts[row["topic"]][row["seq"]] = Fact(row["seq"], row["at"].timestamp(), row["type"], row["entity"])
    return facts


async def _votes(town: Town) -> dict[str, int]:
    async with town.storage.reading() as read:
        rows = await read.rows(sa.select(col(BallotRow.poll_id)))
    cast = Counter[UUID](row["poll_id"] for row in rows)
    return {poll.id: cast[poll.key] for poll in town.polls}


async def _left(town: Town, server: int) -> None:
    """What a server keeps when everybody has left, once it has had time to notice."""
    deadline = time() + LEAVING
    while True:
        values = await asyncio.to_thread(town.servers[server].metrics)
        town.history.left[f"server {server}"] = {name: values[name] for name in METRICS if name in values}
        if time() > deadline or all(values.get(name) == 0 for name in METRICS):
            return
        await asyncio.sleep(0.1)
