"""Who may do what in a poll."""

from uuid import UUID

from modules.kernel import clock
from modules.kernel.levels import Level
from modules.kernel.policy import Role, Viewer, require, require_resident, somebody
from modules.kernel.refusals import InvalidInput
from modules.kernel.storage import Row
from modules.voting import rules
from modules.voting.ports import DebateFacts
from modules.voting.refusals import AlreadyVoted, PollNotOpen


def may_open_poll(viewer: Viewer, debate: DebateFacts) -> UUID:
    """Who started the debate, or an official of its municipality, while it is open; the opener's key."""
    person_id = somebody(viewer)
    if debate.opened_by != person_id:
        require(viewer, Role.OFFICIAL, debate.municipality_id)
    if not debate.is_open:
        raise InvalidInput(field="debateId", message="This debate is not open now.")
    return person_id


def may_cast(viewer: Viewer, poll: Row, level: Level, *, has_voted: bool = False) -> UUID:
    """Who holds the poll's level in its municipality, once, while it is open; the voter's key. `level` is what the viewer
    holds there. That it is once, the database decides."""
    person_id = somebody(viewer)
    _require_open(poll)
    require_resident(viewer, held=level, needed=Level(poll["minimum_level"]))
    if has_voted:
        raise AlreadyVoted()
    return person_id


def may_close(viewer: Viewer, poll: Row) -> UUID:
    """Who opened it, or an official of its municipality, while it is open."""
    person_id = somebody(viewer)
    if poll["opened_by"] != person_id:
        require(viewer, Role.OFFICIAL, poll["municipality_id"])
    _require_open(poll)
    return person_id


def _require_open(poll: Row) -> None:
    if not rules.is_open(poll["opens_at"], poll["closes_at"], now=clock.now()):
        raise PollNotOpen()
