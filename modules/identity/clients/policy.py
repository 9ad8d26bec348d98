"""Who may do what with API clients. To make one takes no office, since a key reads what everybody reads: somebody who answers
for it does, and has just signed in."""

from uuid import UUID

from modules.kernel.policy import Viewer, somebody
from modules.kernel.refusals import NotFound
from modules.kernel.storage import Row


def revoke_api_client(viewer: Viewer, client: Row | None) -> UUID:
    """The person who answers for it. Raises NotSignedIn, or NotFound: what others have is not told."""
    person_id = somebody(viewer)
    if client is None or client["person_id"] != person_id:
        raise NotFound()
    return person_id
