"""Who of a municipality speaks up: a few people write much more than others."""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import accumulate
from random import Random

from gateway.demo.shapes import Person, Role

MOST_TALKATIVE = 14.0  # times as often as the quietest


class Neighbours:
    """People of one municipality, its moderator and its officials; all are positions in `people`."""

    def __init__(self, municipality: int, people: Sequence[Person], roles: Sequence[Role]):
        dice = Random(f"neighbours {municipality}")
        here = [role for role in roles if role.municipality == municipality]
        self.moderator = next(role.person for role in here if role.role == "moderator")
        self.officials = tuple(role.person for role in here if role.role == "official")
        self.members = tuple(at for at, person in enumerate(people) if person.municipality == municipality)
        self._talkativeness = tuple(accumulate(min(dice.paretovariate(1.1), MOST_TALKATIVE) for _ in self.members))
        self._people = people

    def someone(self, dice: Random, when: datetime, *, but: Collection[int] = ()) -> int:
        """A citizen who had joined by then and is not among `but`. Officials speak for the council, so they are left out."""
        while True:
            person: int = dice.choices(self.members, cum_weights=self._talkativeness)[0]
            if person not in but and person not in self.officials and self._people[person].joined_at < when:
                return person

    def speakers(self, dice: Random, when: datetime, count: int) -> list[int]:
        """Different citizens who write in Ukrainian."""
        found: list[int] = []
        while len(found) < count:
            person = self.someone(dice, when)
            if person not in found and self._people[person].locale == "uk":
                found.append(person)
        return found
