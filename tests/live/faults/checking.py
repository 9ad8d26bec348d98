"""The judge of a run: the invariants of live updates, over its history alone. It asks nobody and does nothing."""

from collections.abc import Callable, Iterator
from itertools import chain

from tests.live.faults.history import Fact, History, Stream, Update
from tests.live.faults.promptness import late
from tests.live.faults.secrecy import told_in_spite
from tests.live.faults.violations import Limits, Violation

METRICS = ("spilno_live_subscriptions", "spilno_live_groups", "spilno_live_topics")
Rule = Callable[[History], Iterator[Violation]]


def check(history: History, limits: Limits) -> list[Violation]:
    """Every violation, in no order."""
    rules = (incomplete, out_of_order, unlike, untrue, lost, odd, miscounted, left_behind)
    return [*chain.from_iterable(rule(history) for rule in rules), *told_in_spite(history), *late(history, limits)]


def incomplete(history: History) -> Iterator[Violation]:
    """I1: from `after + 1` to the head, contiguous across reconnects."""
    reached: dict[tuple[str, str], int] = {}
    for stream in history.streams:
        last = stream.after
        for heard in stream.heard:
            update = heard.update
            if update.resync is not None:
                yield Violation(
                    "I1", heard.at, f"was told {update.resync}, with a cursor that can be continued", stream
                )
            elif last is not None and update.seq > last + 1:
                yield Violation("I1", heard.at, f"heard {update.seq} after {last}", stream)
            last = max(update.seq, last or 0)
        known = (stream.follower, stream.topic)
        reached[known] = max(last or 0, reached.get(known, 0))
    for (follower, topic), seq in reached.items():
        head = len(history.log.get(topic, ()))
        if follower in history.faithful and seq != head:
            yield Violation("I1", _end(history), f"{follower} came to {seq} of {topic}, whose head is {head}")


def out_of_order(history: History) -> Iterator[Violation]:
    """I2: strictly increasing, from the cursor on. I3: nothing twice on a connection."""
    for stream in history.streams:
        last, seen = stream.after or 0, set[int]()
        for heard in stream.heard:
            if heard.update.resync is not None:
                continue
            seq = heard.update.seq
            if seq in seen:
                yield Violation("I3", heard.at, f"heard {seq} twice", stream)
            elif seq <= last:
                yield Violation("I2", heard.at, f"heard {seq} when {last} had been told", stream)
            seen.add(seq)
            last = max(last, seq)


def unlike(history: History) -> Iterator[Violation]:
    """I4: every server says the same, in the same bytes, of what does not change."""
    said: dict[tuple[str, str, str, int], tuple[Stream, Update]] = {}
    for stream in history.streams:
        for heard in stream.heard:
            update = heard.update
            if update.resync is not None or any(comment in history.unsure for comment, _ in update.shown):
                continue
            first, spoken = said.setdefault((stream.document, stream.scope, stream.topic, update.seq), (stream, update))
            if spoken.payload != update.payload:
                told = f"server {stream.server} said {update.payload}, server {first.server} {spoken.payload}"
                yield Violation("I4", heard.at, told, stream)


def untrue(history: History) -> Iterator[Violation]:
    """I6: what was told is what the log says, and nothing that was rolled back is in either."""
    for stream in history.streams:
        facts = history.log.get(stream.topic, {})
        for heard in stream.heard:
            update = heard.update
            if update.resync is None and not _is_true(update, facts.get(update.seq)):
                told = f"heard {update.type} {update.entity}; the log has {facts.get(update.seq)}"
                yield Violation("I6", heard.at, told, stream)
    for topic, facts in history.log.items():
        for fact in facts.values():
            if fact.entity in history.rolled_back:
                yield Violation("I6", fact.at, f"{topic} has {fact}, which was rolled back")


def _is_true(update: Update, fact: Fact | None) -> bool:
    return fact is not None and (fact.type, fact.entity) == (update.type, update.entity)


def lost(history: History) -> Iterator[Violation]:
    """I1 needs it: the log is dense, and has all that was acknowledged."""
    logged = set()
    for topic, facts in history.log.items():
        logged |= {fact.entity for fact in facts.values()}
        if sorted(facts) != list(range(1, len(facts) + 1)):
            yield Violation("I1", _end(history), f"the log of {topic} has gaps")
    for write in history.writes:
        if write.comment not in logged:
            yield Violation("I1", write.at, f"comment {write.comment} was acknowledged and is not in the log")


def odd(history: History) -> Iterator[Violation]:
    """What the protocol has no place for."""
    for stream in history.streams:
        for oddity in stream.oddities:
            yield Violation("protocol", stream.ended or _end(history), oddity, stream)


def miscounted(history: History) -> Iterator[Violation]:
    """I1 of a state topic: versions do not go back, and the last push is how things stand."""
    newest: dict[tuple[str, str], int] = {}
    for stream in history.tallies:
        version = -1
        for heard, total in stream.heard:
            if heard < version:
                yield Violation("I2", _end(history), f"{stream.follower} heard version {heard} after {version}")
            version = heard
            newest[stream.follower, stream.poll] = total
    for (follower, poll), total in newest.items():
        if follower in history.faithful and total != history.votes[poll]:
            told = f"{follower} was last told {total} votes, and there are {history.votes[poll]}"
            yield Violation("I1", _end(history), told)


def left_behind(history: History) -> Iterator[Violation]:
    """I12: when all are gone, nothing is kept for them."""
    for server, values in history.left.items():
        for name in METRICS:
            if values.get(name) != 0:
                yield Violation("I12", _end(history), f"{server} has {name} {values.get(name)} with nobody there")


def _end(history: History) -> float:
    return max((at for at, _ in history.befell), default=0.0)
