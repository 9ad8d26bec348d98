"""Who may have data exported, and erased: each their own."""

from uuid import UUID

from modules.kernel.policy import Viewer, somebody


def may_export(viewer: Viewer) -> UUID:
    """Whoever is signed in; their key."""
    return somebody(viewer)


def may_erase(viewer: Viewer) -> UUID:
    """Whoever is signed in; their key. Who they are is shown again besides."""
    return somebody(viewer)
