"""The tables of a fan-out: ratios and goals first, then the figures of each server."""

from collections.abc import Callable, Sequence

from bench.fanout.figures import Figures, Slow
from bench.table import aligned

MOST_MS, MOST_KILOBYTES, MOST_SECONDS, LEAST_DELIVERED = 150.0, 35.0, 6.0, 80_000.0
LEAST_RATIO = {"graphql-ws": 5.0, "strawberry": 15.0}  # of messages delivered a second
MOST_MS_BESIDE_SLOW = 20.0
COLUMNS = (
    *("server", "connect s", "KB each", "mutation ms", "one event p50 ms", "p99 ms"),
    *("offered/s", "delivered/s", "p50 ms", "p99 ms", "CPU us", "busy", "client"),
)
Cell = Callable[[Figures, Figures], str]  # of ours and a peer's


def printed(ours: Figures, peers: Sequence[Figures], limit: Figures | None) -> str:
    """Tables of one run."""
    figures = [ours, *peers, *([limit] if limit else [])]
    tables = [_ratios(ours, peers)] if peers else []
    tables += [[(f"{ours.viewers:,} viewers", "ours and goal"), *_goals(ours)], [COLUMNS, *map(_cells, figures)]]
    return "\n\n".join(aligned(rows) for rows in tables)


def told_of_slow(slow: Slow) -> str:
    """Of viewers that stop reading."""
    memory = ", ".join(f"{kilobytes:,.0f}" for kilobytes in slow.memory)
    return "\n".join(
        (
            f"{slow.stalled} viewers that stop reading beside {slow.live} that do not: {slow.comments:,} events at "
            f"{slow.offered:g}/s",
            f"  those that read: p50 {slow.p50_ms:.1f} ms, p99 {_against(slow.p99_ms, MOST_MS_BESIDE_SLOW, '.1f')} ms",
            f"  {slow.unsent:,} of {slow.comments:,} events were not sent to one that does not read: they wait in the log",
            f"  memory of the server, KB more than when they stopped, each half second: {memory}",
            f"  (all that was published for the {slow.stalled} is {slow.stalled * slow.kilobytes:,} KB)",
            f"  nobody missed anything: half read on, and had everything after {slow.reading_seconds:g} s; half came back "
            f"with their cursor, after {slow.resuming_seconds:g} s",
        )
    )


def _ratios(ours: Figures, peers: Sequence[Figures]) -> list[tuple[str, ...]]:
    """Above 1, we are ahead. What is better when it is less is the peer's by ours."""
    rows: list[tuple[str, Cell]] = [
        ("messages delivered a second, and goal", _delivered),
        ("p99 of one event", lambda own, other: _ratio(other.single_p99_ms, own.single_p99_ms)),
        ("server CPU of a message", lambda own, other: _ratio(other.cpu_us, own.cpu_us)),
        ("memory of a connection", lambda own, other: _ratio(other.kilobytes, own.kilobytes)),
        ("time until all are subscribed", lambda own, other: _ratio(other.connecting, own.connecting)),
    ]
    head = ("ahead of", *(peer.server for peer in peers))
    return [head, *((title, *(cell(ours, peer) for peer in peers)) for title, cell in rows)]


def _delivered(ours: Figures, peer: Figures) -> str:
    return _against(ours.delivered / max(peer.delivered, 1), LEAST_RATIO[peer.server], ".1f")


def _ratio(theirs: float | None, ours: float | None) -> str:
    return f"{theirs / ours:.1f}" if theirs and ours else "-"


def _goals(ours: Figures) -> list[tuple[str, ...]]:
    kilobytes = "-" if ours.kilobytes is None else _against(ours.kilobytes, MOST_KILOBYTES, ".1f")
    return [
        ("messages delivered a second", _against(ours.delivered, LEAST_DELIVERED, ",.0f")),
        ("p99 of one event, ms: to be less", _against(ours.single_p99_ms, MOST_MS, ".1f")),
        ("KB of memory a connection: to be less", kilobytes),
        ("seconds until all are subscribed: to be less", _against(ours.connecting, MOST_SECONDS, ".2f")),
    ]


def _against(value: float, goal: float, form: str) -> str:
    return f"{value:{form}} {'>' if value > goal else '<'} {goal:,g}"


def _cells(each: Figures) -> tuple[str, ...]:
    return (
        each.server,
        f"{each.connecting:.2f}",
        "-" if each.kilobytes is None else f"{each.kilobytes:.1f}",
        f"{each.mutation_ms:.1f}",
        f"{each.single_p50_ms:.1f}",
        f"{each.single_p99_ms:.1f}",
        f"{each.offered:,.0f}",
        f"{each.delivered:,.0f}",
        f"{each.p50_ms:.1f}",
        f"{each.p99_ms:.1f}",
        "-" if each.cpu_us is None else f"{each.cpu_us:.1f}",
        "-" if each.busy is None else f"{each.busy:.0%}",
        f"{each.client_busy:.0%}",
    )
