"""Who may decide how somebody signs in."""

from uuid import UUID

from modules.kernel.policy import Viewer, somebody


def may_confirm_totp(viewer: Viewer) -> UUID:
    """Everybody for themselves; the person's key."""
    return somebody(viewer)


def may_disable_totp(viewer: Viewer) -> UUID:
    """Everybody for themselves; the person's key."""
    return somebody(viewer)
