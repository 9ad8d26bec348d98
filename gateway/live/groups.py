"""Subscriptions that are told the same: one document, the same variables, shown as to the same viewer. Rendered once."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from graphql import GraphQLError

from gateway.execution.answers import encoded
from gateway.execution.engine import refused
from gateway.execution.errors import internal_error
from gateway.execution.subscribing import Subscription
from gateway.live.cursors import PIECE, Cursor
from gateway.live.gaps import gapless
from gateway.live.rendered import Rendered
from modules.kernel.following import Log, Logged
from modules.kernel.live import FURTHEST, LogTopic, ResyncReason
from modules.kernel.live import cursor as place
from modules.kernel.policy import Viewer
from modules.kernel.refusals import Refusal

if TYPE_CHECKING:
    from gateway.live.channels import LogChannel
    from gateway.live.hub import Hub

READY = 256  # updates that a group holds ready for who is a little behind
BLOCKS = 8  # of Log.BLOCK older updates that a group remembers for who is far behind
WORTH_GATHERING, LONGEST_GATHERING = 0.005, 0.1  # seconds
AT_ONCE = 500  # clients that are told before others get a turn of the loop

log = structlog.get_logger(__name__)


class Group:
    """`head` is the place of the newest update; `is_over` that none follows."""

    def __init__(self, hub: "Hub", key: UUID, name: str, subscription: Subscription, viewer: Viewer) -> None:
        self.hub, self.key, self.name, self.subscription, self.viewer = hub, key, name, subscription, viewer
        self.context = hub.context(viewer)
        self.cursors: dict[Cursor, None] = {}
        self.head, self.is_over = 0, False
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.task = asyncio.create_task(self._live(), name=f"group of {self.name}")

    def close(self) -> None:
        if self.task is not None:
            self.task.cancel()
            self.task = None

    def enter(self, cursor: Cursor) -> None:
        """The cursor is told with this group from now on, and may have been told with another before."""
        self.cursors[cursor] = None

    def take(self, cursor: Cursor) -> Sequence[Rendered]:
        """What the cursor has not been told, as far as it is held ready."""
        raise NotImplementedError

    async def block(self, after: int) -> Sequence[Rendered]:
        """Older updates, at least one."""
        raise NotImplementedError

    async def run(self) -> None:
        """Render what comes, as long as somebody is told."""
        raise NotImplementedError

    async def spread(self, fresh: Sequence[Rendered] = ()) -> None:
        """Let all take what is new; `fresh` are the updates after what was the head."""
        cursors = list(self.cursors)
        for start in range(0, len(cursors), AT_ONCE):
            self._wake(cursors[start : start + AT_ONCE], fresh)
            await asyncio.sleep(0)

    def _wake(self, cursors: Sequence[Cursor], fresh: Sequence[Rendered]) -> None:
        """Who has been told all before, and takes frames, gets them right here: this is run for each viewer at each event, and
        every object that it touches costs as much as the rest of it. All others take what they lack."""
        if not fresh or sum(len(each.payload) for each in fresh) > PIECE:
            for cursor in cursors:
                cursor.sink.wake(cursor)
            return
        before, after, now, told = fresh[0].seq - 1, fresh[-1].seq, asyncio.get_running_loop().time(), 0
        first, is_one = fresh[0], len(fresh) == 1
        for cursor in cursors:
            write, label = cursor.write, cursor.label
            if write is None or cursor.position != before or now >= cursor.until or cursor.backlog:
                cursor.sink.wake(cursor)
                continue
            cursor.position = after
            told += 1
            write(first.frame(label) if is_one else b"".join([each.frame(label) for each in fresh]))
        self.hub.counts.frames += told * len(fresh)

    async def _live(self) -> None:
        try:
            await self.run()
        except Refusal as refusal:
            self._refuse(refused([GraphQLError(refusal.message, original_error=refusal)], self.context.request_id))
        except Exception as error:  # a bug of ours: whoever is told by this group hears that it has ended
            self._refuse({"errors": [internal_error(error, self.context.request_id)]})

    def _refuse(self, answer: dict[str, Any]) -> None:
        for cursor in list(self.cursors):
            cursor.sink.refuse(cursor, answer["errors"])


class LogGroup(Group):
    """Every update in order: the newest are held ready, older ones are read and rendered in blocks, shared by who lags."""

    def __init__(self, channel: "LogChannel", subscription: Subscription, viewer: Viewer) -> None:
        super().__init__(channel.hub, channel.key, channel.name, subscription, viewer)
        self.channel = channel
        self.head = channel.head
        self.ready: deque[Rendered] = deque(maxlen=READY)
        self.due = asyncio.Event()
        self._blocks: OrderedDict[int, Sequence[Rendered]] = OrderedDict()
        self._loading: dict[int, asyncio.Task[Sequence[Rendered]]] = {}
        self._reason: ResyncReason | None = None

    def close(self) -> None:
        super().close()
        for task in self._loading.values():
            task.cancel()

    def take(self, cursor: Cursor) -> Sequence[Rendered]:
        behind = self.head - cursor.position
        if behind <= 0:
            return ()
        ready = self.ready
        if behind <= len(ready):
            cursor.position = self.head
            return (ready[-1],) if behind == 1 else list(islice(ready, len(ready) - behind, None))
        if behind > FURTHEST:
            cursor.sink.too_slow()
        else:
            cursor.fetch()
        return ()

    def forget(self) -> None:
        """Something is not to be shown any more: what was rendered may hold it, and is rendered anew when it is asked for."""
        self.ready.clear()
        self._blocks.clear()
        for cursor in self.cursors:
            cursor.forget()

    def restart(self, reason: ResyncReason) -> None:
        """The log is another, or no longer has what comes next: everybody is told to query again, and goes on from now."""
        self.close()
        self.forget()
        self._loading.clear()
        self.head, self._reason = self.channel.head, reason
        for cursor in self._begun():
            cursor.stop()
            cursor.position = self.head  # what it would have been told before no longer counts
        self.start()

    async def run(self) -> None:
        if self._reason is not None:
            await self._again(self._reason)
        while True:
            while self.head < self.channel.head:
                events = await self.hub.patiently(lambda: self.channel.events(self.head))
                if not events:  # this group was so slow that the log has less, or the next one cannot be shown
                    await self._again(ResyncReason.TRIMMED)
                    continue
                rendered = await self._rendered(events)
                self.ready.extend(rendered)
                self.head = rendered[-1].seq
                self.hub.counts.told(self.channel.topic.kind, events[-1])
                await self._share(rendered)
            await self.due.wait()
            self.due.clear()

    async def _share(self, fresh: Sequence[Rendered]) -> None:
        """Tell all; then, for as long as that took, gather what comes: with thousands of viewers half of the process is left for
        others, and several updates go into one write. What comes after a quiet time is told at once."""
        time = asyncio.get_running_loop().time
        began = time()
        await self.spread(fresh)
        took = time() - began
        if took > WORTH_GATHERING:
            await asyncio.sleep(min(took, LONGEST_GATHERING))

    async def _again(self, reason: ResyncReason) -> None:
        """Tell everybody to query again, and go on from now."""
        again = await self.resync(reason)
        self.forget()  # what is held ready has no gaps
        self.head = again.seq
        for cursor in self._begun():
            cursor.stop()
            cursor.begin(again.seq, [again])
        await self.spread()

    def _begun(self) -> list[Cursor]:
        """Those that are told already; others find out by themselves where to begin."""
        return [cursor for cursor in self.cursors if cursor.has_begun]

    async def resync(self, reason: ResyncReason) -> Rendered:
        """Word that the client has to query again, as things stand now."""
        topic, channel = self._topic, self.channel
        at = place(channel.epoch, channel.name, channel.head)
        self.hub.counts.resyncs[reason.name] += 1
        return (await self._answers([(channel.head, at, topic.resync(at, reason))]))[0]

    async def block(self, after: int) -> Sequence[Rendered]:
        while True:
            concealed = self.channel.concealed
            known = await self._block(after // Log.BLOCK)
            if concealed == self.channel.concealed:
                return gapless(known, after) or [await self.resync(ResyncReason.TRIMMED)]

    async def _block(self, number: int) -> Sequence[Rendered]:
        known = self._blocks.get(number)
        if known is None:
            loading = self._loading.get(number)
            if loading is None:
                loading = self._loading[number] = asyncio.create_task(self._load(number))
                loading.add_done_callback(lambda _: self._loading.pop(number, None))
            known = await asyncio.shield(loading)
        return known

    async def _load(self, number: int) -> Sequence[Rendered]:
        concealed = self.channel.concealed
        events = await self.channel.read(number * Log.BLOCK, min((number + 1) * Log.BLOCK, self.head))
        rendered = await self._rendered(events) if events else []
        if len(rendered) == Log.BLOCK and concealed == self.channel.concealed:
            self._blocks[number] = rendered
            if len(self._blocks) > BLOCKS:
                self._blocks.popitem(last=False)
        return rendered

    async def _rendered(self, events: Sequence[Logged]) -> list[Rendered]:
        topic, channel = self._topic, self.channel
        told = [(event.seq, place(channel.epoch, channel.name, event.seq), event) for event in events]
        while True:
            concealed = channel.concealed
            rendered = await self._answers([(seq, at, topic.event(at, event)) for seq, at, event in told])
            if concealed == channel.concealed:
                return rendered

    async def _answers(self, told: Iterable[tuple[int, str, Any]]) -> list[Rendered]:
        told = list(told)
        answers = await self.hub.render(self.subscription, [value for _, _, value in told], self.context)
        return [
            Rendered(seq, encoded({**answer, "extensions": {"cursor": at}}), at)
            for (seq, at, _), answer in zip(told, answers, strict=True)
        ]

    @property
    def _topic(self) -> LogTopic:
        return self.channel.topic
