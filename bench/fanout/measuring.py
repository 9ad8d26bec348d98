"""Thousands of viewers of one debate: how long they take to come, one comment at a time, and then a flood."""

from dataclasses import dataclass
from time import monotonic, monotonic_ns, process_time

from bench.fanout.checking import NANOSECONDS, percentiles
from bench.fanout.contestants import Contestant
from bench.fanout.figures import Figures, microseconds
from bench.fanout.frames import WrongDelivery
from bench.fanout.room import Room
from bench.processes import resident_bytes

BETWEEN = 0.5  # seconds between two single comments
LONGEST = 15.0  # seconds of single comments: with some servers each takes seconds
FLOODING = 1.0  # seconds of the flood before it is measured
DIARIES = 50
EVERYTHING, LAST_WORD = 60.0, 3.0  # seconds for what is still missing: where all of it must come, and elsewhere


@dataclass(frozen=True)
class Plan:
    """`rate` is of comments a second in the flood, `seconds` how long it is measured."""

    viewers: int = 5_000
    rate: float = 20.0
    seconds: float = 6.0
    singles: int = 20


@dataclass(frozen=True)
class Flood:
    """What happened between two moments (`monotonic_ns`); CPU in seconds."""

    began: int
    ended: int
    published: int
    delivered: int
    server_cpu: float | None
    client_cpu: float

    @property
    def seconds(self) -> float:
        return (self.ended - self.began) / 1e9


def measured(room: Room, contestant: Contestant, plan: Plan) -> Figures:
    """Raises WrongDelivery when what was heard is not what was published."""
    before = resident_bytes(room.server.pid)
    connecting = room.fill(plan.viewers, DIARIES)
    after = resident_bytes(room.server.pid)
    singles, mutations = _singles(room, plan)
    flood = _flood(room, plan.rate * contestant.share, plan.seconds)
    is_complete = room.crowd.run(room.is_settled, EVERYTHING if contestant.must_deliver else LAST_WORD)
    if contestant.must_deliver and not is_complete:
        raise WrongDelivery(f"{contestant.name} did not deliver everything within {EVERYTHING:g} seconds.")
    told = room.verified(is_complete=is_complete)
    single_p50, single_p99 = percentiles(singles)
    p50, p99 = percentiles([heard.milliseconds for heard in told if flood.began <= heard.arrived <= flood.ended])
    return Figures(
        server=contestant.name,
        viewers=plan.viewers,
        message_bytes=room.message_bytes,
        connecting=round(connecting, 2),
        kilobytes=None if before is None or after is None else round((after - before) / 1024 / plan.viewers, 1),
        singles=len(mutations),
        single_p50_ms=single_p50,
        single_p99_ms=single_p99,
        mutation_ms=percentiles(mutations)[0],
        offered=round(flood.published * plan.viewers / flood.seconds),
        delivered=round(flood.delivered / flood.seconds),
        p50_ms=p50,
        p99_ms=p99,
        cpu_us=microseconds(flood.delivered, flood.server_cpu),
        busy=None if flood.server_cpu is None else round(flood.server_cpu / flood.seconds, 2),
        client_busy=round(flood.client_cpu / flood.seconds, 2),
        is_complete=is_complete,
    )


def _singles(room: Room, plan: Plan) -> tuple[list[float], list[float]]:
    """Milliseconds from sending one comment to each arrival, with nothing else going on; and to the mutation's answer."""
    found: list[float] = []
    crowd, publisher, before = room.crowd, room.publisher, len(room.publisher.answers)
    deadline = monotonic() + LONGEST
    while len(found) < plan.singles * plan.viewers and monotonic() < deadline:
        crowd.arrivals, next_at, sent = [], monotonic() + BETWEEN, monotonic_ns()
        publisher.publish()
        room.wait(room.is_settled)
        found += [(arrived - sent) / NANOSECONDS for arrived in crowd.arrivals]
        crowd.arrivals = None
        crowd.rest(next_at - monotonic())
    return found, [taken / NANOSECONDS for taken in publisher.answers[before:]]


def _flood(room: Room, rate: float, seconds: float) -> Flood:
    room.publisher.begin(rate)
    room.crowd.rest(FLOODING)
    published, heard = room.publisher.published, room.crowd.heard
    spent, client, began = room.server.spent().server, process_time(), monotonic_ns()
    room.crowd.rest(seconds)
    ended, used, client_cpu = monotonic_ns(), room.server.spent().server, process_time() - client
    room.publisher.end()
    return Flood(
        began=began,
        ended=ended,
        published=room.publisher.published - published,
        delivered=room.crowd.heard - heard,
        server_cpu=None if spent is None or used is None else used - spent,
        client_cpu=client_cpu,
    )
