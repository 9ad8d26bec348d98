"""What is measured on: places, people, debates, polls and legal entities, the same on every run."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from stdnum.ua import edrpou

from gateway.wiring import LegalEntityKind, civic_imports, identity_imports, registry_imports
from modules.kernel import keys

BEGAN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DEBATES_OF_A_PLACE = 20
KINDS = tuple(LegalEntityKind)[:8]

_SPOKEN = (
    "громада рада вулиця парк школа лікарня бюджет ремонт дорога світло вода тариф двір дитячий майданчик зупинка "
    "автобус велодоріжка сквер бібліотека укриття пропоную підтримую вважаю потрібно зробити відкрити перевірити "
    "цього року разом з мешканцями будинку на нашій вулиці біля ринку кошти вже виділені але досі нічого не змінилося"
)
_WORDS = _SPOKEN.split()


@dataclass(frozen=True)
class Size:
    """How much there is of each. A busy debate has enough comments for a full page of 100; a calm one has few."""

    municipalities: int = 500
    people: int = 2_000
    legal_entities: int = 20_000
    debates: int = 200
    busy_debates: int = 20
    busy_comments: int = 600
    calm_comments: int = 156
    ballots_of_a_poll: int = 100

    @property
    def comments(self) -> int:
        return self.busy_debates * self.busy_comments + (self.debates - self.busy_debates) * self.calm_comments


FULL = Size()

# The least on which every query still answers in full: it proves that the benchmark works, and measures nothing.
TINY = Size(
    municipalities=10,
    people=20,
    legal_entities=1_200,
    debates=20,
    busy_debates=1,
    busy_comments=500,
    calm_comments=6,
    ballots_of_a_poll=5,
)


@dataclass(frozen=True)
class Content:
    municipalities: list[identity_imports.Unit]
    people: list[identity_imports.Person]
    legal_entities: list[registry_imports.Entity]
    debates: list[civic_imports.Debate]
    busy: list[UUID]
    comments: list[civic_imports.Comment]
    polls: list[dict[str, Any]]
    options: list[dict[str, Any]]
    participations: list[dict[str, Any]]
    ballots: list[dict[str, Any]]

    @property
    def places_with_debates(self) -> list[str]:
        return sorted({debate.municipality_id for debate in self.debates})

    def counts(self) -> dict[str, int]:
        return {name: len(items) for name, items in vars(self).items() if name != "busy"}


def build(size: Size) -> Content:
    random = Random(2026)
    municipalities = _municipalities(size)
    places = [unit.code for unit in municipalities]
    people = [_person(at, random, places) for at in range(size.people)]
    debates = [_debate(at, random, places, people) for at in range(size.debates)]
    polls = [_poll(debate, at) for at, debate in enumerate(debates)]
    options = [option for poll in polls for option in _options(poll, random)]
    votes = [(at, people[voter].id) for at in range(len(polls)) for voter in range(size.ballots_of_a_poll)]
    return Content(
        municipalities=municipalities,
        people=people,
        legal_entities=[_legal_entity(at, random, places) for at in range(size.legal_entities)],
        debates=debates,
        busy=[debate.id for debate in debates[: size.busy_debates]],
        comments=[
            comment for at, debate in enumerate(debates) for comment in _thread(at, debate, size, random, people)
        ],
        polls=polls,
        options=options,
        participations=[{"poll_id": polls[at]["id"], "person_id": voter} for at, voter in votes],
        ballots=[
            {"poll_id": polls[at]["id"], "option_id": options[3 * at + random.randrange(3)]["id"]} for at, _ in votes
        ],
    )


def _key(kind: str, *place: int) -> UUID:
    return keys.derived("bench", f"{kind}-{place}")


def _prose(random: Random, least: int, most: int) -> str:
    return " ".join(random.choices(_WORDS, k=random.randint(least, most))).capitalize() + "."


def _municipalities(size: Size) -> list[identity_imports.Unit]:
    """One oblast, a raion for every 25 units, hromadas in them; each after its parent."""
    category, units, raion = identity_imports.Category, [], None
    for at in range(size.municipalities):
        code = f"UA{at:017d}"
        if at == 0:
            units.append(identity_imports.Unit(code, None, category.OBLAST, "Перша область"))
        elif at % 25 == 1:
            units.append(identity_imports.Unit(code, units[0].code, category.RAION, f"Район {at}"))
            raion = code
        else:
            units.append(identity_imports.Unit(code, raion, category.HROMADA, f"Громада {at}"))
    return units


def _person(at: int, random: Random, places: list[str]) -> identity_imports.Person:
    return identity_imports.Person(
        id=_key("person", at),
        name=f"Мешканка {at}",
        about=_prose(random, 5, 15),
        locale="uk",
        municipality_id=random.choice(places),
        joined_at=BEGAN + timedelta(minutes=at),
    )


def _legal_entity(at: int, random: Random, places: list[str]) -> registry_imports.Entity:
    return registry_imports.Entity(
        edrpou=_edrpou(at),
        name=f"{_prose(random, 3, 6).removesuffix('.')} {at}",
        kind=KINDS[at % len(KINDS)],
        region="Перша область",
        parent=None if at % 10 else _edrpou(at // 10) if at else None,
        short_name=f"ГО-{at}",
        municipality_id=places[at % len(places)],
    )


def _edrpou(at: int) -> str:
    first = f"{at:07d}"
    return first + edrpou.calc_check_digit(first)


def _debate(at: int, random: Random, places: list[str], people: list[identity_imports.Person]) -> civic_imports.Debate:
    return civic_imports.Debate(
        id=_key("debate", at),
        municipality_id=places[(at // DEBATES_OF_A_PLACE) % len(places)],
        title=_prose(random, 4, 8),
        body=_prose(random, 40, 80),
        opened_by=random.choice(people).id,
        opens_at=BEGAN + timedelta(hours=at),
    )


def _thread(
    at: int, debate: civic_imports.Debate, size: Size, random: Random, people: list[identity_imports.Person]
) -> Iterator[civic_imports.Comment]:
    """A fifth stands at the top level; what answers, answers that, or one time in five any earlier comment."""
    count = size.busy_comments if at < size.busy_debates else size.calm_comments
    top = count // 5
    for number in range(count):
        answered = random.randrange(top if random.random() < 0.8 else number) if number >= top else None
        yield civic_imports.Comment(
            id=_key("comment", at, number),
            debate_id=debate.id,
            parent_id=None if answered is None else _key("comment", at, answered),
            author_id=random.choice(people).id,
            body=_prose(random, 8, 40),
            created_at=debate.opens_at + timedelta(minutes=number),
        )


def _poll(debate: civic_imports.Debate, at: int) -> dict[str, Any]:
    return {
        "id": _key("poll", at),
        "debate_id": debate.id,
        "municipality_id": debate.municipality_id,
        "title": f"Питання {at}?",
        "opened_by": debate.opened_by,
        "opens_at": debate.opens_at,
        "closes_at": None,
    }


def _options(poll: dict[str, Any], random: Random) -> Iterator[dict[str, Any]]:
    for position in (1, 2, 3):
        key = keys.derived("bench", f"option-{poll['id']}-{position}")
        yield {"id": key, "poll_id": poll["id"], "position": position, "text": _prose(random, 2, 5)}
