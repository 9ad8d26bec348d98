"""What is printed of a run."""

from collections import Counter
from collections.abc import Sequence

from tests.live.faults.history import History, Stream
from tests.live.faults.promptness import WEATHERS, expected, in_weather, ranked
from tests.live.faults.violations import Limits, Violation

AROUND = 5.0  # seconds before and after, of what befell
NEIGHBOURS = 4  # updates before and after


def summary(history: History, limits: Limits) -> str:
    """What happened, how often, and how long news took."""
    measured = expected(history, limits)
    outages = Counter(outage.kind for outage in history.outages)
    connections = len({stream.connection for stream in history.streams})
    heard = sum(len(stream.heard) for stream in history.streams)
    lines = [
        f"seed {history.seed}: {sum(map(len, history.log.values()))} events, heard {heard} times on {connections} "
        f"connections; {len(history.hidings)} hidden, {len(history.endings)} sessions ended; "
        + ", ".join(f"{count} x {kind}" for kind, count in sorted(outages.items()))
    ]
    for weather in WEATHERS:
        seen = in_weather(history, measured, weather)
        quantiles = [(share, ranked(seen, share)) for share in (0.5, 0.99, 1.0)]
        told = ", ".join(f"{share:.0%} {found.seconds * 1000:.0f} ms" for share, found in quantiles if found)
        lines.append(f"{weather}: {len(seen)} deliveries, {told}")
    return "\n".join(lines)


def report(history: History, violations: Sequence[Violation], most: int = 10) -> str:
    """The seed, the first violations, and the history around each."""
    lines = [f"{len(violations)} violations; SPILNO_FAULT_SEED={history.seed} draws this schedule again"]
    start = min((at for at, _ in history.befell), default=0.0)
    for violation in sorted(violations, key=lambda each: each.at)[:most]:
        lines += ["", f"{violation.invariant} at {violation.at - start:.3f}: {violation.told}"]
        if violation.stream is not None:
            lines += _stream(violation.stream, violation.at, start)
        near = [(at, what) for at, what in sorted(history.befell) if abs(at - violation.at) <= AROUND]
        lines += [f"    {at - start:8.3f} {what}" for at, what in near]
    return "\n".join(lines)


def _stream(stream: Stream, at: float, start: float) -> list[str]:
    who = f"{stream.follower} ({stream.scope}, session {stream.session}), connection {stream.connection}"
    ended = f"ended {stream.ended - start:.3f} {stream.farewell}" if stream.ended else "open"
    place = sum(heard.at < at for heard in stream.heard)
    near = stream.heard[max(0, place - NEIGHBOURS) : place + NEIGHBOURS + 1]
    return [
        f"  {who} to server {stream.server}, {stream.topic} after {stream.after}, "
        f"began {stream.began - start:.3f}, {ended}",
        *(f"    {heard.at - start:8.3f} heard {heard.update.seq} {heard.update.payload[:200]}" for heard in near),
    ]
