"""What each municipality asks of its residents: one answer, asked here alone."""

from modules.identity.municipalities.tables import SettingsRow
from modules.identity.tables import MunicipalityRow
from modules.identity.verification.rules import Requirements
from modules.identity.verification.terms import Method
from modules.kernel.refusals import InvalidInput
from modules.kernel.storage import Reading
from modules.kernel.tables import col, pick

USUAL = Requirements()
_SETTINGS = (
    pick(MunicipalityRow, "id")
    .add_columns(
        col(SettingsRow.active_since),
        col(SettingsRow.verification_handlers),
        col(SettingsRow.minimum_age),
        col(SettingsRow.postal_codes),
    )
    .outerjoin(SettingsRow, col(SettingsRow.municipality_id) == col(MunicipalityRow.id))
)


async def requirements_of(read: Reading, municipality_id: str) -> Requirements | None:
    """The requirements of a municipality: its settings while it takes part, else the usual ones. None where there is no such
    place."""
    row = await read.row(_SETTINGS.where(col(MunicipalityRow.id) == municipality_id))
    if row is None:
        return None
    if row["active_since"] is None:
        return USUAL
    methods = tuple(Method(name) for name in row["verification_handlers"])
    return Requirements(methods, row["minimum_age"], row["postal_codes"])


async def required(read: Reading, municipality_id: str) -> Requirements:
    """The same, of a place that is asked for. Raises InvalidInput."""
    requirements = await requirements_of(read, municipality_id)
    if requirements is None:
        raise InvalidInput(field="municipalityId", message="There is no such municipality.")
    return requirements
