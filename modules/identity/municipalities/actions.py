"""What administrators do with municipalities and with roles in them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from modules.identity.actions import give_role, municipality_exists
from modules.identity.events import RolesChanged
from modules.identity.imports import REGISTER
from modules.identity.municipalities import policy, rules
from modules.identity.municipalities.tables import PlatformAdministratorRow, SettingsRow
from modules.identity.tables import PersonRow, RoleRow
from modules.kernel import clock, keys
from modules.kernel.audit import LONGEST_REASON, Act
from modules.kernel.policy import Role, Viewer
from modules.kernel.refusals import InvalidInput, NotAllowed, NotFound
from modules.kernel.registers import RegisterChanged
from modules.kernel.storage import Row, Work
from modules.kernel.tables import col, pick


async def configure_municipality(
    work: Work, viewer: Viewer, municipality_id: str, *, is_active: bool | None, settings: Mapping[str, Any]
) -> None:
    """Set what is not None. Raises NotSignedIn, NotAllowed, NotFound or InvalidInput. Nothing new is no news."""
    actor_id = policy.may_configure(viewer, municipality_id)
    if is_active is not None:
        policy.may_activate(viewer)
    tidy = _tidy(settings)
    if not await municipality_exists(work, municipality_id):
        raise NotFound(message="There is no such municipality.")
    changed = await _set(work, municipality_id, is_active, tidy)
    if changed:
        work.record(RegisterChanged(REGISTER))
        subject, told = keys.encode("Municipality", municipality_id), [rules.NAMES[name] for name in changed]
        work.audit(Act("configureMunicipality", municipality_id, actor_id, subject, detail=", ".join(told)))


async def grant_role(
    work: Work, viewer: Viewer, *, person_id: UUID, municipality_id: str, role: Role, reason: str = ""
) -> None:
    """Give a role, in place of the one held there. Raises NotSignedIn, NotAllowed, NotFound, LastAdministrator or
    InvalidInput. Again is no error, and no news."""
    seat = await _seat(work, person_id, municipality_id)
    actor_id, reason = policy.may_grant(viewer, seat, role), _reason(reason)
    living = (col(PersonRow.id) == person_id, col(PersonRow.erased_at).is_(None))
    if await work.value(pick(PersonRow, "id").where(*living).with_for_update(read=True)) is None:
        raise NotFound(message="There is no such person.")
    if not await municipality_exists(work, municipality_id):
        raise NotFound(message="There is no such municipality.")
    if seat["role"] is role:
        return
    if not await _put(work, viewer, person_id, municipality_id, role):
        raise NotAllowed(message="This person has just been made an administrator.")
    work.record(RolesChanged(person_id))
    _record(work, "grantRole", actor_id, seat, role, reason)


async def revoke_role(work: Work, viewer: Viewer, *, person_id: UUID, municipality_id: str, reason: str = "") -> None:
    """Take the role that somebody has. Raises NotSignedIn, NotAllowed, NotFound, LastAdministrator or InvalidInput."""
    seat = await _seat(work, person_id, municipality_id)
    actor_id, reason = policy.may_revoke(viewer, seat), _reason(reason)
    if seat["role"] is None:
        raise NotFound(message="This person has no role in this municipality.")
    own = (col(RoleRow.person_id) == person_id, col(RoleRow.municipality_id) == municipality_id)
    await work.run(sa.delete(RoleRow).where(*own))
    work.record(RolesChanged(person_id))
    _record(work, "revokeRole", actor_id, seat, seat["role"], reason)


async def appoint(work: Work, person_id: UUID, role: Role, municipality_id: str) -> None:
    """Give a role as who runs the installation."""
    await give_role(work, person_id, role, municipality_id)
    _record(work, "grantRole", None, {"person_id": person_id, "municipality_id": municipality_id}, role)


async def make_platform_administrator(work: Work, person_id: UUID) -> None:
    """Let somebody make municipalities and their administrators: by who runs the installation."""
    row = {"person_id": person_id, "since": clock.now()}
    await work.put(PlatformAdministratorRow, [row], key=("person_id",), fixed=("since",))
    work.record(RolesChanged(person_id))
    work.audit(Act("makePlatformAdministrator", None, None, keys.encode("Person", person_id), person_id))


def _tidy(settings: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return rules.tidy_settings(settings)
    except rules.NotASetting as wrong:
        raise InvalidInput(field=wrong.field, message=str(wrong)) from wrong


async def _set(work: Work, municipality_id: str, is_active: bool | None, tidy: Mapping[str, Any]) -> list[str]:
    """Write what differs, under the lock of the settings' row; the names of what did."""
    target = SettingsRow.__table__  # type: ignore[attr-defined]
    await work.run(work.insert(SettingsRow).values(_fresh(municipality_id)).on_conflict_do_nothing())
    own = col(SettingsRow.municipality_id) == municipality_id
    before = await work.row(sa.select(target).where(own).with_for_update())
    assert before is not None
    changes = {name: value for name, value in tidy.items() if value != before[name]}
    if is_active is not None and is_active != (before["active_since"] is not None):
        changes["active_since"] = clock.now() if is_active else None
    if changes:
        await work.run(sa.update(target).where(own).values(changes))
    return list(changes)


def _fresh(municipality_id: str) -> dict[str, Any]:
    row = SettingsRow(municipality_id=municipality_id)
    return {column.name: getattr(row, column.name) for column in SettingsRow.__table__.c}  # type: ignore[attr-defined]


async def _seat(work: Work, person_id: UUID, municipality_id: str) -> Row:
    """Whose role where: `person_id, municipality_id, role`, the role None for none; and `administrators`, how many there
    are. All roles of the municipality are locked, in one order: who change them at the same time take turns."""
    here = pick(RoleRow, "person_id", "role").where(col(RoleRow.municipality_id) == municipality_id)
    team = await work.rows(here.order_by(col(RoleRow.person_id)).with_for_update())
    roles = {row["person_id"]: row["role"] for row in team}
    return {
        "person_id": person_id,
        "municipality_id": municipality_id,
        "role": roles.get(person_id),
        "administrators": sum(role is Role.ADMINISTRATOR for role in roles.values()),
    }


async def _put(work: Work, viewer: Viewer, person_id: UUID, municipality_id: str, role: Role) -> int:
    """Give the role, unless its holder has become an administrator meanwhile: that is the platform's to change."""
    row = {"person_id": person_id, "municipality_id": municipality_id, "role": role}
    may = None if viewer.is_platform_administrator else col(RoleRow.role) != Role.ADMINISTRATOR
    return await work.run(
        work.insert(RoleRow)
        .values(row)
        .on_conflict_do_update(index_elements=["person_id", "municipality_id"], set_={"role": role}, where=may)
    )


def _reason(reason: str) -> str:
    tidy = reason.strip()
    if len(tidy) > LONGEST_REASON:
        raise InvalidInput(field="reason", message=f"A reason has at most {LONGEST_REASON:,} characters.")
    return tidy


def _record(work: Work, action: str, actor_id: UUID | None, seat: Row, role: Role, reason: str = "") -> None:
    person_id, place = seat["person_id"], seat["municipality_id"]
    work.audit(Act(action, place, actor_id, keys.encode("Person", person_id), person_id, reason, role.name))
