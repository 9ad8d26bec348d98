"""Who may say who they are somewhere else."""

from uuid import UUID

from modules.kernel.policy import Viewer, somebody
from modules.kernel.refusals import NotFound
from modules.kernel.storage import Row


def may_finish(viewer: Viewer, start: Row) -> UUID | None:
    """Whom to link to: who is signed in and began to, else None. Raises NotFound for anybody else's beginning."""
    linking: UUID | None = start["person_id"]
    if linking is not None and linking != viewer.person_id:
        raise NotFound()
    return linking


def may_unlink_identity(viewer: Viewer, identity: Row | None) -> UUID:
    """Everybody their own; the person's key. Raises NotSignedIn, and NotFound for another's as for none."""
    person_id = somebody(viewer)
    if identity is None or identity["person_id"] != person_id:
        raise NotFound(message="You have no such linked identity.")
    return person_id
