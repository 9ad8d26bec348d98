"""What code of the product might wrongly be: each stands in its place for one test, which has to notice."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import uuid4

import orjson
import pytest

from gateway.execution import subscribing
from gateway.execution.answers import encoded
from gateway.execution.running import Asking
from gateway.live.channels import Channel, LogChannel
from gateway.live.cursors import Cursor
from gateway.live.feed import Feed
from gateway.live.groups import LogGroup
from gateway.live.hub import Hub
from gateway.live.redis_backend import RedisBackend
from gateway.live.rendered import Rendered
from gateway.live.subscribers import Subscriber
from modules.kernel import log
from modules.kernel.following import Logged
from modules.kernel.policy import NOBODY
from modules.kernel.storage import Storage, Work

Patch = pytest.MonkeyPatch


def nothing(*_: Any) -> None:
    """Where something should be done."""


async def nothing_awaited(*_: Any) -> None:
    """The same, where it is awaited."""


def only_the_last(self: LogGroup, cursor: Cursor) -> Sequence[Rendered]:
    if cursor.position >= self.head or not self.ready:
        return ()
    cursor.position = self.head
    return (self.ready[-1],)


def told_twice(patch: Patch) -> None:
    take = Cursor.take
    patch.setattr(Cursor, "take", lambda self, most=1: [each for each in take(self, most) for _ in range(2)])


def backwards(patch: Patch) -> None:
    take = Cursor.take
    patch.setattr(Cursor, "take", lambda self, most=1 << 30: list(reversed(take(self, most))))


async def forgets_its_successor(self: Cursor) -> None:
    assert self.group is not None
    try:
        self.backlog = await self.group.block(self.position)
    finally:
        self.task = None
    self.sink.wake(self)


def node_in_answers(patch: Patch) -> None:
    patch.setattr("gateway.live.groups.encoded", lambda answer: encoded({**answer, "node": uuid4().hex}))


def late_hints(patch: Patch) -> None:
    tell = Feed._tell
    patch.setattr(
        Feed, "_tell", lambda self, *told: asyncio.get_running_loop().call_later(2.0, tell, self, *told) and None
    )


def slow_poll(patch: Patch) -> None:
    look = Feed._look

    async def later(self: Feed) -> None:
        await asyncio.sleep(2)
        await look(self)

    patch.setattr(Feed, "_look", later)


@asynccontextmanager
async def announced_whatever_becomes_of_it(self: Storage) -> AsyncIterator[Work]:
    events: list[log.Event] = []
    try:
        async with self._writes.begin() as session:
            work = Work(session)
            events = work.events
            yield work
    finally:
        async with self._writes.begin() as other:
            heads = await log.append(other, events) if events else {}
        self.announce(heads)


def goes_on_silently(self: LogGroup, _reason: Any) -> None:
    self.forget()
    self.head = self.channel.head
    for cursor in self.cursors:
        cursor.position = self.head


async def whatever_is_there(self: LogGroup, after: int) -> Sequence[Rendered]:
    known = await self._load(after // 100)
    return [each for each in known if each.seq > after]


def passed_over(patch: Patch) -> None:
    patch.setattr(LogChannel, "_resync", nothing)
    patch.setattr(LogGroup, "block", whatever_is_there)


async def not_asked_again(self: Subscriber, cursor: Cursor) -> None:
    await cursor.channel.ready()
    await self._hub.admit(cursor, await self.admitted())
    cursor.begin(*await cursor.channel.start(cursor))


async def not_known_before(self: Subscriber, cursor: Cursor) -> None:
    await cursor.channel.ready()
    while True:
        turn = self._turn
        await self._hub.admit(cursor, await self.admitted())
        start = await cursor.channel.start(cursor)
        if turn == self._turn:
            break
    cursor.begin(*start)


def timeless(self: Subscriber, cursor: Cursor) -> None:
    if not self._is_suspect:
        self._transport.wake(cursor)


def for_ever(self: Subscriber, cursor: Cursor, write: Callable[[bytes], None]) -> None:
    cursor.write, cursor.until = write, float("inf")


async def all_alike(self: Hub, cursor: Cursor, context: Any) -> None:
    cursor.channel.place(
        cursor, await cursor.subscription.topic.authorize(cast(Any, Asking(context.fresh())), cursor.key)
    )


def one_scope(patch: Patch) -> None:
    place = Channel.place
    patch.setattr(Channel, "place", lambda self, cursor, _viewer: place(self, cursor, NOBODY))


def all_variables(_known: subscribing.Known, variables: Mapping[str, Any]) -> bytes:
    return orjson.dumps(variables)


def left_behind(self: Channel[Any], cursor: Cursor) -> None:
    cursor.stop()
    group, cursor.group = cursor.group, None
    if group is not None:
        group.cursors.pop(cursor, None)
        self.left()


def leaves_open(self: Hub, cursor: Cursor) -> None:
    cursor.channel.withdraw(cursor)
    cursor.channel.held.discard(cursor)


async def known_as_it_was(self: LogGroup, after: int) -> Sequence[Rendered]:
    return [each for each in await self._block(after // 100) if each.seq > after]


async def ends_with_the_first(self: RedisBackend, channel: str) -> None:
    try:
        await self._attend(channel)
    except Exception as error:
        self._lost(error)
    self._attempted.set()


def one_topic_at_a_time(patch: Patch) -> None:
    turn, rendered = asyncio.Lock(), LogGroup._rendered

    async def in_turn(self: LogGroup, events: Sequence[Logged]) -> list[Rendered]:
        async with turn:
            if len(events) > 1:
                await asyncio.sleep(0.3)
            return await rendered(self, events)

    patch.setattr(LogGroup, "_rendered", in_turn)
    patch.setattr("tests.live.invariants.test_promptness.ROUNDS", 6)
