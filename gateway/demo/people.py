"""Who lives in the three municipalities of the demo."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from gateway.demo import prose
from gateway.demo.shapes import Login, Municipality, Person, Role, Settings

PASSWORD = "spilno-demo-2026"  # noqa: S105 - the demo's public password, printed when it starts

POPULATION = {"kyiv": 200, "bila_tserkva": 76, "nemishaieve": 44}
LATIN_EVERY = 13  # one person of so many writes the name in Latin script


def municipalities() -> tuple[Municipality, ...]:
    """The three tenants and the units above and below them, parents first."""
    positions = places()
    return tuple(
        Municipality(
            code=unit["code"],
            name=unit["name"],
            english_name=unit["english"],
            kind=unit["kind"],
            parent=positions[unit["parent"]] if unit["parent"] else None,
            settings=_settings(unit["settings"]) if "settings" in unit else None,
        )
        for unit in prose.read("municipalities")
    )


def places() -> dict[str, int]:
    """Positions of the municipalities by the keys that the texts use."""
    return {unit["key"]: position for position, unit in enumerate(prose.read("municipalities"))}


def people(now: datetime) -> tuple[Person, ...]:
    """The staff first, in the order of the text, then the citizens of each municipality; names are unique."""
    dice, tastes = Random("people"), Random("interests")
    staff = prose.read("names")["staff"]
    everybody = [_member_of_staff(entry, now) for entry in staff]
    names = _distinct_names(dice, taken={person.name for person in everybody})
    for place, population in POPULATION.items():
        count = population - sum(entry["place"] == place for entry in staff)
        everybody += [_citizen(next(names), place, now, dice, tastes) for _ in range(count)]
    return tuple(everybody)


def roles() -> tuple[Role, ...]:
    """What the staff may do, and where."""
    positions = places()
    staff = enumerate(prose.read("names")["staff"])
    return tuple(Role(person, positions[entry["place"]], entry["role"]) for person, entry in staff)


def logins() -> tuple[Login, ...]:
    """A citizen of Kyiv, a moderator of Bila Tserkva, an official of Nemishaieve, and who administers the platform."""
    positions = places()
    return tuple(
        Login(entry["email"], PASSWORD, person, positions[entry["place"]], entry["role"])
        for person, entry in enumerate(prose.read("names")["staff"])
        if "email" in entry
    )


def platform_administrator() -> int:
    """The position of who makes municipalities take part."""
    return next(at for at, entry in enumerate(prose.read("names")["staff"]) if "is_platform_administrator" in entry)


def _settings(told: Mapping[str, Any]) -> Settings:
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
    return Settings(**given)


def _member_of_staff(entry: Mapping[str, Any], now: datetime) -> Person:
    return Person(
        name=entry["name"],
        vocative=entry["vocative"],
        english=entry["english"],
        is_woman=entry["feminine"],
        locale="uk",
        about=entry["about"],
        municipality=places()[entry["place"]],
        joined_at=now - timedelta(days=400, hours=len(entry["name"])),
        interests=tuple(entry["interests"]),
    )


def _citizen(entry: Mapping[str, Any], place: str, now: datetime, dice: Random, tastes: Random) -> Person:
    about = _about(entry, place, dice) if dice.random() < 0.6 else None
    days = dice.uniform(150, 390) if dice.random() < 0.86 else dice.uniform(1, 150)
    return Person(
        name=entry["name"],
        vocative=entry["vocative"],
        english=entry["english"],
        is_woman=entry["feminine"],
        locale=entry["locale"],
        about=about,
        municipality=places()[place],
        joined_at=now - timedelta(days=days),
        interests=_interests(entry["locale"], tastes),
    )


def _about(entry: Mapping[str, Any], place: str, dice: Random) -> str:
    abouts = prose.read("abouts")
    sentence = dice.choice(abouts[entry["locale"]]).replace("{place}", dice.choice(abouts["places"][place]))
    return prose.say(sentence, dice, is_woman=entry["feminine"])


def _interests(locale: str, tastes: Random) -> tuple[str, ...]:
    """None at all, or up to four."""
    return tuple(tastes.sample(prose.read("interests")[locale], k=tastes.choice((0, 1, 2, 2, 3, 4))))


def _distinct_names(dice: Random, taken: set[str]) -> Iterator[Mapping[str, Any]]:
    latin = dice.sample(prose.read("names")["latin"], k=len(prose.read("names")["latin"]))
    while True:
        entry = latin.pop() if latin and dice.randrange(LATIN_EVERY) == 0 else _full_name(dice)
        if entry["name"] not in taken:
            taken.add(entry["name"])
            yield entry


def _full_name(dice: Random) -> Mapping[str, Any]:
    texts = prose.read("names")
    is_woman = dice.random() < 0.54
    given = dice.choice(texts["women" if is_woman else "men"])
    masculine, feminine = dice.choice(texts["surnames"])
    name = f"{given['name']} {feminine if is_woman else masculine}"
    return {**given, "name": name, "feminine": is_woman, "locale": "uk"}
