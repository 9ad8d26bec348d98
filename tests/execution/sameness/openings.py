"""With what Mira of the quarter signs in, and what applications ask with in her name."""

from datetime import timedelta
from uuid import UUID

from modules.identity.clients.tables import ApiClientRow
from modules.identity.openid.tables import IdentityRow
from modules.identity.passkeys.tables import PasskeyRow
from modules.kernel import keys
from modules.kernel.storage import Work
from tests.people import BEGAN


async def open_ways(work: Work, person: UUID) -> None:
    """Write two of each."""
    for number, name in enumerate(("one", "other")):
        at, key = BEGAN + timedelta(days=number), keys.derived("quarter", name)
        of = {"id": key, "person_id": person}
        passkey = {"credential_id": name, "public_key": b"key", "sign_count": number, "name": name, "created_at": at}
        await work.put(PasskeyRow, [of | passkey])
        linked = {"issuer": f"https://{name}.example", "subject": "mira", "provider": name, "linked_at": at}
        await work.put(IdentityRow, [of | linked])
        client = {"name": name, "prefix": name, "secret_hash": "0" * 64, "scopes": "read", "hourly_budget": 10**6}
        await work.put(ApiClientRow, [of | client | {"created_at": at}])
