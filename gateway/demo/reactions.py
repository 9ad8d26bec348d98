"""How people react to the comments of the demo."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from random import Random

from gateway.demo.shapes import Comment, Debate, Person, Reaction

USUAL = 2.2  # reactions to a comment, on average
MOST = 14
SUPPORT = 0.8


def reactions(
    people: Sequence[Person], opened: Sequence[Debate], comments: Sequence[Comment], now: datetime
) -> tuple[Reaction, ...]:
    """Of people of the debate's municipality, never to their own comments and never to hidden ones."""
    dice = Random("reactions")
    members = {
        place: [at for at, person in enumerate(people) if person.municipality == place]
        for place in {debate.municipality for debate in opened}
    }
    given: list[Reaction] = []
    for position, comment in enumerate(comments):
        if comment.hidden is None:
            debate = opened[comment.debate]
            last = debate.closed_at or now
            count = min(int(dice.expovariate(1 / (USUAL + 0.5))), MOST)
            fans = dice.sample(members[debate.municipality], k=count)
            given += _given(position, comment, fans, last, people, dice)
    return tuple(given)


def _given(
    position: int, comment: Comment, fans: Sequence[int], last: datetime, people: Sequence[Person], dice: Random
) -> Iterator[Reaction]:
    for person in fans:
        reacted_at = comment.written_at + (last - comment.written_at) * dice.random() ** 3
        kind = "support" if dice.random() < SUPPORT else "oppose"
        if person != comment.author and people[person].joined_at < reacted_at:
            yield Reaction(position, person, kind, reacted_at)
