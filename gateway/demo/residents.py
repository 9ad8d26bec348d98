"""Who of the demo has shown where they live. The documents are invented."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from random import Random

from gateway.demo.shapes import Municipality, Person, Resident, Role

BY_FORM, AT_DESK = 6, 3  # of each municipality; the last of those at the desk waits


def residents(
    places: Sequence[Municipality], everybody: Sequence[Person], roles: Sequence[Role], now: datetime
) -> tuple[Resident, ...]:
    """Citizens of each tenant: most by the form, some at the desk of an official."""
    dice = Random("residents")
    staff = {role.person for role in roles}
    found = []
    for place, unit in enumerate(places):
        if unit.settings is not None:
            official = next(role.person for role in roles if (role.municipality, role.role) == (place, "official"))
            here = [at for at, who in enumerate(everybody) if who.municipality == place and at not in staff]
            chosen = dice.sample(here, k=BY_FORM + AT_DESK)
            first = unit.settings.postal_codes[0][:5]
            found += list(_of_a_place(chosen, official, first, now, dice))
    return tuple(found)


def _of_a_place(
    chosen: Sequence[int], official: int, postal_code: str, now: datetime, dice: Random
) -> Iterator[Resident]:
    for number, person in enumerate(chosen):
        at_desk = number >= BY_FORM
        yield Resident(
            person=person,
            method="desk" if at_desk else "form",
            document_number=f"{900_000_000 + person}",
            date_of_birth=f"{now.year - dice.randrange(20, 80)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}",
            postal_code=postal_code,
            official=official if at_desk and number < len(chosen) - 1 else None,
        )
