"""What would give an account away is for who has just signed in: a session that was stolen, or left open on a table, is not
enough to make it somebody else's for good. See docs/decisions/0022."""

from datetime import datetime, timedelta
from uuid import UUID

from modules.identity.refusals import SignInAgain
from modules.identity.tables import SessionRow
from modules.kernel import clock
from modules.kernel.policy import Viewer, somebody
from modules.kernel.storage import Reading
from modules.kernel.tables import col, pick

RECENT = timedelta(minutes=15)


async def require_recent(read: Reading, viewer: Viewer, *, at: datetime | None = None) -> UUID:
    """The person, whose session began so short a time before `at`: now, if it is not given. Raises NotSignedIn or SignInAgain."""
    person_id, since = somebody(viewer), (at or clock.now()) - RECENT
    own = (col(SessionRow.id) == viewer.session_id, col(SessionRow.person_id) == person_id)
    if await read.value(pick(SessionRow, "id").where(*own, col(SessionRow.created_at) > since)) is None:
        raise SignInAgain()
    return person_id
