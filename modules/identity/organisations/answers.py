"""What organisations answer to other modules' questions."""

from uuid import UUID

from modules.identity.organisations.policy import speaks
from modules.identity.organisations.tables import MembershipRow, OrganisationRow
from modules.kernel.storage import Reading
from modules.kernel.tables import col, pick


class Organisations:
    async def may_speak(self, read: Reading, person_id: UUID, organisation_id: UUID) -> bool:
        """Whether what this person says now may be said in the name of that organisation."""
        held = col(MembershipRow.organisation_id) == col(OrganisationRow.id)
        asked = (col(MembershipRow.organisation_id) == organisation_id, col(MembershipRow.person_id) == person_id)
        role = pick(OrganisationRow, "verification_state").add_columns(col(MembershipRow.role))
        row = await read.row(role.join(MembershipRow.__table__, held).where(*asked))  # type: ignore[attr-defined]
        return row is not None and speaks(row["role"], row["verification_state"])
