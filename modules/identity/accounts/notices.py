"""Letters that tell people what has changed in how their account is opened, whoever did it."""

from enum import Enum
from uuid import UUID

from modules.kernel.storage import Work

LETTER = "identity.letter"


class Change(Enum):
    PASSWORD = "password_changed"  # noqa: S105 (not a password)
    EMAIL = "email_changed"
    TOTP_ON = "totp_on"
    TOTP_OFF = "totp_off"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_UNLINKED = "identity_unlinked"
    API_CLIENT_CREATED = "api_client_created"


def enqueue_notice(work: Work, change: Change, person_id: UUID, *, to: str | None = None) -> None:
    """Have the person told, with the change: at `to`, or at the address of the account; whoever has none is not told."""
    work.enqueue(LETTER, {"change": change.value, "subject_id": person_id, "to": to})
