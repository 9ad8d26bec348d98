"""What verification answers to other modules' questions."""

from uuid import UUID

from modules.identity.verification.tables import VerificationRow
from modules.kernel import clock
from modules.kernel.storage import Reading
from modules.kernel.tables import col, pick


class Residents:
    async def level(self, read: Reading, person_id: UUID, municipality_id: str) -> int:
        """How well it is known now that a person lives in a municipality: 1 not at all, 2 by data, 3 confirmed.

        Hand it to `kernel.policy.require_resident`.
        """
        held = pick(VerificationRow, "level").where(
            col(VerificationRow.person_id) == person_id,
            col(VerificationRow.municipality_id) == municipality_id,
            col(VerificationRow.expires_at) > clock.now(),
        )
        return await read.value(held) or 1
