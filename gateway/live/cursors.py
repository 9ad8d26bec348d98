"""One subscription of one client: how far it has been told."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import orjson
import structlog

from gateway.execution.subscribing import Subscription
from gateway.live.rendered import Rendered

if TYPE_CHECKING:
    from gateway.live.channels import Channel
    from gateway.live.groups import Group

RETRY = 0.5  # seconds until what could not be read is read again
PIECE = 16_384  # bytes that are sent before it is looked whether the client takes more
NOT_BEGUN = 1 << 62  # the position of who is told nothing yet: beyond every update
log = structlog.get_logger(__name__)


class Sink(Protocol):
    """What a client is told through."""

    def wake(self, cursor: "Cursor") -> None:
        """There may be something to take. Never raises, never waits."""

    def refuse(self, cursor: "Cursor", errors: Sequence[dict[str, Any]]) -> None:
        """The subscription has ended, with these errors."""

    def too_slow(self) -> None:
        """The client is so far behind that it does better to come back."""


class Cursor:
    """Where a subscription stands among the updates of its group. Updates are not queued for it: it takes what it has not
    been told yet when its client can take it.

    write: takes whole frames for its client without asking anybody, until the loop's clock says `until`. Its wire grants that
    when the client has taken everything; whatever may make it wrong takes it back.
    """

    __slots__ = (
        "after",
        "backlog",
        "channel",
        "group",
        "id",
        "key",
        "label",
        "position",
        "sink",
        "subscription",
        "task",
        "until",
        "write",
    )

    def __init__(
        self, sink: Sink, id: str, subscription: Subscription, channel: "Channel[Any]", key: UUID, after: str | None
    ) -> None:
        self.sink, self.id, self.subscription, self.channel, self.key = sink, id, subscription, channel, key
        self.label = orjson.dumps(id)[1:-1]  # as it stands in JSON
        self.after = after
        self.group: Group | None = None  # until it may be told
        self.position = NOT_BEGUN
        self.backlog: Sequence[Rendered] = ()  # what comes before anything that its group holds ready
        self.task: asyncio.Task[None] | None = None
        self.write: Callable[[bytes], None] | None = None
        self.until = 0.0

    def begin(self, position: int, backlog: Sequence[Rendered] = ()) -> None:
        """Be told what comes after this, the backlog first."""
        self.position, self.backlog = position, backlog

    @property
    def has_begun(self) -> bool:
        return self.position != NOT_BEGUN

    def take(self, most: int = PIECE) -> Sequence[Rendered]:
        """What can be sent now, in order, some `most` bytes of it; it counts as told. Ask again until there is nothing."""
        if self.group is None:
            return ()
        if not self.backlog:
            return self._piece(self.group.take(self), most)
        taken, self.backlog = self.backlog, ()
        self.position = max(self.position, taken[-1].seq)
        return self._piece(taken, most)

    def _piece(self, taken: Sequence[Rendered], most: int) -> Sequence[Rendered]:
        """The first of them, at least one; the others are taken next."""
        size, last = 0, len(taken)
        for number, each in enumerate(taken, 1):
            size += len(each.payload)
            if size >= most and number < last:
                self.position, self.backlog = each.seq, taken[number:]
                return taken[:number]
        return taken

    @property
    def has_more(self) -> bool:
        """Whether there is something that it has not been told."""
        return self.group is not None and (self.position < self.group.head or bool(self.backlog))

    @property
    def is_over(self) -> bool:
        """Whether it has been told the last update there is."""
        return self.group is not None and self.has_begun and self.group.is_over and not self.has_more

    def fetch(self) -> None:
        """Get what the group no longer holds ready, without anybody waiting for it."""
        if self.task is None:
            self.task = asyncio.create_task(self._fetch(), name="cursor catches up")

    async def _fetch(self) -> None:
        group = self.group
        assert group is not None
        try:
            while True:
                try:
                    self.backlog = await group.block(self.position)
                    break
                except Exception as error:  # whatever the database has: nothing may be left out
                    log.warning("updates_not_read", error=f"{type(error).__name__}: {error}")
                    await asyncio.sleep(RETRY)
        finally:
            if self.task is asyncio.current_task():  # and not of one that was begun after this was stopped
                self.task = None
        self.sink.wake(self)

    def forget(self) -> None:
        """Let go of updates that were fetched: they are fetched again. Word that its client has to query again stays."""
        if self.backlog and self.backlog[0].seq > self.position:
            self.backlog = ()

    def stop(self) -> None:
        """Take no more, and fetch nothing any more."""
        if self.task is not None:
            self.task.cancel()
            self.task = None
        self.forget()
        self.write = None
