"""Who may decide which keys open an account."""

from uuid import UUID

from modules.identity.passkeys.refusals import PasskeyRefused
from modules.kernel.policy import Viewer, somebody
from modules.kernel.refusals import NotFound
from modules.kernel.storage import Row


def may_register_passkey(viewer: Viewer) -> UUID:
    """Everybody for themselves; the person's key."""
    return somebody(viewer)


def may_answer(viewer: Viewer, challenge: Row) -> UUID:
    """Whoever asked to register; the person's key. Raises NotSignedIn or PasskeyRefused."""
    person_id = somebody(viewer)
    if challenge["person_id"] != person_id:
        raise PasskeyRefused()
    return person_id


def may_remove_passkey(viewer: Viewer, passkey: Row | None) -> UUID:
    """Everybody their own; the person's key. Raises NotSignedIn, and NotFound for another's as for none."""
    person_id = somebody(viewer)
    if passkey is None or passkey["person_id"] != person_id:
        raise NotFound(message="You have no such passkey.")
    return person_id
