"""The judge finds each invariant violated where it is, and nothing where all is well."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import pytest

from tests.live.faults.checking import METRICS, check
from tests.live.faults.history import LEFT, Heard, History, Update, Write
from tests.live.faults.made_up import (
    ANSWER,
    BEGAN,
    HIDDEN,
    HIDING,
    POLL,
    SILENT,
    TOPIC,
    at,
    fact,
    good,
    update,
)
from tests.live.faults.telling import report, summary
from tests.live.faults.violations import Limits

MOVER, MOVED, STAYER, MODERATOR, READER, LEAVER, EXPIRING = range(7)  # streams of the good history
LIMITS = Limits()
Change = Callable[[History], None]


@dataclass(frozen=True)
class Mutant:
    """Makes a good history one in which exactly these invariants are violated."""

    name: str
    invariants: str
    change: Change

    def __str__(self) -> str:
        return f"{self.invariants}: {self.name}"


def hears(stream: int, *updates: Update, place: int | None = None) -> Change:
    """The updates are heard as well, at once after another one: by place, or after all."""

    def change(history: History) -> None:
        heard = history.streams[stream].heard
        before = heard[-1 if place is None else place]
        where = len(heard) if place is None else place + 1
        heard[where:where] = [Heard(before.at, each) for each in updates]

    return change


def misses(stream: int, *places: int) -> Change:
    def change(history: History) -> None:
        for place in sorted(places, reverse=True):
            del history.streams[stream].heard[place]

    return change


def hears_instead(stream: int, seq: int, told: Update) -> Change:
    def change(history: History) -> None:
        heard = history.streams[stream].heard
        heard[:] = [Heard(each.at, told if each.update.seq == seq else each.update) for each in heard]

    return change


def hears_late(seqs: Iterable[int], seconds: float) -> Change:
    """Everybody does, `seconds` after the commit."""

    def change(history: History) -> None:
        late = set(seqs)
        for stream in history.streams:
            stream.heard[:] = [
                Heard(at(each.update.seq) + seconds, each.update) if each.update.seq in late else each
                for each in stream.heard
            ]

    return change


def swapped(history: History) -> None:
    heard = history.streams[STAYER].heard
    heard[30], heard[31] = Heard(heard[30].at, heard[31].update), Heard(heard[31].at, heard[30].update)


def forgotten(history: History) -> None:
    history.writes.append(Write("c901", 0, BEGAN + 1))


def appended_in_spite(history: History) -> None:
    history.rolled_back.add("c33")


def has_a_hole(history: History) -> None:
    history.log = {TOPIC: {seq + (seq > 199): each for seq, each in history.log[TOPIC].items()}}


def leaves_by_itself(stream: int) -> Change:
    def change(history: History) -> None:
        history.streams[stream].farewell = LEFT

    return change


def tallied(*heard: tuple[int, int]) -> Change:
    def change(history: History) -> None:
        history.tallies[0].heard[:] = heard

    return change


def left(values: dict[str, float]) -> Change:
    def change(history: History) -> None:
        history.left["server 1"] = values

    return change


def oddity(history: History) -> None:
    history.streams[STAYER].oddities.append("told something else")


RESYNC = Update(120, "", "", resync="TOO_FAR")
OTHER_BYTES = replace(update(30), payload=update(30).payload + " ")
OTHER_EVENT = replace(update(30), entity="c900")
SHOWN_ALL_THE_SAME = replace(update(HIDING), shown=((f"c{HIDDEN}", f"Word c{HIDDEN}"),))
ANSWER_SHOWS = replace(update(ANSWER), shown=((f"c{HIDDEN}", f"Word c{HIDDEN}"), (f"c{ANSWER}", f"Word c{ANSWER}")))
NONE_LEFT = dict.fromkeys(METRICS, 0.0)

MUTANTS = [
    Mutant("one is missing", "I1", misses(STAYER, 100)),
    Mutant("one is missing where a connection was lost", "I1", misses(MOVED, 0)),
    Mutant("the last one does not come", "I1", misses(STAYER, 199)),
    Mutant("the first one after the cursor does not come", "I1", misses(MOVER, 0)),
    Mutant("word to query again, with a good cursor", "I1", hears(STAYER, RESYNC, place=119)),
    Mutant("what was acknowledged is not in the log", "I1", forgotten),
    Mutant("the log has a hole", "I1 I6", has_a_hole),
    Mutant("the last tally is not that of now", "I1", tallied((1, 0), (4, 5))),
    Mutant("two change places", "I1 I2", swapped),
    Mutant("what the connection before had comes again", "I2", lambda h: h.streams[MOVED].heard.insert(0, _last(h))),
    Mutant("a tally goes back", "I2", tallied((1, 0), (4, 5), (3, 6))),
    Mutant("one comes twice", "I3", hears(STAYER, update(101), place=100)),
    Mutant("one comes again later", "I3", hears(MOVED, update(150))),
    Mutant("a server says it otherwise", "I4", hears_instead(STAYER, 30, OTHER_BYTES)),
    Mutant("one in fifty comes late", "I5", hears_late(range(20, 128, 40), 0.5)),
    Mutant("without the bus they come later than the poll", "I5", hears_late(range(131, 136), 1.7)),
    Mutant("what no hint told of is not found by the poll", "I5", hears_late(SILENT, 1.7)),
    Mutant("what was rolled back is told", "I6", hears_instead(MODERATOR, 30, OTHER_EVENT)),
    Mutant("what was rolled back is in the log", "I6", appended_in_spite),
    Mutant("an event after the sign-out", "I8", hears(LEAVER, update(81))),
    Mutant("a connection outlives the sign-out", "I8", leaves_by_itself(LEAVER)),
    Mutant("an event after the expiry", "I9", hears(EXPIRING, update(121))),
    Mutant("a connection outlives the expiry", "I9", leaves_by_itself(EXPIRING)),
    Mutant("a moderator gets what everybody gets", "I10", hears_instead(MODERATOR, ANSWER, update(ANSWER))),
    Mutant("a group stays", "I12", left(NONE_LEFT | {"spilno_live_groups": 1.0})),
    Mutant("a topic stays", "I12", left(NONE_LEFT | {"spilno_live_topics": 1.0})),
    Mutant("a subscription stays", "I12", left(NONE_LEFT | {"spilno_live_subscriptions": 2.0})),
    Mutant("nothing is told of what stays", "I12", left({})),
    Mutant("the hiding itself shows the text", "I13", hears_instead(STAYER, HIDING, SHOWN_ALL_THE_SAME)),
    Mutant("an answer shows the text above it", "I13", hears_instead(STAYER, ANSWER, ANSWER_SHOWS)),
    Mutant("who comes later reads it", "I13", hears_instead(READER, HIDDEN, update(HIDDEN))),
    Mutant("hints do not come back with Redis", "I14 I5", hears_late(range(171, 201), 0.5)),
    Mutant("what no protocol has", "protocol", oddity),
]


def _last(history: History) -> Heard:
    """What the mover heard last on its first connection."""
    return Heard(history.streams[MOVED].began, history.streams[MOVER].heard[-1].update)


def test_a_good_history_has_no_violation() -> None:
    assert check(good(), LIMITS) == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_each_violation_is_found_and_no_other(mutant: Mutant) -> None:
    history = good()
    mutant.change(history)
    found = check(history, LIMITS)
    assert sorted({violation.invariant for violation in found}) == mutant.invariants.split()


def test_what_a_hidden_comment_was_before_it_was_hidden_may_have_been_told() -> None:
    told = [heard.update for heard in good().streams[STAYER].heard if heard.update.seq == HIDDEN]
    assert told == [update(HIDDEN)]
    assert told[0].shown == ((f"c{HIDDEN}", f"Word c{HIDDEN}"),)


def test_lateness_counts_only_where_no_fault_excuses_it() -> None:
    history = good()
    hears_late(range(20, 128, 40), 0.5)(history)
    assert [violation.invariant for violation in check(history, LIMITS.times(3))] == []
    history.outages.append(replace(history.outages[0], kind="server paused", part="other", began=BEGAN, ended=at(140)))
    assert check(history, LIMITS) == []


def test_a_violation_is_told_with_the_seed_and_what_was_around_it() -> None:
    history = good()
    misses(STAYER, 129)(history)
    told = report(history, check(history, LIMITS))
    assert "1 violations; SPILNO_FAULT_SEED=7" in told
    assert "I1 at 13.120: heard 131 after 129" in told
    assert "stayer (public, session None)" in told
    assert f"heard 129 {fact(129)}" in told
    assert "13.000 redis killed" in told
    assert "begun" not in told


def test_the_summary_counts_what_was_heard() -> None:
    told = summary(good(), LIMITS)
    assert "seed 7: 200 events, heard 861 times" in told
    assert "1 x redis killed" in told
    assert POLL not in told
