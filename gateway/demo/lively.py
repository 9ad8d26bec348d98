"""What happens while the demo runs: people keep talking in the live debate, and keep voting."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from gateway.demo import debates, polls
from gateway.demo.conversation import Conversation, Line
from gateway.demo.neighbours import Neighbours
from gateway.demo.shapes import Ballot, Comment, Demo

REMEMBERED = 40  # a remark answers one of so many latest ones, so older keys can be forgotten
DEEPEST = 12
SOON = datetime.max.replace(tzinfo=UTC)  # everybody has joined by then


@dataclass(frozen=True, slots=True)
class Remark:
    """A new comment of the live debate.

    `parent` is a position in `Demo.comments`, which the remarks continue: the first remark has the position
    `len(demo.comments)`, and so on. None answers nobody.
    """

    author: int
    body: str
    parent: int | None


def remarks(demo: Demo, seed: int = 15) -> Iterator[Remark]:
    """Without end, the same for the same seed."""
    dice = Random(seed)
    neighbours = Neighbours(demo.debates[demo.live_debate].municipality, demo.people, demo.roles)
    visitors = _visitors(demo)
    talk = Conversation(demo.people, debates.texts()[demo.live_debate], dice, is_endless=True)
    recent = deque(_latest(demo), maxlen=REMEMBERED)
    position = len(demo.comments)
    while True:
        answered = _answered(recent, dice)
        if answered is None:
            parent, line = None, talk.begin(neighbours.someone(dice, SOON, but=visitors))
        else:
            parent, said = answered
            line = talk.reply(neighbours.someone(dice, SOON, but={said.author, *visitors}), said)
        if all(line.body != said.body for _, said in recent):
            yield Remark(line.author, line.body, parent)
            recent.append((position, line))
            position += 1


def choices(demo: Demo, seed: int = 15) -> Iterator[Ballot]:
    """Ballots of those who have not voted yet: the live poll first, then the other open ones; ends when all have."""
    dice = Random(seed)
    scheduled = {at for at, (_, text) in enumerate(polls.texts()) if text["opens"] >= 0}
    still_open = [at for at, poll in enumerate(demo.polls) if poll.closed_at is None and at not in scheduled]
    for poll in sorted(still_open, key=lambda at: at != demo.live_poll):
        yield from _remaining(demo, poll, dice)


def _visitors(demo: Demo) -> set[int]:
    """Those whom a visitor of the demo plays: they speak and vote for themselves."""
    return {login.person for login in demo.logins}


def _remaining(demo: Demo, poll: int, dice: Random) -> Iterator[Ballot]:
    debate, text = polls.texts()[poll]
    municipality = demo.debates[debate].municipality
    voted = {ballot.person for ballot in demo.ballots if ballot.poll == poll} | _visitors(demo)
    members = [at for at, who in enumerate(demo.people) if who.municipality == municipality and at not in voted]
    if demo.polls[poll].is_for_residents:
        verified = {resident.person for resident in demo.residents if resident.is_verified}
        members = [at for at in members if at in verified]
    for person in dice.sample(members, k=len(members)):
        yield Ballot(poll, person, dice.choices(range(len(text["options"])), weights=text["weights"])[0])


def _answered(recent: Sequence[tuple[int, Line]], dice: Random) -> tuple[int, Line] | None:
    if dice.random() < 0.3:
        return None
    back = min(int(dice.expovariate(1 / 5)), len(recent) - 1)
    position, line = recent[-1 - back]
    return (position, line) if line.depth < DEEPEST and line.move not in ("thanks", "short") else None


def _latest(demo: Demo) -> list[tuple[int, Line]]:
    """The comments that the first remarks may answer, as lines of talk."""
    here = [at for at, comment in enumerate(demo.comments) if comment.debate == demo.live_debate and not comment.hidden]
    return [(at, _line(demo.comments[at], demo.comments)) for at in here[-REMEMBERED:]]


def _line(comment: Comment, comments: Sequence[Comment]) -> Line:
    depth, above = 0, comment
    while above.parent is not None:
        depth, above = depth + 1, comments[above.parent]
    return Line(comment.author, "questions" if comment.body.endswith("?") else "argument", comment.body, depth)
