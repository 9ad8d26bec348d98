"""Who may say who somebody is."""

from uuid import UUID

from modules.kernel.policy import Viewer, somebody


def may_update_profile(viewer: Viewer) -> UUID:
    """Anybody who is signed in, of themselves; the person's key."""
    return somebody(viewer)
