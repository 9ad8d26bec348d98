"""What the registry answers to other modules' questions."""

from collections.abc import Collection

from modules.kernel.storage import Reading
from modules.kernel.tables import col, pick
from modules.registry.tables import LegalEntityRow


class LegalEntities:
    async def names_by_edrpou(self, read: Reading, edrpous: Collection[str]) -> dict[str, str]:
        """The registered name of each code that the register has; the others are absent."""
        known = pick(LegalEntityRow, "edrpou", "name").where(col(LegalEntityRow.edrpou).in_(edrpous))
        return {row["edrpou"]: row["name"] for row in await read.rows(known)} if edrpous else {}
