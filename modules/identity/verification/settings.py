"""What each municipality asks of its residents: one answer, asked here alone."""

from modules.identity.tables import MunicipalityRow
from modules.identity.verification.rules import Requirements
from modules.kernel.storage import Reading
from modules.kernel.tables import col, pick

USUAL = Requirements()


async def requirements_of(read: Reading, municipality_id: str) -> Requirements | None:
    """The requirements of a municipality, None where there is no such place. As yet all ask the same."""
    place = await read.value(pick(MunicipalityRow, "id").where(col(MunicipalityRow.id) == municipality_id))
    return None if place is None else USUAL
