"""Batches of municipalities that take part, named by their questions."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from modules.identity.municipalities.tables import PlatformAdministratorRow, SettingsRow
from modules.identity.tables import MunicipalityRow, PersonRow, RoleRow
from modules.identity.verification.terms import Method
from modules.kernel.batches import one_each
from modules.kernel.context import Info
from modules.kernel.keyset import Order
from modules.kernel.policy import Role
from modules.kernel.predicates import Predicate
from modules.kernel.prepared import VIEWER_IS_PLATFORM_ADMINISTRATOR, among, viewer_codes
from modules.kernel.relations import Paged
from modules.kernel.storage import Row
from modules.kernel.tables import col, pick, together

_OWN = col(SettingsRow.municipality_id) == col(MunicipalityRow.id)
ACTIVE_SINCE = sa.select(col(SettingsRow.active_since)).where(_OWN).scalar_subquery().label("active_since")
_ACTIVE = sa.exists().where(_OWN, col(SettingsRow.active_since).is_not(None)).correlate(MunicipalityRow.__table__)  # type: ignore[attr-defined]

# When reports hide something is nobody's business but of those who moderate: it would tell how many it takes.
_MODERATES = sa.or_(
    among(col(SettingsRow.municipality_id), viewer_codes(Role.MODERATOR)), VIEWER_IS_PLATFORM_ADMINISTRATOR
)
_SETTINGS = pick(
    SettingsRow,
    *("languages", "verification_handlers", "minimum_age", "postal_codes", "shown_name", "colour", "logo_url"),
).add_columns(
    sa.case((_MODERATES, col(SettingsRow.hide_after_reports))).label("hide_after_reports"),
    sa.case((_MODERATES, sa.true()), else_=sa.false()).label("moderates"),
)
_ADMINISTERS = pick(PlatformAdministratorRow, "person_id")
_TEAM = (
    pick(RoleRow, "person_id", "municipality_id", "role")
    .add_columns(together(RoleRow.municipality_id, RoleRow.person_id).label("id"))
    .join(PersonRow, col(PersonRow.id) == col(RoleRow.person_id))
)
_BY_NAME = Order(((col(PersonRow.name), False), (col(PersonRow.id), False)))

team_by_municipality = Paged(_TEAM, by=col(RoleRow.municipality_id), order=_BY_NAME)


def active(is_active: bool | None) -> Predicate | None:
    """Municipalities that take part, or those that do not; None narrows nothing."""
    return None if is_active is None else Predicate(_ACTIVE if is_active else _INACTIVE, {})


_INACTIVE = sa.not_(_ACTIVE)


async def settings_by_municipality(municipalities: Sequence[Row], info: Info) -> list[Row | None]:
    codes = [municipality["id"] for municipality in municipalities]
    rows = await one_each(info.context, _SETTINGS, col(SettingsRow.municipality_id), codes)
    return [None if row is None else _grouped(row) for row in rows]


async def platform_administrators(viewers: Sequence[Row], info: Info) -> list[bool]:
    """Whether each of them administers the platform."""
    keys = [viewer["id"] for viewer in viewers]
    rows = await one_each(info.context, _ADMINISTERS, col(PlatformAdministratorRow.person_id), keys)
    return [row is not None for row in rows]


def _grouped(row: Row) -> dict[str, Any]:
    """The settings as the graph groups them."""
    return {
        "languages": row["languages"],
        "verification": {
            "handlers": [Method(name) for name in row["verification_handlers"]],
            "minimum_age": row["minimum_age"],
            "postal_codes": row["postal_codes"],
        },
        "moderation": {"hide_after_reports": row["hide_after_reports"]} if row["moderates"] else None,
        "branding": {"name": row["shown_name"], "colour": row["colour"], "logo_url": row["logo_url"]},
    }
