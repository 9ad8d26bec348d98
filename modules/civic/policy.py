"""Who may do what in a debate."""

from uuid import UUID

from modules.kernel.policy import Role, Viewer, require, somebody
from modules.kernel.storage import Row


def may_start_debate(viewer: Viewer) -> UUID:
    """Anybody who is signed in; the starter's key."""
    return somebody(viewer)


def may_comment(viewer: Viewer) -> UUID:
    """Anybody who is signed in; the author's key."""
    return somebody(viewer)


def may_react(viewer: Viewer) -> UUID:
    """Anybody who is signed in; the person's key."""
    return somebody(viewer)


def shown_debate_as(viewer: Viewer, debate: Row) -> Viewer:
    """As whom somebody is shown what happens in a debate: as a moderator there, or as anybody."""
    return viewer.only(Role.MODERATOR, debate["municipality_id"])


def may_hide(viewer: Viewer, comment: Row) -> UUID:
    """A moderator of the comment's municipality."""
    return require(viewer, Role.MODERATOR, comment["municipality_id"])


def may_close(viewer: Viewer, debate: Row) -> UUID:
    """Who opened it, or an official of its municipality."""
    person_id = somebody(viewer)
    return person_id if debate["opened_by"] == person_id else require(viewer, Role.OFFICIAL, debate["municipality_id"])
