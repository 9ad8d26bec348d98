"""The benchmark of fan-out runs, on few viewers: its figures mean nothing here. What it counts, it knows to be right."""

import os
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from zlib import crc32

import orjson
import pytest

if not hasattr(select, "epoll"):
    pytest.skip("needs epoll", allow_module_level=True)

from bench.fanout.checking import checksums, expect_alike, fault, percentiles, place
from bench.fanout.crowd import Crowd
from bench.fanout.figures import Figures, Slow
from bench.fanout.frames import CLOSE, PING, TEXT, Frame, WrongDelivery, client_frame, cut, payload_of, server_frame
from bench.fanout.limit import Limit
from bench.fanout.room import Room
from bench.fanout.table import printed, told_of_slow
from bench.fanout.viewers import Viewer, script
from bench.serving import Server

ROOT = Path(__file__).parents[2]
TEXTS = [b"{}", b"a" * 125, b"b" * 126, b"c" * 470, b"d" * 60_000]
STREAM = b"".join(map(server_frame, TEXTS))


@pytest.mark.soak  # slow: it runs what `make bench` runs
def test_viewers_are_measured_on_ours(postgres: str, tmp_path: Path) -> None:
    """Beside the limit; a process of its own, which pins itself to some of the cores."""
    options = ["--tiny", "--no-peers", "--postgres-url", postgres, "--results", str(tmp_path)]
    command = [sys.executable, "-m", "bench.fanout", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (kept,) = tmp_path.iterdir()
    outcome = orjson.loads(kept.read_bytes())
    assert [each["server"] for each in outcome["viewers"]] == ["spilno", "the limit: same bytes to raw sockets"]
    for each in outcome["viewers"]:
        assert each["is_complete"]
        assert each["singles"] == 3
        assert 460 <= each["message_bytes"] <= 480
        assert 0 < each["delivered"] <= 2 * each["offered"]
        assert 0 < each["single_p50_ms"] <= each["single_p99_ms"]
    assert outcome["slow"]["comments"] >= 20
    assert "nobody missed anything" in done.stdout


@pytest.mark.parametrize("options", [["--peers", "apache"], ["--only", "everything"]])
def test_what_nobody_knows_is_refused(options: list[str]) -> None:
    command = [sys.executable, "-m", "bench.fanout", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert options[1] in done.stderr


@pytest.mark.parametrize("size", [1, 2, 3, 5, 127, 474, 475, 1 << 20])
def test_frames_are_found_however_their_bytes_are_cut(size: int) -> None:
    found: list[Frame] = []
    kept = b""
    for begins in range(0, len(STREAM), size):
        frames, kept = cut(kept + STREAM[begins : begins + size])
        found += frames
    assert [(frame.opcode, frame.payload) for frame in found] == [(TEXT, text) for text in TEXTS]
    assert b"".join(frame.whole for frame in found) == STREAM
    assert kept == b""


def test_frames_of_all_lengths_have_their_payload() -> None:
    huge = b"e" * 70_000
    whole = bytes((0x81, 127)) + len(huge).to_bytes(8, "big") + huge
    assert [payload_of(server_frame(text)) for text in TEXTS] == TEXTS
    assert payload_of(whole) == huge
    assert cut(whole + b"\x89") == ([(TEXT, whole, huge)], b"\x89")


def test_frames_that_keep_or_end_a_socket_are_told_apart() -> None:
    frames, _ = cut(b"\x89\x02hi" + b"\x88\x02\x03\xf4")
    assert [(frame.opcode, frame.payload) for frame in frames] == [(PING, b"hi"), (CLOSE, b"\x03\xf4")]


@pytest.mark.parametrize("first", [0x01, 0x80, 0xC1, 0x48])
def test_a_piece_of_a_message_and_what_is_no_frame_are_wrong(first: int) -> None:
    with pytest.raises(WrongDelivery):
        cut(bytes((first, 2)) + b"{}")


@pytest.mark.parametrize("size", [0, 125, 126, 5_000])
def test_clients_mask_what_they_send(size: int) -> None:
    """With zeros: a server that unmasks it has the same."""
    frame = client_frame(TEXT, b"x" * size)
    assert frame[1] & 0x80
    assert frame.endswith(bytes(4) + b"x" * size)
    length = frame[1] & 0x7F
    assert (length if length < 126 else int.from_bytes(frame[2:4], "big")) == size


@pytest.mark.parametrize(
    ("places", "wrong"),
    [
        ([], None),
        ([8, 9, 10], None),
        ([8, 10], "9 to 9 did not come before 10"),
        ([11], "8 to 10 did not come before 11"),
        ([8, 8], "8 came after 8"),
        ([8, 9, 8], "8 came after 9"),
        ([7], "7 came after 7"),
    ],
)
def test_gaps_and_repetitions_are_found(places: list[int], wrong: str | None) -> None:
    assert fault(places, after=7) == wrong


def test_the_place_is_the_last_part_of_a_cursor() -> None:
    assert place("8f3b01aa4c20.5d41402a.1207") == 1207


def test_viewers_must_have_heard_the_same_bytes() -> None:
    known = checksums([(0, b"one"), (0, b"two")])
    expect_alike([(0, 0), (1, known[1]), (2, known[2])], known)
    for heard, checksum in ((1, known[2]), (2, known[1]), (2, checksums([(0, b"two"), (0, b"one")])[2]), (3, 0)):
        with pytest.raises(WrongDelivery):
            expect_alike([(heard, checksum)], known)


@pytest.mark.parametrize(
    ("values", "expected"), [([5.0], (5.0, 5.0)), ([1.0, 3.0], (2.0, 2.98)), ([*range(101)], (50.0, 99.0))]
)
def test_percentiles(values: list[float], expected: tuple[float, float]) -> None:
    assert percentiles(values) == expected


def test_nothing_has_no_percentiles() -> None:
    with pytest.raises(ValueError, match="Nothing was measured"):
        percentiles([])


class Unfaithful(Limit):
    """Tells one viewer something else once: `wrong` makes the frames of a comment that has this place in the log."""

    def __init__(self, listener: socket.socket, viewer: int, at: int, wrong: Callable[[bytes], list[bytes]]) -> None:
        super().__init__(listener)
        self._victim, self._at, self._wrong = viewer, b'"limit.%d"' % at, wrong

    def tell(self, viewer: socket.socket, frame: bytes) -> None:
        is_victim = list(self.viewers.values()).index(viewer) == self._victim
        for each in self._wrong(frame) if is_victim and self._at in frame else [frame]:
            super().tell(viewer, each)


@contextmanager
def _room(make: Callable[[socket.socket], Limit]) -> Iterator[Room]:
    """Eight viewers, the first and the fifth of whom keep a diary. The server has its turns in the client's loop."""
    with socket.create_server(("127.0.0.1", 0)) as listener, closing(make(listener)) as limit:
        served = Server(listener.getsockname()[1], os.getpid(), None)
        with closing(Room(served, served, ["a token"], "a debate")) as room:
            room.crowd.attend(limit.fileno(), limit.turn)
            room.warm_up()
            room.fill(8, diaries=2)
            yield room


def _publish(room: Room, comments: int = 5) -> bool:
    """Whether everybody heard as much as was published."""
    for _ in range(comments):
        room.publisher.publish()
        room.wait(lambda: room.publisher.is_settled)
    return room.crowd.run(room.is_settled, 0.1)


def test_what_everybody_heard_is_right() -> None:
    with _room(Limit) as room:
        assert _publish(room)
        told = room.verified(is_complete=True)
    assert [heard.number for heard in told] == [20, 21, 22, 23, 24] * 2  # 20 were heard by nobody: warming up
    assert [heard.place for heard in told] == [21, 22, 23, 24, 25] * 2
    assert all(heard.sent < heard.arrived for heard in told)


WRONGS: dict[str, Callable[[bytes], list[bytes]]] = {
    "lost": lambda frame: [],
    "doubled": lambda frame: [frame, frame],
    "altered": lambda frame: [frame.replace("Мешканка".encode(), "Громадка".encode())],
    "another": lambda frame: [frame.replace(b'"limit.2', b'"limit.9')],
}


@pytest.mark.parametrize("wrong", WRONGS)
@pytest.mark.parametrize("viewer", [0, 1], ids=["diary", "no diary"])
@pytest.mark.parametrize("at", [23, 25], ids=["amid", "last"])
def test_what_one_viewer_did_not_hear_right_fails_the_run(viewer: int, at: int, wrong: str) -> None:
    with _room(lambda listener: Unfaithful(listener, viewer, at, WRONGS[wrong])) as room:
        _publish(room)
        with pytest.raises(WrongDelivery):
            room.verified(is_complete=True)


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (server_frame(b'{"id":"1","type":"complete"}'), "complete"),
        (server_frame(b'{"id":"1","type":"error","payload":[]}'), "error"),
        (b"\x88\x02\x03\xf5", "1013"),
    ],
)
def test_a_viewer_whose_updates_end_fails_the_run(frame: bytes, said: str) -> None:
    with (
        _room(lambda listener: Unfaithful(listener, 1, 23, lambda _: [frame])) as room,
        pytest.raises(WrongDelivery, match=said),
    ):
        _publish(room)


def test_who_is_behind_is_no_fault_where_not_everything_must_come() -> None:
    with _room(lambda listener: Unfaithful(listener, 0, 25, WRONGS["lost"])) as room:
        assert not _publish(room)
        assert len(room.verified(is_complete=False)) == 4 + 5


def test_many_messages_that_come_at_once_are_counted_too() -> None:
    with _room(Limit) as room:
        for viewer in room.viewers[4:]:
            room.crowd.stall(viewer)
        assert not _publish(room, 30)
        for viewer in room.viewers[4:]:
            room.crowd.add(viewer)
        room.wait(room.is_settled)
        assert len(room.verified(is_complete=True)) == 60


def test_who_keeps_a_diary_catches_up_before_others_are_compared_with_it() -> None:
    with _room(Limit) as room:
        keepers = [viewer for viewer in room.viewers if viewer.keeps_diary]
        for viewer in keepers:
            room.crowd.stall(viewer)
        assert not _publish(room)
        for viewer in keepers:
            room.crowd.add(viewer)
        assert len(room.verified(is_complete=False)) == 10


def test_the_rest_of_a_message_is_not_taken_for_another() -> None:
    """However much it looks like one."""
    looks_whole = bytes((0x81, 126)) + b"  " + b"x" * int.from_bytes(b"  ", "big")
    whole = server_frame(b'{"type":"next","payload":"' + looks_whole)
    with socket.create_server(("127.0.0.1", 0)) as listener, closing(Limit(listener)) as limit:
        viewer, crowd = Viewer(listener.getsockname()[1], script(0, "", "", None), diary=False), Crowd()
        crowd.attend(limit.fileno(), limit.turn)
        crowd.add(viewer)
        assert crowd.run(lambda: len(limit.viewers) == 1, 5)
        (told,) = limit.viewers.values()
        told.sendall(whole.removesuffix(looks_whole))
        assert crowd.run(lambda: bool(viewer.kept), 5)
        told.sendall(looks_whole)
        assert crowd.run(lambda: crowd.heard == 1, 5)
        assert viewer.checksum == crc32(whole)
        crowd.close()


def test_a_server_may_close_what_rests() -> None:
    """As servers do after some seconds: whoever publishes next has a new connection."""
    limits: list[Limit] = []

    def kept(listener: socket.socket) -> Limit:
        limits.append(Limit(listener))
        return limits[0]

    with _room(kept) as room:
        (limit,) = limits
        before = len(limit.connections)
        for descriptor in limit.connections.keys() - limit.viewers.keys():
            limit.connections.pop(descriptor).close()
        room.wait(lambda: len(limit.connections) == before)
        assert _publish(room, 3)
        assert len(room.verified(is_complete=True)) == 6


def test_the_moments_of_arrivals_are_kept_on_demand() -> None:
    with _room(Limit) as room:
        arrivals: list[int] = []
        room.crowd.arrivals = arrivals
        assert _publish(room, 2)
        assert len(arrivals) == 16
        assert arrivals == sorted(arrivals)


def test_ratios_come_first_and_goals_stand_beside_them() -> None:
    ours = _figures("spilno", delivered=100_000, single_p99_ms=80.0, connecting=7.0)
    peer = _figures("graphql-ws", delivered=12_500, single_p99_ms=480.0, connecting=3.5)
    lines = [" ".join(line.split()) for line in printed(ours, [peer], None).splitlines()]
    assert lines[:3] == [
        "ahead of graphql-ws",
        "messages delivered a second, and goal 8.0 > 5",
        "p99 of one event 6.0",
    ]
    assert "time until all are subscribed 0.5" in lines
    assert "p99 of one event, ms: to be less 80.0 < 150" in lines
    assert "seconds until all are subscribed: to be less 7.00 > 6" in lines


def test_ours_alone_has_no_ratios() -> None:
    told = printed(_figures("spilno", delivered=1.0, single_p99_ms=1.0, connecting=1.0), [], None)
    assert "ahead of" not in told
    assert "spilno" in told


def test_slow_viewers_are_told_of() -> None:
    slow = Slow(10, 50, 150.0, 1_500, 690, 1_100, 4.0, 25.0, [600, 640], 0.4, 0.5, 0.7)
    told = told_of_slow(slow)
    assert "p99 25.0 > 20 ms" in told
    assert "1,100 of 1,500 events were not sent" in told
    assert "34,500 KB" in told


def _figures(server: str, *, delivered: float, single_p99_ms: float, connecting: float) -> Figures:
    return Figures(
        server=server,
        viewers=5_000,
        message_bytes=470,
        connecting=connecting,
        kilobytes=26.0,
        singles=20,
        single_p50_ms=40.0,
        single_p99_ms=single_p99_ms,
        mutation_ms=4.0,
        offered=100_000,
        delivered=delivered,
        p50_ms=40.0,
        p99_ms=90.0,
        cpu_us=9.0,
        busy=0.9,
        client_busy=0.4,
        is_complete=True,
    )
