"""The tables of a fan-out: goals and ratios first, then the figures of each server."""

from collections.abc import Sequence

from bench.fanout.figures import Figures, Slow
from bench.table import aligned

LEAST_DELIVERED, LARGEST_P99, LARGEST_KB, LONGEST_CONNECTING = 80_000, 150.0, 35.0, 6.0
LEAST_RATIO = {"graphql-ws": 5.0, "strawberry": 15.0}
LARGEST_SLOW_P99 = 20.0
COLUMNS = (
    *("server", "connect s", "KB each", "one event p50 ms", "p99 ms"),
    *("offered/s", "delivered/s", "p50 ms", "p99 ms", "CPU us", "busy", "client"),
)


def printed(found: Sequence[Figures]) -> str:
    """Ours is the first."""
    ours, *others = found
    parts = [aligned([("goal", "ours", "goal"), *_goals(ours)])]
    peers = [each for each in others if each.server in LEAST_RATIO]
    if peers:
        rows = [(each.server, f"{_ratio(ours, each):.1f}", f"{LEAST_RATIO[each.server]:g}") for each in peers]
        parts.append(aligned([("messages delivered: ours / peer's", "ratio", "goal"), *rows]))
    parts.append(aligned([COLUMNS, *map(_cells, found)]))
    return "\n\n".join(parts)


def told_of_slow(slow: Slow) -> str:
    """Of viewers that stop reading."""
    memory = ", ".join(f"{kilobytes:,.0f}" for kilobytes in slow.memory)
    return "\n".join(
        (
            f"{slow.stalled} viewers that stop reading beside {slow.live} that do not, {slow.offered:g} events/s, "
            f"{slow.comments:,} events ({slow.stalled_kilobytes:,} KB for each viewer)",
            f"  those that read: p50 {slow.p50_ms:.1f} ms, p99 {slow.p99_ms:.1f} ms (goal: under {LARGEST_SLOW_P99:g})",
            f"  memory of the server, KB more than when they stopped, each half second: {memory}",
            f"  no gap: those that read on had everything after {slow.reading_seconds:g} s, those that came back with their "
            f"cursor after {slow.resuming_seconds:g} s",
        )
    )


def _ratio(ours: Figures, peer: Figures) -> float:
    return ours.delivered / max(peer.delivered, 1)


def _goals(ours: Figures) -> list[tuple[str, ...]]:
    return [
        ("messages delivered a second", f"{ours.delivered:,.0f}", f"{LEAST_DELIVERED:,}"),
        ("one event, p99 ms", f"{ours.single_p99_ms:.1f}", f"under {LARGEST_P99:g}"),
        ("KB a connection", "-" if ours.kilobytes is None else f"{ours.kilobytes:.1f}", f"under {LARGEST_KB:g}"),
        (f"{ours.viewers:,} connects, s", f"{ours.connecting:.2f}", f"under {LONGEST_CONNECTING:g}"),
    ]


def _cells(each: Figures) -> tuple[str, ...]:
    return (
        each.server,
        f"{each.connecting:.2f}",
        "-" if each.kilobytes is None else f"{each.kilobytes:.1f}",
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
