"""Organisations of the demo that take part, and who belongs to them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any

from gateway.demo import people, prose
from gateway.demo.debates import SETTLED
from gateway.demo.shapes import Association, Claim, Person, Role


def associations(everybody: Sequence[Person], roles: Sequence[Role], now: datetime) -> tuple[Association, ...]:
    """In the order of the text: one that is verified, one that is not, one that waits for it."""
    dice = Random("associations")
    return tuple(_association(entry, everybody, roles, now, dice) for entry in prose.read("associations"))


def _association(
    entry: Mapping[str, Any], everybody: Sequence[Person], roles: Sequence[Role], now: datetime, dice: Random
) -> Association:
    place, staff = people.places()[entry["place"]], {role.person for role in roles}
    here = [
        at
        for at, who in enumerate(everybody)
        if who.municipality == place and at not in staff and who.joined_at < now - SETTLED and who.locale == "uk"
    ]
    founder, *others = dice.sample(here, k=1 + entry["members"] + entry["candidates"])
    if entry["founder"] is not None:
        founder = next(at for at, who in enumerate(everybody) if who.name == entry["founder"])
    return Association(
        name=entry["name"],
        about=entry["about"],
        website=entry["website"],
        municipality=place,
        founder=founder,
        members=tuple(others[: entry["members"]]),
        candidates=tuple(others[entry["members"] :]),
        claim=_claim(entry, place, everybody[founder], roles) if entry["position"] else None,
    )


def _claim(entry: Mapping[str, Any], place: int, founder: Person, roles: Sequence[Role]) -> Claim:
    official = next(role.person for role in roles if (role.municipality, role.role) == (place, "official"))
    return Claim(
        edrpou=entry["edrpou"],
        representative=founder.name,
        position=entry["position"],
        evidence=entry["evidence"],
        official=official if entry["is_verified"] else None,
    )
