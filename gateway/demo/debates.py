"""What the municipalities of the demo talk about."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from gateway.demo import people, prose
from gateway.demo.shapes import Debate, Person

TENANTS = ("kyiv", "bila_tserkva", "nemishaieve")
SETTLED = timedelta(days=150)  # who joined before could open any of the debates


def texts() -> tuple[Mapping[str, Any], ...]:
    """The text of each debate, in the order of `debates`."""
    return tuple(prose.read(name) for tenant in TENANTS for name in prose.names(f"debates/{tenant}"))


def debates(everybody: tuple[Person, ...], now: datetime) -> tuple[Debate, ...]:
    """Open, closed and scheduled debates, one for each file of the texts; the live one is opened by the first login."""
    dice = Random("debates")
    return tuple(
        _debate(name, people.places()[tenant], everybody, now, dice)
        for tenant in TENANTS
        for name in prose.names(f"debates/{tenant}")
    )


def live() -> int:
    """The position of the debate that keeps going while the demo runs."""
    return next(position for position, text in enumerate(texts()) if text.get("is_live"))


def _debate(name: str, municipality: int, everybody: tuple[Person, ...], now: datetime, dice: Random) -> Debate:
    text = prose.read(name)
    opens_at = now + timedelta(days=text["opens"], minutes=dice.randrange(-240, 240))
    settled = [
        position
        for position, person in enumerate(everybody)
        if person.municipality == municipality and person.joined_at < now - SETTLED and person.locale == "uk"
    ]
    return Debate(
        slug=name.rpartition("/")[2],
        municipality=municipality,
        language=text["language"],
        title=text["title"],
        body=text["body"],
        opener=0 if text.get("is_live") else dice.choice(settled),
        created_at=min(opens_at, now) - timedelta(hours=dice.randrange(2, 48)),
        opens_at=opens_at,
        closed_at=None if text["closes"] is None else now + timedelta(days=text["closes"]),
    )
