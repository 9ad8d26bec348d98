"""Who may do what in a debate."""

from uuid import UUID

from modules.civic import rules
from modules.civic.refusals import DebateNotOpen
from modules.kernel import clock
from modules.kernel.policy import Role, Viewer, require, somebody
from modules.kernel.refusals import NotFound
from modules.kernel.storage import Row


def may_start_debate(viewer: Viewer) -> UUID:
    """Anybody who is signed in; the starter's key."""
    return somebody(viewer)


def may_comment(viewer: Viewer, debate: Row) -> UUID:
    """Anybody who is signed in, while the debate is open; the author's key."""
    author_id = somebody(viewer)
    _require_open(debate)
    return author_id


def may_react(viewer: Viewer, comment: Row, debate: Row) -> UUID:
    """Anybody who is signed in, to what is not hidden, while its debate is open; the person's key."""
    person_id = somebody(viewer)
    if comment["hidden_at"] is not None:
        raise NotFound(message="This comment is hidden.")
    _require_open(debate)
    return person_id


def shown_debate_as(viewer: Viewer, debate: Row) -> Viewer:
    """As whom somebody is shown what happens in a debate: as a moderator there, or as anybody."""
    return viewer.only(Role.MODERATOR, debate["municipality_id"])


def may_hide(viewer: Viewer, comment: Row) -> UUID:
    """A moderator of the comment's municipality."""
    return require(viewer, Role.MODERATOR, comment["municipality_id"])


def may_close(viewer: Viewer, debate: Row) -> UUID:
    """Who opened it, or an official of its municipality, while it is open."""
    person_id = somebody(viewer)
    if debate["opened_by"] != person_id:
        require(viewer, Role.OFFICIAL, debate["municipality_id"])
    _require_open(debate)
    return person_id


def _require_open(debate: Row) -> None:
    if not rules.is_open(debate["opens_at"], debate["closes_at"], now=clock.now()):
        raise DebateNotOpen()
