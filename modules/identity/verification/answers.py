"""What verification answers to other modules' questions."""

from collections.abc import Mapping
from uuid import UUID

from modules.identity.verification.tables import VerificationRow
from modules.kernel import clock
from modules.kernel.levels import Level
from modules.kernel.storage import Reading
from modules.kernel.tables import col, pick


class Residents:
    async def levels(self, read: Reading, person_id: UUID) -> Mapping[str, Level]:
        """How well it is known now where a person lives, by the code of the municipality; of others nothing is known.

        Hand what is held where it matters to `kernel.policy.require_resident`.
        """
        held = pick(VerificationRow, "municipality_id", "level").where(
            col(VerificationRow.person_id) == person_id, col(VerificationRow.expires_at) > clock.now()
        )
        return {row["municipality_id"]: Level(row["level"]) for row in await read.rows(held)}
