"""Comments of the debates: who answers whom and when, and what the moderators have hidden."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from gateway.demo import debates, prose
from gateway.demo.conversation import Conversation, Line
from gateway.demo.neighbours import Neighbours
from gateway.demo.shapes import Comment, Debate, Hidden, Person, Role

DEEPEST_REPLY = 9  # of free talk; the written dialogues go down to 12, where a comment that answers nobody has 0
TRIES = 8  # to say something in words that nobody has used yet


def comments(
    people: Sequence[Person], roles: Sequence[Role], opened: Sequence[Debate], now: datetime
) -> tuple[Comment, ...]:
    """Of all debates, one debate after another, each in the order of time."""
    neighbours = {place: Neighbours(place, people, roles) for place in {debate.municipality for debate in opened}}
    written: list[Comment] = []
    said: set[str] = set()
    for position, (debate, text) in enumerate(zip(opened, debates.texts(), strict=True)):
        if debate.opens_at < now:
            thread = _Thread(position, debate, text, neighbours[debate.municipality], people, said, now)
            written += thread.comments(first=len(written))
    return tuple(written)


@dataclass(frozen=True, slots=True)
class _Entry:
    line: Line
    parent: int | None
    hidden: Hidden | None = None


class _Thread:
    """One debate while it is being written down. Positions are those within the debate."""

    def __init__(
        self,
        position: int,
        debate: Debate,
        text: Mapping[str, Any],
        neighbours: Neighbours,
        people: Sequence[Person],
        said: set[str],
        now: datetime,
    ):
        self._position = position
        self._dice = Random(f"comments {debate.slug}")
        self._talk = Conversation(people, text, self._dice)
        self._neighbours = neighbours
        self._said = said
        self._now = now
        self._entries: list[_Entry] = []
        self._dialogue = text["dialogue"]
        self._offences = [offence for offence in prose.read("moderation") if offence["debate"] == debate.slug]
        count = text["comments"] + len(self._dialogue) + len(self._offences)
        self._times = _times(debate, count, self._dice, now)

    def comments(self, first: int) -> list[Comment]:
        """The comments, whose positions among all comments begin with `first`."""
        replies = self._places_of_dialogue()
        free = [at for at in range(3, len(self._times)) if at not in replies]
        offences = dict(zip(self._dice.sample(free, k=len(self._offences)), self._offences, strict=True))
        cast = self._neighbours.speakers(self._dice, self._times[0], 3) if replies else []
        previous: int | None = None
        for at, when in enumerate(self._times):
            if at in replies:
                speaker, sentence = self._dialogue[replies.index(at)]
                self._entries.append(self._quoted(cast[speaker], sentence, previous))
                previous = at
            elif at in offences:
                self._entries.append(self._offence(offences[at], when))
            else:
                self._entries.append(self._free(at, when))
        return [self._comment(entry, when, first) for entry, when in zip(self._entries, self._times, strict=True)]

    def _places_of_dialogue(self) -> list[int]:
        length = len(self._dialogue)
        if not length:
            return []
        start = self._dice.randrange(3, len(self._times) // 2)
        return sorted(self._dice.sample(range(start, min(start + 4 * length, len(self._times))), k=length))

    def _quoted(self, speaker: int, sentence: str, parent: int | None) -> _Entry:
        line = self._talk.quote(speaker, sentence, None if parent is None else self._entries[parent].line)
        return _Entry(line, parent)

    def _offence(self, offence: Mapping[str, str], when: datetime) -> _Entry:
        author = self._neighbours.someone(self._dice, when, but={self._neighbours.moderator})
        noticed = min(when + timedelta(minutes=self._dice.randrange(20, 400)), self._now)
        hidden = Hidden(self._neighbours.moderator, noticed, offence["reason"])
        return _Entry(self._talk.quote(author, offence["body"], None), None, hidden)

    def _free(self, at: int, when: datetime) -> _Entry:
        parent = self._answered(at)
        entry = self._attempt(parent, when)
        for _ in range(TRIES):
            if entry.line.body not in self._said:
                break
            entry = self._attempt(parent, when)
        self._said.add(entry.line.body)
        return entry

    def _attempt(self, parent: int | None, when: datetime) -> _Entry:
        if parent is None:
            return _Entry(self._talk.begin(self._neighbours.someone(self._dice, when)), None)
        answered = self._entries[parent].line
        if answered.move == "questions" and self._dice.random() < 0.16:
            return _Entry(self._talk.official_reply(self._dice.choice(self._neighbours.officials), answered), parent)
        author = self._neighbours.someone(self._dice, when, but={answered.author})
        return _Entry(self._talk.reply(author, answered), parent)

    def _answered(self, at: int) -> int | None:
        """Mostly one of the latest comments, sometimes any; nobody answers a word of thanks or a hidden comment."""
        if at == 0 or self._dice.random() < 0.28:
            return None
        back = self._dice.randrange(at) if self._dice.random() < 0.2 else int(self._dice.expovariate(1 / 6))
        chosen = max(at - 1 - back, 0)
        entry = self._entries[chosen]
        is_open = entry.hidden is None and entry.line.move not in ("thanks", "short")
        return chosen if is_open and entry.line.depth < DEEPEST_REPLY else None

    def _comment(self, entry: _Entry, when: datetime, first: int) -> Comment:
        parent = None if entry.parent is None else first + entry.parent
        return Comment(self._position, entry.line.author, parent, entry.line.body, when, entry.hidden)


def _times(debate: Debate, count: int, dice: Random, now: datetime) -> list[datetime]:
    """Rising times within the debate's window: many at its beginning, a few quite at its end."""
    window = (debate.closed_at or now) - debate.opens_at
    shares = [_share(dice) for _ in range(count)]
    return [debate.opens_at + window * share for share in sorted(shares)]


def _share(dice: Random) -> float:
    luck = dice.random()
    if luck < 0.5:
        return 0.001 + 0.99 * math.pow(dice.random(), 1.7)
    if luck < 0.94:
        return 0.01 + 0.98 * dice.random()
    return 0.999 - 0.03 * dice.random()
