"""Subscriptions that are told the newest value alone: of a state, or of how many are there."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gateway.execution.answers import encoded
from gateway.execution.running import Asking
from gateway.execution.subscribing import Subscription
from gateway.live.cursors import Cursor
from gateway.live.feed import Heard
from gateway.live.groups import Group
from gateway.live.rendered import Rendered
from modules.kernel import clock
from modules.kernel.live import AudienceTopic, State, StateTopic
from modules.kernel.live import cursor as place
from modules.kernel.policy import Viewer

if TYPE_CHECKING:
    from gateway.live.hub import Hub

PAUSE = 0.25  # seconds between two values of a state
BREATH = 1.0  # seconds between two numbers of an audience


class NewestGroup(Group):
    """The newest value alone. Updates are numbered; who missed some is told the last one."""

    def __init__(self, hub: "Hub", key: UUID, name: str, subscription: Subscription, viewer: Viewer) -> None:
        super().__init__(hub, key, name, subscription, viewer)
        self.newest: Rendered | None = None

    def enter(self, cursor: Cursor) -> None:
        super().enter(cursor)
        if cursor.has_begun:  # elsewhere, where updates were numbered otherwise and may have looked otherwise
            cursor.begin(0)

    def take(self, cursor: Cursor) -> Sequence[Rendered]:
        if self.newest is None or cursor.position >= self.head:
            return ()
        cursor.position = self.head
        return (self.newest,)

    async def push(self, value: Any, cursor: str = "", *, is_final: bool = False) -> None:
        (answer,) = await self.hub.render(self.subscription, [value], self.context)
        more = {"extensions": {"cursor": cursor}} if cursor else {}
        await self.hub.settled()
        self.head += 1
        self.newest, self.is_over = Rendered(self.head, encoded({**answer, **more}), cursor), is_final
        await self.spread()


class StateGroup(NewestGroup):
    """A value that is loaded when its topic has grown, or its time has come."""

    topic: StateTopic

    def __init__(self, hub: "Hub", topic: StateTopic, key: UUID, subscription: Subscription, viewer: Viewer) -> None:
        super().__init__(hub, key, topic.name(key), subscription, viewer)
        self.topic = topic
        self._heard: Heard | None = None
        self._arguments = {name: value for name, value in subscription.arguments.items() if name != topic.argument}

    async def run(self) -> None:
        time = asyncio.get_running_loop().time
        with self.hub.feed.listen(self.name) as heard:
            self._heard = heard
            while True:
                began = time()
                state = await self.hub.patiently(self._load)
                await self.push(
                    state.value, place(self.hub.sessions.epoch, self.name, state.version), is_final=state.is_final
                )
                if state.is_final:
                    return
                await self._change(state, heard)
                await asyncio.sleep(began + PAUSE - time())

    def look(self) -> None:
        """Load it anew, even if nothing new is heard of."""
        if self._heard is not None:
            self._heard.nudge()

    def _load(self) -> Any:
        return self.topic.load(Asking(self.context.fresh()), self.key, **self._arguments)

    async def _change(self, state: State, heard: Heard) -> None:
        """Return when the state has become another, by an event or by the time."""
        left = None if state.changes_at is None else (state.changes_at - clock.now()).total_seconds()
        try:
            async with asyncio.timeout(left):
                await heard.beyond(state.version)
        except TimeoutError:
            return


class AudienceGroup(NewestGroup):
    """How many are there, told when it has changed."""

    def __init__(self, hub: "Hub", topic: AudienceTopic, key: UUID, subscription: Subscription, viewer: Viewer) -> None:
        super().__init__(hub, key, topic.name(key), subscription, viewer)
        self.topic = topic

    async def run(self) -> None:
        audiences, told = self.hub.audiences, -1
        while True:
            changed = audiences.changed(self.name)
            number = audiences.count(self.name)
            if number != told:
                told = number
                await self.push(self.topic.show(number))
                await asyncio.sleep(BREATH)
            await changed.wait()
