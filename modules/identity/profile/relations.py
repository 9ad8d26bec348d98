"""Batches of profiles, named by their questions; how people are ordered, and found."""

from collections.abc import Sequence
from enum import Enum

import sqlalchemy as sa
import strawberry

from modules.identity.profile.tables import InterestRow
from modules.identity.tables import PersonRow
from modules.identity.verification.tables import VerificationRow
from modules.kernel import clock
from modules.kernel.batches import many_each, one_each
from modules.kernel.context import Info
from modules.kernel.keyset import Order
from modules.kernel.levels import Level
from modules.kernel.predicates import Predicate
from modules.kernel.storage import Row
from modules.kernel.tables import Moment, col, pick


@strawberry.enum(description="How people are ordered.")
class PersonOrder(Enum):
    NAME = strawberry.enum_value("name", description="By name.")
    NEWEST = strawberry.enum_value("newest", description="Who joined last first.")


ORDERS = {
    PersonOrder.NAME: Order(((col(PersonRow.name), False), (col(PersonRow.id), False))),
    PersonOrder.NEWEST: Order(((col(PersonRow.joined_at), True), (col(PersonRow.id), True))),
}
_INTEREST = pick(InterestRow, "interest").order_by(col(InterestRow.position))
_SETTINGS = pick(PersonRow, "locale")
_PEOPLE = PersonRow.__table__  # type: ignore[attr-defined]
_INTERESTED = (
    sa.exists()
    .where(
        col(InterestRow.person_id) == col(PersonRow.id),
        col(InterestRow.interest) == sa.bindparam("interest_is", type_=sa.Text()),
    )
    .correlate(_PEOPLE)
)
_VERIFIED = (
    sa.exists()
    .where(
        col(VerificationRow.person_id) == col(PersonRow.id),
        col(VerificationRow.municipality_id) == col(PersonRow.municipality_id),
        col(VerificationRow.level) >= sa.bindparam("level_is", type_=sa.Integer()),
        col(VerificationRow.expires_at) > sa.bindparam("verified_at", type_=Moment()),
    )
    .correlate(_PEOPLE)
)


def interested(interest: str | None) -> Predicate | None:
    """People who care about it; None narrows nothing."""
    return None if interest is None else Predicate(_INTERESTED, {"interest_is": interest})


def verified(level: Level | None) -> Predicate | None:
    """People with this level or a higher one where they take part; None, and what everybody has, narrow nothing."""
    if level is None or level is Level.REGISTERED:
        return None
    return Predicate(_VERIFIED, {"level_is": level.number, "verified_at": clock.now()})


async def interests_by_person(people: Sequence[Row], info: Info) -> list[list[str]]:
    found = await many_each(info.context, _INTEREST, col(InterestRow.person_id), [person["id"] for person in people])
    return [[row["interest"] for row in rows] for rows in found]


async def settings_by_viewer(viewers: Sequence[Row], info: Info) -> list[Row | None]:
    return await one_each(info.context, _SETTINGS, col(PersonRow.id), [viewer["id"] for viewer in viewers])
