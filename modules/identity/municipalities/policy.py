"""Who may configure a municipality, and who may say who works for it."""

from uuid import UUID

from modules.identity.municipalities.refusals import LastAdministrator
from modules.kernel.policy import Role, Viewer, require, somebody
from modules.kernel.refusals import NotAllowed
from modules.kernel.storage import Row


def may_activate(viewer: Viewer) -> UUID:
    """Who administers the platform: that a municipality takes part, or does no longer, is theirs to say."""
    person_id = somebody(viewer)
    if not viewer.is_platform_administrator:
        raise NotAllowed(message="Only who administers the platform may do this.")
    return person_id


def may_configure(viewer: Viewer, municipality_id: str) -> UUID:
    """Who administers the platform, or this municipality."""
    if viewer.is_platform_administrator:
        return somebody(viewer)
    return require(viewer, Role.ADMINISTRATOR, municipality_id)


def may_grant(viewer: Viewer, seat: Row, role: Role) -> UUID:
    """An administrator of the municipality to whoever is none there; administrators are made by the platform's.

    `seat` is whose role where: `person_id, municipality_id, role`, the role None for none; and `administrators`, how many
    the municipality has.
    """
    return _may_change(viewer, seat, role)


def may_revoke(viewer: Viewer, seat: Row) -> UUID:
    """As granting; besides, anybody may give up a role of their own."""
    if viewer.person_id is not None and viewer.person_id == seat["person_id"]:
        _keep_an_administrator(viewer, seat, None)
        return viewer.person_id
    return _may_change(viewer, seat, None)


def _may_change(viewer: Viewer, seat: Row, role: Role | None) -> UUID:
    person_id = may_configure(viewer, seat["municipality_id"])
    if Role.ADMINISTRATOR in (seat["role"], role) and not viewer.is_platform_administrator:
        raise NotAllowed(message="Administrators are made and dismissed by who administers the platform.")
    _keep_an_administrator(viewer, seat, role)
    return person_id


def _keep_an_administrator(viewer: Viewer, seat: Row, role: Role | None) -> None:
    """Nobody leaves a municipality without administrators by what they do to themselves."""
    if seat["person_id"] != viewer.person_id or seat["role"] is not Role.ADMINISTRATOR or role is seat["role"]:
        return
    if seat["administrators"] < 2:
        raise LastAdministrator()
