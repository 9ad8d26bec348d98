"""What identity answers to other modules' questions."""

import re
from collections.abc import Sequence

from sqlalchemy import tuple_
from sqlmodel import col

from modules.identity.actions import municipality_exists
from modules.identity.tables import Category, MunicipalityRow
from modules.kernel.storage import Reading
from modules.kernel.tables import pick

_CITY = re.compile(r"(?:м\.|місто )\s*(.+)")
_OBLAST = re.compile(r"(.+?)\s*(?:обл\.?|область)")
_CRIMEA = {"АР Крим", "АРК", "Автономна Республіка Крим"}


class Municipalities:
    async def exists(self, read: Reading, municipality_id: str) -> bool:
        """Whether there is a municipality with this code."""
        return await municipality_exists(read, municipality_id)

    async def codes_by_region(self, read: Reading, names: Sequence[str]) -> dict[str, str]:
        """The code of the oblast or special city that each name means, as registers write them: `Львівська обл.`.

        A name that means none (`Україна`) is absent.
        """
        meant = {name: unit for name in names if (unit := _unit(" ".join(name.split())))}
        named = tuple_(col(MunicipalityRow.category), col(MunicipalityRow.name))
        statement = pick(MunicipalityRow, "id", "category", "name").where(named.in_(set(meant.values())))
        codes = {(row["category"], row["name"]): row["id"] for row in await read.rows(statement)} if meant else {}
        return {name: codes[unit] for name, unit in meant.items() if unit in codes}


def _unit(region: str) -> tuple[Category, str] | None:
    """The category and the name in the codifier of what a register calls a region."""
    if region in _CRIMEA:
        return Category.OBLAST, "Автономна Республіка Крим"
    if city := _CITY.fullmatch(region):
        return Category.SPECIAL_CITY, city[1]
    oblast = _OBLAST.fullmatch(region)
    return (Category.OBLAST, oblast[1]) if oblast else None
