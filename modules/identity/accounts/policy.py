"""Who may do what with an account: each with the own one."""

from uuid import UUID

from modules.kernel.policy import Viewer, somebody


def may_change_email(viewer: Viewer) -> UUID:
    """Whoever is signed in; their key. The password is asked for besides."""
    return somebody(viewer)


def may_end_sessions(viewer: Viewer) -> UUID:
    """Whoever is signed in, of their own sessions; their key."""
    return somebody(viewer)
