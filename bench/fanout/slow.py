"""Viewers that stop reading beside some that do not: what they cost, and whether they miss anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic

from bench.fanout.checking import percentiles, read
from bench.fanout.figures import Slow
from bench.fanout.room import Room
from bench.fanout.viewers import Viewer
from bench.processes import resident_bytes

RECEIVE_BUFFER = 16_384  # bytes that the kernel takes for one that does not read: the server is to notice soon
LOOK = 0.5  # seconds between two looks at the server's memory


@dataclass(frozen=True)
class SlowPlan:
    """Before the `seconds` in which some do not read, all of them do for `warm_up` seconds."""

    live: int = 10
    stalled: int = 50
    rate: float = 150.0
    seconds: float = 10.0
    warm_up: float = 4.0  # in which all who write have written: who they are is known from then on


@dataclass(frozen=True)
class Flood:
    """`numbers` are those of its comments, `sent` the frames that went out; `memory` as in the figures."""

    seconds: float
    numbers: range
    sent: int
    memory: list[float]
    server_cpu: float | None


def measured(room: Room, plan: SlowPlan) -> Slow:
    """Raises WrongDelivery when anybody missed anything, or heard it twice."""
    room.gather([partial(room.viewer, number) for number in range(plan.live)])
    room.gather([partial(room.viewer, number, buffer=RECEIVE_BUFFER) for number in range(plan.stalled)])
    live, stalled = room.viewers[: plan.live], room.viewers[plan.live :]
    room.publisher.begin(plan.rate)
    room.crowd.rest(plan.warm_up)
    room.publisher.end()
    room.wait(room.is_settled)
    for viewer in stalled:
        room.crowd.stall(viewer)
    flood = _flood(room, live, plan)
    half = len(stalled) // 2
    reading, resumed = _read_on(room, stalled[:half]), _come_back(room, stalled[half:])
    told, count = room.verified(is_complete=True), len(flood.numbers)
    of_live = told[: len(live) * room.published]
    p50, p99 = percentiles([heard.milliseconds for heard in of_live if heard.number in flood.numbers])
    return Slow(
        live=plan.live,
        stalled=plan.stalled,
        offered=round(count / flood.seconds, 1),
        comments=count,
        kilobytes=round(count * room.message_bytes / 1024),
        unsent=round(count - (flood.sent - count * plan.live) / plan.stalled),
        p50_ms=p50,
        p99_ms=p99,
        memory=flood.memory,
        busy=None if flood.server_cpu is None else round(flood.server_cpu / flood.seconds, 2),
        reading_seconds=round(reading, 2),
        resuming_seconds=round(resumed, 2),
    )


def _flood(room: Room, live: Sequence[Viewer], plan: SlowPlan) -> Flood:
    """Ends when those that read have heard all of it."""
    frames, first = room.metric("live_frames_total"), room.publisher.published
    before, began, spent = resident_bytes(room.server.pid), monotonic(), room.server.spent().server
    memory: list[float] = []
    room.publisher.begin(plan.rate)
    while monotonic() - began < plan.seconds:
        room.crowd.rest(min(LOOK, plan.seconds))
        now = resident_bytes(room.server.pid)
        if before is not None and now is not None:
            memory.append(round((now - before) / 1024))
    room.publisher.end()
    seconds, used = monotonic() - began, room.server.spent().server
    room.wait(lambda: room.publisher.is_settled and all(viewer.heard == room.published for viewer in live))
    return Flood(
        seconds=seconds,
        numbers=range(first, room.publisher.published),
        sent=room.metric("live_frames_total") - frames,
        memory=memory,
        server_cpu=None if spent is None or used is None else used - spent,
    )


def _read_on(room: Room, viewers: Sequence[Viewer]) -> float:
    """Seconds until they have heard everything."""
    began = monotonic()
    for viewer in viewers:
        room.crowd.add(viewer)
    room.wait(lambda: all(viewer.heard == room.published for viewer in viewers))
    return monotonic() - began


def _come_back(room: Room, viewers: Sequence[Viewer]) -> float:
    """They hang up and connect again, with the cursor of what they heard last. Seconds until they have heard everything."""
    began = monotonic()
    room.leave(viewers)
    room.gather([partial(_again, room, viewer) for viewer in viewers])
    room.wait(room.is_settled)
    return monotonic() - began


def _again(room: Room, gone: Viewer) -> Viewer:
    viewer = room.viewer(0, resume=read(gone.diary[-1]).cursor, buffer=RECEIVE_BUFFER)
    viewer.heard, viewer.checksum, viewer.diary = gone.heard, gone.checksum, gone.diary
    return viewer
