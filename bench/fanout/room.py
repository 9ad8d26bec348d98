"""One debate on one server: viewers come in, and comments are published."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from time import monotonic

from bench.fanout.checking import Heard, checksums, expect_alike, expect_complete, expect_in_order, read
from bench.fanout.crowd import Crowd
from bench.fanout.frames import WrongDelivery, payload_of
from bench.fanout.lines import Line, metric, until_subscribed
from bench.fanout.publishing import MESSAGE_BYTES, Publisher
from bench.fanout.viewers import Viewer, script
from bench.serving import Server

WINDOW = 200  # viewers that connect at a time
WARM_UP = 20  # comments
PATIENCE = 120.0  # seconds


class Room:
    """`start` is what was heard last before the viewers came: they follow what comes after it.

    Comments go in through `writer`, which may be another server than the one that is measured.
    """

    start: Heard | None = None
    message_bytes = 0

    def __init__(self, server: Server, writer: Server, tokens: Sequence[str], debate_id: str) -> None:
        self.server, self.crowd = server, Crowd()
        self.viewers: list[Viewer] = []
        self._tokens, self._debate_id = tokens, debate_id
        self._line = Line(self.crowd, server.port)
        self.publisher = Publisher(self.crowd, writer.port, tokens, debate_id)
        self._first = self._heard = 0  # comments published, and messages heard by all, when the viewers came

    @property
    def published(self) -> int:
        """How many comments each viewer is to hear."""
        return self.publisher.published - self._first

    def is_settled(self) -> bool:
        """Whether everybody has heard everything."""
        heard = self.crowd.heard - self._heard
        return self.publisher.is_settled and heard >= self.published * len(self.viewers)

    def viewer(
        self, number: int, *, resume: str | None = None, diary: bool = True, buffer: int | None = None
    ) -> Viewer:
        """Connects now."""
        token, after = self._tokens[number % len(self._tokens)], self.start.cursor if self.start else None
        said = script(self.server.port, token, self._debate_id, after, resume)
        return Viewer(self.server.port, said, diary=diary, receive_buffer=buffer)

    def fill(self, count: int, diaries: int) -> float:
        """Viewers come in, some of whom keep a diary; the seconds until all are subscribed."""
        every = max(1, count // diaries)
        return self.gather([partial(self.viewer, number, diary=number % every == 0) for number in range(count)])

    def gather(self, makers: Sequence[Callable[[], Viewer]]) -> float:
        """Let viewers in, a window at a time; the seconds until the server says that all are subscribed."""
        began, waiting = monotonic(), deque(makers)
        wanted = self.crowd.subscribed + len(waiting)

        def are_subscribed() -> bool:
            while waiting and wanted - len(waiting) - self.crowd.subscribed < WINDOW:
                self.viewers.append(waiting.popleft()())
                self.crowd.add(self.viewers[-1])
            return self.crowd.subscribed == wanted

        self.wait(are_subscribed)
        until_subscribed(self.crowd, self._line, len(self.viewers))
        return monotonic() - began

    def leave(self, viewers: Sequence[Viewer]) -> None:
        """Returns when the server knows."""
        for viewer in viewers:
            self.crowd.leave(viewer)
            self.viewers.remove(viewer)
        until_subscribed(self.crowd, self._line, len(self.viewers))

    def metric(self, name: str) -> int:
        """What the server counts under this name."""
        return metric(self.crowd, self._line, name)

    def wait(self, until: Callable[[], bool]) -> None:
        """Raises WrongDelivery when it does not come."""
        if not self.crowd.run(until, PATIENCE):
            raise WrongDelivery(f"Something is still missing after {PATIENCE:g} seconds.")

    def close(self) -> None:
        self.publisher.close()
        self._line.close()
        self.crowd.close()

    def warm_up(self) -> None:
        """Somebody watches a few comments and leaves: what has to be loaded is, and messages get their length."""
        self.gather([partial(self.viewer, 0)])
        (viewer,) = self.viewers
        for heard in range(1, WARM_UP + 1):
            self.publisher.publish()
            self.wait(self.is_settled)
            whole = viewer.diary[-1][1]
            if heard == 1:
                self.publisher.padding += max(0, MESSAGE_BYTES - len(payload_of(whole)))
        self.start, self.message_bytes = read(viewer.diary[-1]), len(payload_of(whole))
        self.leave([viewer])
        self._first, self._heard = self.publisher.published, self.crowd.heard

    def verified(self, *, is_complete: bool) -> list[Heard]:
        """What the diaries tell, once it is seen that they are right and that all viewers heard the same bytes.

        Where not everything is delivered yet, those that keep a diary are first let catch up with who is ahead of them.
        Raises WrongDelivery.
        """
        taken = [(viewer.heard, viewer.checksum) for viewer in self.viewers]
        furthest, keepers = max(heard for heard, _ in taken), [each for each in self.viewers if each.keeps_diary]
        if not is_complete:
            self.wait(lambda: max(keeper.heard for keeper in keepers) >= furthest)
        told = [[read(noted) for noted in keeper.diary] for keeper in keepers]
        for one in told:
            expect_in_order(one, self.start.place if self.start else 0)
            if is_complete:
                expect_complete(one, range(self._first, self.publisher.published))
        longest = max(keepers, key=lambda keeper: keeper.heard)
        expect_alike(taken, checksums(longest.diary))
        if is_complete and any(heard != self.published for heard, _ in taken):
            raise WrongDelivery(f"Somebody did not hear all of {self.published} comments.")
        return [heard for one in told for heard in one]


@contextmanager
def opened(server: Server, writer: Server, tokens: Sequence[str], debate_id: str) -> Iterator[Room]:
    """Warmed up, and without viewers."""
    room = Room(server, writer, tokens, debate_id)
    try:
        room.warm_up()
        yield room
    finally:
        room.close()
