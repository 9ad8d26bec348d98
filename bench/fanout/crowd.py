"""Thousands of sockets on a part of one core: epoll, one buffer, a checksum; hardly any Python for a message."""

import select
from collections.abc import Callable, Sequence
from time import monotonic, monotonic_ns
from zlib import crc32

from bench.fanout.frames import LAST, TEXT
from bench.fanout.viewers import Viewer

AT_ONCE = 256  # sockets that are read before the time is looked at
WAITING = 0.001  # seconds: how late what is due may be when nothing arrives


class Crowd:
    """Viewers, and whatever else has a socket. `heard` counts the messages of all viewers.

    While `arrivals` is a list, the moment of every message is added to it (`monotonic_ns`).
    """

    def __init__(self) -> None:
        self.heard = self.subscribed = 0
        self.arrivals: list[int] | None = None
        self.ticking: Callable[[], None] = lambda: None  # called between reads, for what is due
        self._epoll = select.epoll()
        self._viewers: dict[int, Viewer] = {}
        self._others: dict[int, Callable[[], None]] = {}
        self._buffer = bytearray(1 << 18)
        self._view = memoryview(self._buffer)

    def __len__(self) -> int:
        return len(self._viewers)

    def add(self, viewer: Viewer) -> None:
        """Read what it is sent."""
        self._viewers[viewer.socket.fileno()] = viewer
        self._epoll.register(viewer.socket, select.EPOLLIN)

    def stall(self, viewer: Viewer) -> None:
        """Read nothing more of it, until it is added again."""
        self._epoll.unregister(viewer.socket)
        del self._viewers[viewer.socket.fileno()]

    def leave(self, viewer: Viewer) -> None:
        if viewer.socket.fileno() in self._viewers:
            self.stall(viewer)
        viewer.socket.close()

    def attend(self, descriptor: int, on_readable: Callable[[], None]) -> None:
        """Another socket than a viewer's."""
        self._others[descriptor] = on_readable
        self._epoll.register(descriptor, select.EPOLLIN)

    def close(self) -> None:
        for viewer in list(self._viewers.values()):
            self.leave(viewer)
        self._epoll.close()

    def run(self, until: Callable[[], bool], within: float) -> bool:
        """Read until something is so; whether it became so within these seconds. Raises WrongDelivery."""
        deadline = monotonic() + within
        while not until():
            if monotonic() > deadline:
                return False
            self.ticking()
            self._read(self._epoll.poll(WAITING, AT_ONCE))
        return True

    def rest(self, seconds: float) -> None:
        """Read for so long."""
        self.run(lambda: False, seconds)

    def _read(self, ready: Sequence[tuple[int, int]]) -> None:
        """A message that comes alone and whole, as nearly all do, costs no call but the system's and the checksum's."""
        buffer, view, viewers, arrivals, heard = self._buffer, self._view, self._viewers, self.arrivals, 0
        for descriptor, _ in ready:
            viewer = viewers.get(descriptor)
            if viewer is None:
                self._others[descriptor]()
                continue
            size = viewer.receive(buffer)
            is_whole = size == (buffer[2] << 8 | buffer[3]) + 4 and buffer[1] == 126 and buffer[0] == LAST | TEXT
            if is_whole and not viewer.kept:
                found = 1
                if viewer.keeps_diary:
                    viewer.note(view[:size])
                else:
                    viewer.checksum = crc32(view[:size], viewer.checksum)
                    viewer.heard += 1
            else:
                was_subscribed = viewer.is_subscribed
                found = viewer.take(bytes(view[:size]))
                self.subscribed += viewer.is_subscribed - was_subscribed
            heard += found
            if arrivals is not None and found:
                arrivals.extend([monotonic_ns()] * found)
        self.heard += heard
