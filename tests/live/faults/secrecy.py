"""I8, I9, I10 and I13: what somebody must not be told."""

from collections.abc import Iterator
from itertools import chain

from tests.live.faults.history import LEFT, Ending, History, Stream
from tests.live.faults.violations import Violation

INVARIANTS = {"signed out": "I8", "expired": "I9"}


def told_in_spite(history: History) -> Iterator[Violation]:
    return chain(after_the_end(history), still_shown(history), mixed_up(history))


def after_the_end(history: History) -> Iterator[Violation]:
    """I8, I9: nothing that was committed after the end of a session reaches it, on any server, whoever raced to join."""
    endings = {ending.session: ending for ending in history.endings}
    for stream in history.streams:
        ending = endings.get(stream.session or "")
        if ending is not None:
            yield from _after(ending, stream, history)


def _after(ending: Ending, stream: Stream, history: History) -> Iterator[Violation]:
    invariant, facts = INVARIANTS[ending.why], history.log.get(stream.topic, {})
    for heard in stream.heard:
        fact = facts.get(heard.update.seq)
        if fact is not None and fact.at > ending.at:
            told = f"heard {fact.seq}, committed {fact.at - ending.at:.3f} s after the session had {ending.why}"
            yield Violation(invariant, heard.at, told, stream)
    if stream.farewell == LEFT:
        yield Violation(invariant, ending.at, f"was not closed, though the session had {ending.why}", stream)


def still_shown(history: History) -> Iterator[Violation]:
    """I13: no rendering after the commit of a hiding has the text; neither has any that begins after its answer."""
    hidden_by = {
        topic: {fact.entity: fact.seq for fact in facts.values() if fact.type == "CommentHidden"}
        for topic, facts in history.log.items()
    }
    answered = {hiding.comment: hiding.at for hiding in history.hidings}
    for stream in history.streams:
        if stream.scope == "moderator":
            continue
        hidings = hidden_by.get(stream.topic, {})
        for heard in stream.heard:
            for comment, text in heard.update.shown:
                if text is None or comment not in hidings:
                    continue
                if heard.update.seq >= hidings[comment]:
                    told = f"{heard.update.seq} shows {text!r}, hidden by {hidings[comment]}"
                    yield Violation("I13", heard.at, told, stream)
                elif stream.began > answered.get(comment, stream.began):
                    told = f"a subscription that began after the hiding of {text!r} was answered shows it"
                    yield Violation("I13", heard.at, told, stream)


def mixed_up(history: History) -> Iterator[Violation]:
    """I10: a moderator is not given what was rendered for everybody, where texts are withheld."""
    for stream in history.streams:
        if stream.scope == "moderator":
            for heard in stream.heard:
                for comment, text in heard.update.shown:
                    if text is None:
                        yield Violation("I10", heard.at, f"a moderator is not shown {comment}", stream)
