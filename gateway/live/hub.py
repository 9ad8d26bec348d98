"""What is followed live in a process: a subscription is a cursor over its topic, and all that are alike are rendered once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar, cast
from uuid import UUID

import structlog
from graphql import GraphQLError

from gateway.execution.engine import Engine
from gateway.execution.running import Asking
from gateway.execution.subscribing import Subscription, is_broken
from gateway.live.audiences import Audiences
from gateway.live.channels import AudienceChannel, Channel, LogChannel, StateChannel
from gateway.live.counting import Counts
from gateway.live.cursors import Cursor, Sink
from gateway.live.feed import Feed
from gateway.sessions import Sessions
from modules.kernel.context import Context, Info
from modules.kernel.following import Head, Log
from modules.kernel.live import AudienceTopic, LogTopic, StateTopic, Topic, parsed
from modules.kernel.log import ACCESS
from modules.kernel.policy import Viewer
from modules.kernel.refusals import Refusal

ATTEMPTS = 3  # at something that fails while the database answers
PAUSES = (0.05, 2.0)  # seconds between two looks whether the database is back, the first and the longest

T = TypeVar("T")
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Sources:
    """What a hub reads: the log, word of its topics, and word of who may see what no longer."""

    log: Log
    feed: Feed
    sessions: Sessions
    audiences: Audiences


class Hub:
    """`make_context` makes the context in which updates are rendered as they are shown to a viewer. A topic is told in at
    most `most_groups` different ways: nobody buys an execution for each event with each document that they invent."""

    def __init__(
        self, engine: Engine, sources: Sources, make_context: Callable[[Viewer], Context], *, most_groups: int = 200
    ) -> None:
        self.engine, self.context, self._most_groups = engine, make_context, most_groups
        self.log, self.feed, self.sessions = sources.log, sources.feed, sources.sessions
        self.audiences = sources.audiences
        self._for_crowds = self.log.storage.shared()
        self.channels: dict[tuple[Topic, UUID], Channel[Any]] = {}
        self.counts = Counts()
        self.feed.watchers.append(self._history_changed)

    def open(self, sink: Sink, id: str, subscription: Subscription, *, resume: str | None = None) -> Cursor:
        """A cursor that is known, and not told yet: `admit` it. Whoever opened it has to `leave` with it. `resume` is where it
        goes on, in place of what the subscription says. Raises InvalidInput."""
        topic = subscription.topic
        key = topic.key(subscription.arguments[topic.argument])
        after = (resume or subscription.arguments.get("after")) if isinstance(topic, LogTopic) else None
        if isinstance(topic, LogTopic) and after is not None:
            parsed(after, topic.name(key))
        channel = self.channels.get((topic, key))
        if channel is None:
            channel = self.channels[topic, key] = _channel(self, topic, key)
            channel.open()
        cursor = Cursor(sink, id, subscription, channel, key, after)
        channel.held.add(cursor)
        return cursor

    async def admit(self, cursor: Cursor, context: Context) -> None:
        """Put a cursor among those who are told the same, by what its viewer may see now. Raises a Refusal, or GraphQLError
        when there is no room."""
        topic, viewer = cursor.subscription.topic, context.viewer
        asking = Asking(replace(context, storage=self._for_crowds))
        shown_as = await topic.authorize(cast(Info, asking), cursor.key)
        if cursor.subscription.of_viewer and viewer.person_id is not None:
            shown_as = Viewer(viewer.person_id, None, viewer.roles)
        cursor.channel.place(cursor, shown_as)

    def leave(self, cursor: Cursor) -> None:
        """It is told no more. Again is nothing."""
        channel = cursor.channel
        channel.withdraw(cursor)
        channel.held.discard(cursor)
        place = channel.topic, channel.key
        if not channel.groups and not channel.held and self.channels.get(place) is channel:
            del self.channels[place]
            channel.close()

    def expect_room(self, channel: Channel[Any]) -> None:
        """Raises GraphQLError when a topic is told in as many ways as there may be."""
        if len(channel.groups) >= self._most_groups:
            told = f"This is followed with {self._most_groups} different documents already. Use the one that your page has."
            raise GraphQLError(told, extensions={"code": "TOO_MANY_SUBSCRIPTIONS"})

    async def render(self, subscription: Subscription, values: Sequence[Any], context: Context) -> list[dict[str, Any]]:
        """An answer for each value of the root field. What fails because the database is away is rendered when it is back."""
        self.counts.rendered += len(values)
        for _ in range(ATTEMPTS - 1):
            answers = await subscription.answers(values, context, self.engine.programs)
            if not any(map(is_broken, answers)):
                return answers
            await self._reachable()
        return await subscription.answers(values, context, self.engine.programs)

    async def patiently(self, work: Callable[[], Awaitable[T]]) -> T:
        """The outcome of some reading: what fails because the database is away is tried when it is back."""
        for _ in range(ATTEMPTS - 1):
            try:
                return await work()
            except (Refusal, GraphQLError):
                raise
            except Exception as error:  # of a connection that broke, mostly; a bug fails again
                log.warning("tried_again", error=f"{type(error).__name__}: {error}")
            await self._reachable()
        return await work()

    async def settled(self) -> None:
        """Return when whatever was announced about access until now is known here."""
        now = await self.patiently(partial(self.log.heads, [ACCESS]))
        head = now.by_topic.get(ACCESS, Head(0, 0))
        await self.patiently(partial(self.sessions.reach, head.seq, now.epoch))

    @property
    def groups(self) -> int:
        return sum(len(channel.groups) for channel in self.channels.values())

    @property
    def cursors(self) -> int:
        return sum(len(group.cursors) for channel in self.channels.values() for group in channel.groups.values())

    def lags(self) -> Iterator[tuple[str, int]]:
        """How many events of each topic are known to be there that some group has not rendered yet."""
        return ((channel.name, channel.lag) for channel in self.channels.values())

    async def _reachable(self) -> None:
        """Return when the log can be read."""
        pause, longest = PAUSES
        while True:
            await asyncio.sleep(pause)
            try:
                await self.log.epoch()
                return
            except Exception as error:  # whatever the database has
                log.warning("log_out_of_reach", error=f"{type(error).__name__}: {error}")
            pause = min(2 * pause, longest)

    def _history_changed(self) -> None:
        for channel in self.channels.values():
            channel.look()


def _channel(hub: Hub, topic: Topic, key: UUID) -> Channel[Any]:
    match topic:
        case LogTopic():
            return LogChannel(hub, topic, key)
        case StateTopic():
            return StateChannel(hub, topic, key)
        case AudienceTopic():
            return AudienceChannel(hub, topic, key)
    raise TypeError(f"{type(topic).__name__} cannot be followed")
