"""Batches of verification, named by their questions."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
import strawberry

from modules.identity.ports import OpenidProviders
from modules.identity.tables import PersonRow
from modules.identity.verification import rules
from modules.identity.verification.attempts import wrong_fields
from modules.identity.verification.handlers import offered
from modules.identity.verification.rules import Standing
from modules.identity.verification.settings import requirements_of
from modules.identity.verification.tables import VerificationAttemptRow, VerificationRequestRow, VerificationRow
from modules.identity.verification.terms import Status
from modules.kernel import clock, keys
from modules.kernel.batches import one_each
from modules.kernel.context import Info
from modules.kernel.keyset import Order
from modules.kernel.levels import Level
from modules.kernel.policy import Role
from modules.kernel.prepared import VIEWER_ID, among, viewer_codes
from modules.kernel.refusals import InvalidInput
from modules.kernel.relations import ByKey
from modules.kernel.storage import Row
from modules.kernel.tables import Moment, col, pick

_NOW = sa.bindparam("now", type_=Moment())
OF_OFFICIALS = among(col(VerificationRequestRow.municipality_id), viewer_codes(Role.OFFICIAL))
WAITING = col(VerificationRequestRow.expires_at) > _NOW
OLDEST_REQUESTS = Order(((col(VerificationRequestRow.requested_at), False), (col(VerificationRequestRow.id), False)))
REQUEST = pick(
    VerificationRequestRow,
    *("id", "person_id", "municipality_id", "method", "document_type", "requested_at", "printed_at", "expires_at"),
).where(sa.or_(col(VerificationRequestRow.person_id) == VIEWER_ID, OF_OFFICIALS))

requests_by_id = ByKey(REQUEST, by=col(VerificationRequestRow.id))

# What a person has proved counts beside the name where the person takes part, and nowhere else.
_LEVEL = (
    pick(VerificationRow, "level")
    .join(PersonRow, col(PersonRow.id) == col(VerificationRow.person_id))
    .where(col(VerificationRow.municipality_id) == col(PersonRow.municipality_id))
    .where(col(VerificationRow.expires_at) > _NOW)
)
_STANDING = (
    pick(VerificationRow, "level", "district", "expires_at")
    .add_columns(
        col(PersonRow.municipality_id).label("home"),
        col(VerificationRow.municipality_id).label("verified_in"),
        col(VerificationRequestRow.id).label("request_id"),
        col(VerificationRequestRow.municipality_id).label("waits_in"),
        col(VerificationAttemptRow.status).label("failed"),
        col(VerificationAttemptRow.municipality_id).label("failed_in"),
        col(VerificationAttemptRow.wrong),
        col(VerificationAttemptRow.locked_until),
    )
    .select_from(PersonRow)
    .outerjoin(VerificationRow, col(VerificationRow.person_id) == col(PersonRow.id))
    .outerjoin(VerificationRequestRow, sa.and_(col(VerificationRequestRow.person_id) == col(PersonRow.id), WAITING))
    .outerjoin(VerificationAttemptRow, col(VerificationAttemptRow.person_id) == col(PersonRow.id))
)

In = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="In which municipality. When left out, where the viewer is verified, asked to be, or takes part."
    ),
]


async def levels_by_person(people: Sequence[Row], info: Info) -> list[Level]:
    """What each person has proved where they take part."""
    ids = [person["id"] for person in people]
    rows = await one_each(info.context, _LEVEL, col(PersonRow.id), ids, now=clock.now())
    return [Level(row["level"]) if row else Level.REGISTERED for row in rows]


async def verification_by_viewer(viewers: Sequence[Row], info: Info, *, municipality_id: In = None) -> list[Any]:
    """Where each viewer stands, and what they can do next."""
    named = None if municipality_id is None else _code(municipality_id)
    ids: list[UUID] = [viewer["id"] for viewer in viewers]
    rows = await one_each(info.context, _STANDING, col(PersonRow.id), ids, now=clock.now())
    return [await _shown(row, named, info) for row in rows]


async def _shown(row: Row | None, named: str | None, info: Info) -> Row:
    row = row or dict.fromkeys((*_STANDING.selected_columns.keys(),))
    place = named or row["verified_in"] or row["waits_in"] or row["failed_in"] or row["home"]
    now, standing = clock.now(), _standing(row, place)
    status, level = rules.status(standing, now), rules.level(standing, now)
    return {
        "status": status,
        "level": level,
        "municipality_id": place,
        "district": row["district"] if status is Status.OK else None,
        "expires_at": standing.expires_at,
        "wrong_fields": wrong_fields(row) if standing.failed else [],
        "retry_at": row["locked_until"] if row["locked_until"] and row["locked_until"] > now else None,
        "request_id": row["request_id"] if standing.waits else None,
        "handlers": await _offers(info, place, level),
    }


def _code(municipality_id: str) -> str:
    """The code in a client's id. Raises InvalidInput."""
    kind, raw = keys.split(municipality_id)
    if kind != "Municipality" or keys.parse(raw, str) is None:
        raise InvalidInput(field="municipalityId", message="`municipalityId` is not the id of a Municipality.")
    return raw


def _standing(row: Row, place: str | None) -> Standing:
    """What is of this place."""
    held = row["verified_in"] is not None and row["verified_in"] == place
    return Standing(
        level=row["level"] if held else None,
        expires_at=row["expires_at"] if held else None,
        waits=row["waits_in"] is not None and row["waits_in"] == place,
        failed=row["failed"] if row["failed_in"] == place else None,
    )


async def _offers(info: Info, place: str | None, level: Level) -> list[Row]:
    """The handlers that would give a higher level, or renew this one."""
    if place is None:
        return []
    async with info.context.storage.reading() as read:
        requirements = await requirements_of(read, place)
    if requirements is None:
        return []
    return [
        {"handler": each.method, "level": each.gives, "needs": each.needs, "provider": each.provider}
        for each in offered(requirements, info.context.port(OpenidProviders).all())
        if each.gives.includes(level)
    ]
