"""A client as the hub knows it: who it is, until when that is sure, and what it follows."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import structlog
from graphql import GraphQLError

from gateway.execution.engine import refused
from gateway.execution.errors import internal_error
from gateway.execution.subscribing import Subscription
from gateway.live.cursors import Cursor
from gateway.live.hub import Hub
from gateway.live.messages import Closing
from gateway.sessions import Concerned, keys_of
from modules.kernel import clock
from modules.kernel.context import Context
from modules.kernel.policy import Viewer
from modules.kernel.refusals import Refusal

RETRY = 0.5  # seconds until it is asked again who somebody is, when the database did not answer
TOO_SLOW = Closing(1013, "You are too far behind: connect again.")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Admission:
    """A context for one operation, and until when its viewer is sure; None for nobody in particular, who stays that."""

    context: Context
    until: datetime | None = None


Admit = Callable[[], Awaitable[Admission]]


class NotAdmitted(Refusal):
    """The client is nobody any more."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(code=refusal.code, message=refusal.message)
        self.refusal = refusal


class Transport(Protocol):
    """The way to a client."""

    def wake(self, cursor: Cursor) -> None:
        """There may be something to take."""

    def refuse(self, cursor: Cursor, errors: Sequence[dict[str, Any]]) -> None:
        """The subscription has ended, with these errors."""

    def end(self, farewell: Closing) -> None:
        """Let the client go."""


class Subscriber:
    """`admit` tells who the client is now; a Refusal that it raises ends everything with 4403.

    As soon as something is announced that concerns it, or the time has come, nothing is told until it is known anew who it is
    and as whom each of its subscriptions is shown what happens.
    """

    def __init__(self, hub: Hub, people: "People", admit: Admit, transport: Transport) -> None:
        self._hub, self._people, self._admit, self._transport = hub, people, admit, transport
        self.cursors: dict[str, Cursor] = {}
        self.viewer: Viewer | None = None
        self._turn = 0  # counts what may have made an answer to who it is stale
        self._is_suspect = self._is_gone = False
        self._until: datetime | None = None
        self._sure_until = float("inf")  # the same by the loop's clock
        self._time = asyncio.get_running_loop().time
        self._timer: asyncio.TimerHandle | None = None
        self._looking: asyncio.Task[None] | None = None

    @property
    def may_hear(self) -> bool:
        return not self._is_suspect and self._time() < self._sure_until

    async def admitted(self) -> Context:
        """A context with what holds now. Raises NotAdmitted."""
        try:
            admission = await self._admit()
        except Refusal as refusal:
            raise NotAdmitted(refusal) from None
        self._know(admission)
        return admission.context

    async def follow(self, id: str, subscription: Subscription, resume: str | None = None) -> Cursor:
        """Begin to be told. Raises NotAdmitted, a Refusal or GraphQLError."""
        cursor = self._hub.open(self, id, subscription, resume=resume)
        self.cursors[id] = cursor
        try:
            await self._hub.patiently(lambda: self._begin(cursor))
        except BaseException:
            self.stop(cursor)
            raise
        if not self._is_gone:
            self.wake(cursor)
        return cursor

    async def _begin(self, cursor: Cursor) -> None:
        """Who it is has to be asked after it is known here that it follows: what is announced since finds it. It is told from
        the moment on when that, and where it begins, is known together."""
        await cursor.channel.ready()
        if self.viewer is None:
            await self.admitted()
        while True:
            turn = self._turn
            await self._hub.admit(cursor, await self.admitted())
            start = await cursor.channel.start(cursor)
            if cursor.group is None:
                return  # it was refused meanwhile, and was told so
            if turn == self._turn:
                break
        cursor.begin(*start)

    def stop(self, cursor: Cursor) -> None:
        """Be told no more of this."""
        if self.cursors.get(cursor.id) is cursor:
            del self.cursors[cursor.id]
        self._hub.leave(cursor)

    def close(self) -> None:
        """The client is gone."""
        self._is_gone = True
        for cursor in list(self.cursors.values()):
            self.stop(cursor)
        if self._looking is not None:
            self._looking.cancel()
        if self._timer is not None:
            self._timer.cancel()
        self._people.forget(self)

    def wake(self, cursor: Cursor) -> None:
        # `may_hear`, without the call: this runs for every client at every update.
        if not self._is_suspect and self._time() < self._sure_until:
            self._transport.wake(cursor)

    def grant(self, cursor: Cursor, write: Callable[[bytes], None]) -> None:
        """Let frames for a cursor go the short way, as long as it is sure who this is."""
        cursor.write, cursor.until = write, self._sure_until

    def take_back(self) -> None:
        """Frames have to ask again."""
        for cursor in self.cursors.values():
            cursor.write = None

    def refuse(self, cursor: Cursor, errors: Sequence[dict[str, Any]]) -> None:
        self.stop(cursor)
        self._transport.refuse(cursor, errors)

    def too_slow(self) -> None:
        self._hub.counts.slow_closes += 1
        self._transport.end(TOO_SLOW)

    def suspect(self) -> None:
        """Something that concerns this client has changed: it is told nothing until it is known what."""
        self._turn += 1
        self._is_suspect = True
        self.take_back()
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_again(), name="who is it now")

    def _know(self, admission: Admission) -> None:
        viewer = admission.context.viewer
        if viewer != self.viewer:
            self._people.move(self, self.viewer, viewer)
            self.viewer = viewer
        if admission.until == self._until and not self._is_suspect:
            return  # the timer is set
        self._until = admission.until
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._sure_until = float("inf")
        if admission.until is not None:
            left = (admission.until - clock.now()).total_seconds()
            self._sure_until = self._time() + left
            self._timer = asyncio.get_running_loop().call_at(self._sure_until, self.suspect)

    async def _look_again(self) -> None:
        try:
            while self._is_suspect:
                turn = self._turn
                try:
                    await self._place_again(await self.admitted())
                except NotAdmitted as error:
                    self._transport.end(Closing(4403, error.refusal.message))
                    return
                except Exception as error:  # it cannot be known now, and until then nothing is told
                    log.warning("viewer_not_known", error=f"{type(error).__name__}: {error}")
                    await asyncio.sleep(RETRY)
                    continue
                self._is_suspect = turn != self._turn
        finally:
            self._looking = None
        for cursor in list(self.cursors.values()):
            self.wake(cursor)

    async def _place_again(self, context: Context) -> None:
        """Move each cursor to those who are told the same now, and drop what may no longer be followed."""
        for cursor in list(self.cursors.values()):
            if not cursor.has_begun:
                continue  # it is on its way, and will find that it has to ask again
            try:
                await self._hub.admit(cursor, context)
            except (Refusal, GraphQLError) as error:
                told = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
                self.refuse(cursor, refused([told], context.request_id)["errors"])


class People:
    """Whose clients are here: those that a change concerns are found, and told nothing until it is known what it means."""

    def __init__(self, hub: Hub) -> None:
        self._by_key: dict[UUID, set[Subscriber]] = {}
        hub.sessions.watchers.append(self._changed)

    def __len__(self) -> int:
        return len({subscriber for subscribers in self._by_key.values() for subscriber in subscribers})

    def move(self, subscriber: Subscriber, before: Viewer | None, now: Viewer | None) -> None:
        for key in keys_of(before):
            subscribers = self._by_key.get(key)
            if subscribers is not None:
                subscribers.discard(subscriber)
                if not subscribers:
                    del self._by_key[key]
        for key in keys_of(now):
            self._by_key.setdefault(key, set()).add(subscriber)

    def forget(self, subscriber: Subscriber) -> None:
        self.move(subscriber, subscriber.viewer, None)

    def _changed(self, concerned: Concerned | None) -> None:
        found = self._by_key.keys() if concerned is None else concerned & self._by_key.keys()
        for subscriber in {each for key in found for each in self._by_key[key]}:
            subscriber.suspect()


def failure(error: Exception, request_id: str) -> list[dict[str, Any]]:
    """What a client is told of a subscription that could not begin; a bug of ours is logged here, and masked."""
    if isinstance(error, Refusal):
        error = GraphQLError(str(error), original_error=error)
    if isinstance(error, GraphQLError):
        errors: list[dict[str, Any]] = refused([error], request_id)["errors"]
        return errors
    return [internal_error(error, request_id)]
