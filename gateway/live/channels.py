"""Topics as this process follows them, each as long as somebody here is told of it."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Generic, TypeVar
from uuid import UUID

import structlog

from gateway.execution.subscribing import Subscription
from gateway.live.cursors import Cursor
from gateway.live.feed import Heard
from gateway.live.gaps import gapless
from gateway.live.groups import READY, Group, LogGroup
from gateway.live.newest import AudienceGroup, StateGroup
from gateway.live.rendered import Rendered
from modules.kernel.following import Log, Logged, Window
from modules.kernel.live import FURTHEST, AudienceTopic, LogTopic, ResyncReason, StateTopic, Topic, parsed
from modules.kernel.policy import Viewer
from modules.kernel.together import PACE

if TYPE_CHECKING:
    from gateway.live.hub import Hub

RETRY = 0.25  # seconds until what could not be read is read again
T = TypeVar("T", bound=Topic)
GroupKey = tuple[str, str | None, bytes, Viewer]
Start = tuple[int, Sequence[Rendered]]

log = structlog.get_logger(__name__)


class Channel(Generic[T]):
    """`held` are cursors that are known to be on their way to a group: they keep it open."""

    def __init__(self, hub: "Hub", topic: T, key: UUID) -> None:
        self.hub, self.topic, self.key, self.name = hub, topic, key, topic.name(key)
        self.groups: dict[GroupKey, Group] = {}
        self.held: set[Cursor] = set()

    def open(self) -> None:
        """Begin to follow the topic."""

    def close(self) -> None:
        """Nobody is told of it any more."""

    async def ready(self) -> None:
        """Return when it is known where the topic stands."""

    def look(self) -> None:
        """The history of the log may be another: see, even if nothing new is heard of."""

    @property
    def lag(self) -> int:
        """How many events are known to be there that the slowest group has not rendered."""
        return 0

    async def start(self, cursor: Cursor) -> Start:
        """Where a cursor that has its group begins, and what it is told before anything else. Raises InvalidInput."""
        return 0, ()

    def place(self, cursor: Cursor, viewer: Viewer) -> None:
        """Put a cursor into the group of those who are told the same. Raises GraphQLError when there are too many groups."""
        asked = cursor.subscription
        key = (asked.text, asked.operation_name, asked.variables, viewer)
        group = self.groups.get(key)
        if group is not None and group is cursor.group:
            return
        if group is None:
            self.hub.expect_room(self)
            group = self.groups[key] = self.grouped(asked, viewer)
            group.start()
        self.withdraw(cursor)
        cursor.group, cursor.subscription = group, group.subscription  # which is alike: one is enough to keep
        group.enter(cursor)
        self.joined()

    def withdraw(self, cursor: Cursor) -> None:
        """Take a cursor out of its group, and end a group that has none left."""
        cursor.stop()
        group, cursor.group = cursor.group, None
        if group is None:
            return
        group.cursors.pop(cursor, None)
        if not group.cursors:
            group.close()
            self.groups = {key: each for key, each in self.groups.items() if each is not group}
        self.left()

    def joined(self) -> None:
        """A cursor is told from now on."""

    def left(self) -> None:
        """A cursor is told no longer."""

    def grouped(self, subscription: Subscription, viewer: Viewer) -> Group:
        raise NotImplementedError


class LogChannel(Channel[LogTopic]):
    """The events after `head` are read as soon as there are any, once for all groups; the last ones stay at hand."""

    def __init__(self, hub: "Hub", topic: LogTopic, key: UUID) -> None:
        super().__init__(hub, topic, key)
        self.epoch, self.head, self.floor = "", 0, 0
        self.concealed = 0  # counts the times since which nothing rendered before may be shown
        self.recent: deque[Logged] = deque(maxlen=READY)
        self._is_ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._reads: dict[tuple[int, int], asyncio.Task[Window]] = {}
        self._is_lost = False
        self._heard: Heard | None = None
        self._next: asyncio.Task[None] | None = None  # a refresh that has not begun to read
        self._refreshes: set[asyncio.Task[None]] = set()
        self._one_at_a_time, self._refreshed = asyncio.Lock(), 0.0

    def open(self) -> None:
        self._task = asyncio.create_task(self._follow(), name=f"channel of {self.name}")

    def close(self) -> None:
        for task in (self._task, *self._refreshes, *self._reads.values()):
            if task is not None:
                task.cancel()

    async def ready(self) -> None:
        await self._is_ready.wait()

    def grouped(self, subscription: Subscription, viewer: Viewer) -> Group:
        return LogGroup(self, subscription, viewer)

    async def start(self, cursor: Cursor) -> Start:
        group = cursor.group
        assert isinstance(group, LogGroup)
        if cursor.after is None:
            return self.head, ()
        epoch, seq = parsed(cursor.after, self.name)
        # The client may come from a process that is ahead of this one, and what it missed may have been hidden since by another.
        await self.refresh()
        while reason := self._resync(epoch, seq):
            history = self.epoch
            again = await group.resync(reason)
            if history == self.epoch and again.seq <= self.head:  # else it tells of what has become void meanwhile
                return again.seq, [again]
        return seq, ()

    def _resync(self, epoch: str, seq: int) -> ResyncReason | None:
        """Why a cursor cannot go on one by one; None when it can."""
        if epoch != self.epoch or seq > self.head:  # history does not shrink
            return ResyncReason.EPOCH_CHANGED
        if seq < self.floor:
            return ResyncReason.TRIMMED
        return ResyncReason.TOO_FAR if self.head - seq > FURTHEST else None

    async def events(self, after: int) -> Sequence[Logged]:
        """The next events, at most a block, all of them at or before the head; none where there is a gap."""
        upto = min(after + Log.BLOCK, self.head)
        recent = self.recent
        if recent and recent[0].seq <= after + 1:
            return gapless(filter(self.topic.can_show, [each for each in recent if after < each.seq <= upto]), after)
        return gapless(await self.read(after, upto), after)

    async def read(self, after: int, upto: int) -> Sequence[Logged]:
        """Events out of the log, read once for all who ask for them at the same time; what cannot be shown is a gap."""
        span = (after, upto)
        reading = self._reads.get(span)
        if reading is None:
            reading = self._reads[span] = asyncio.create_task(self.hub.log.read(self.name, after, upto - after))
            reading.add_done_callback(lambda _: self._reads.pop(span, None))
        window = await asyncio.shield(reading)
        return [event for event in window.events if self.topic.can_show(event)]

    @property
    def lag(self) -> int:
        heard = self._heard.head if self._heard is not None else 0
        behind = [max(heard, self.head) - group.head for group in self.groups.values()]
        return max(behind, default=0)

    def look(self) -> None:
        if self._heard is not None:
            self._heard.nudge()

    async def refresh(self) -> None:
        """Return when everything is known here that was committed before this was called: one read for all who wait for the
        next one."""
        refreshing = self._next
        if refreshing is None:
            refreshing = self._next = asyncio.create_task(self._refresh(), name=f"refresh of {self.name}")
            self._refreshes.add(refreshing)
            refreshing.add_done_callback(self._refreshes.discard)
        await asyncio.shield(refreshing)

    async def _refresh(self) -> None:
        async with self._one_at_a_time:
            time = asyncio.get_running_loop().time
            await asyncio.sleep(self._refreshed + PACE - time())  # thousands may come at once
            self._next, self._refreshed = None, time()  # who comes from here on waits for the next one
            await self._caught_up()

    async def catch_up(self) -> None:
        """Read what the log has more, and let the groups know."""
        asked, history = self.head, self.epoch
        window = await self.hub.log.read(self.name, asked, Log.BLOCK if history else 0)
        # Who may not be told of these events is known from here on.
        await self.hub.sessions.reach(window.access, window.epoch)
        if self.epoch != history or self.head < asked:
            return  # somebody else has read a newer history meanwhile
        first = window.events[0].seq if window.events else window.head.seq + 1
        if window.epoch != self.epoch or window.head.seq < asked:
            self._reset(window, ResyncReason.EPOCH_CHANGED if self.epoch else None)
        elif first > asked + 1:
            self._reset(window, ResyncReason.TRIMMED)
        else:
            self.floor = window.head.floor
            self._append([event for event in window.events if event.seq > self.head])  # it may have moved meanwhile

    def _append(self, events: Sequence[Logged]) -> None:
        if not events:
            return
        if self.topic.does_conceal(events):
            self.concealed += 1
            for group in self._log_groups():
                group.forget()
        self.recent.extend(events)
        self.head = events[-1].seq
        for group in self._log_groups():
            group.due.set()

    def _reset(self, window: Window, reason: ResyncReason | None) -> None:
        self.epoch, self.head, self.floor = window.epoch, window.head.seq, window.head.floor
        self.recent.clear()
        if reason is not None:
            for group in self._log_groups():
                group.restart(reason)

    def _log_groups(self) -> list[LogGroup]:
        return [group for group in self.groups.values() if isinstance(group, LogGroup)]

    async def _follow(self) -> None:
        with self.hub.feed.listen(self.name) as heard:
            self._heard = heard
            while True:
                await self._caught_up()
                self._is_ready.set()
                await heard.beyond(self.head)

    async def _caught_up(self) -> None:
        """Return when the log could be read."""
        while True:
            try:
                await self.catch_up()
            except Exception as error:  # whatever the database has: this must outlive it
                self._lost(error)
                await asyncio.sleep(RETRY)
                continue
            self._is_lost = False
            return

    def _lost(self, error: Exception) -> None:
        if not self._is_lost:
            log.warning("topic_not_read", topic=self.topic.kind, error=f"{type(error).__name__}: {error}")
        self._is_lost = True


class StateChannel(Channel[StateTopic]):
    def look(self) -> None:
        for group in self.groups.values():
            if isinstance(group, StateGroup):
                group.look()

    def grouped(self, subscription: Subscription, viewer: Viewer) -> Group:
        return StateGroup(self.hub, self.topic, self.key, subscription, viewer)


class AudienceChannel(Channel[AudienceTopic]):
    """Who is told is there."""

    def grouped(self, subscription: Subscription, viewer: Viewer) -> Group:
        return AudienceGroup(self.hub, self.topic, self.key, subscription, viewer)

    def joined(self) -> None:
        self.hub.audiences.enter(self.name)

    def left(self) -> None:
        self.hub.audiences.leave(self.name)
