"""Who may do what in a poll."""

from uuid import UUID

from modules.kernel.policy import Role, Viewer, require, somebody
from modules.kernel.storage import Row
from modules.voting.ports import DebateFacts


def may_open_poll(viewer: Viewer, debate: DebateFacts) -> UUID:
    """Who started the debate, or an official of its municipality; the opener's key."""
    person_id = somebody(viewer)
    return person_id if debate.opened_by == person_id else require(viewer, Role.OFFICIAL, debate.municipality_id)


def may_cast(viewer: Viewer) -> UUID:
    """Anybody who is signed in; the voter's key."""
    return somebody(viewer)


def may_close(viewer: Viewer, poll: Row) -> UUID:
    """Who opened it, or an official of its municipality."""
    person_id = somebody(viewer)
    return person_id if poll["opened_by"] == person_id else require(viewer, Role.OFFICIAL, poll["municipality_id"])
