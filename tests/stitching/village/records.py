"""What the village keeps, and word of who looked."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from modules.kernel import keys
from modules.kernel.context import Info
from modules.kernel.storage import Row

LOOKED: list[tuple[str, int]] = []  # (what was looked up, for how many), since the test began

HOUSES = {UUID(int=n): {"id": UUID(int=n), "street": f"Street {n}", "owner_id": UUID(int=10 + n)} for n in (1, 2, 3)}
NEIGHBOURS = {UUID(int=n): {"id": UUID(int=n), "name": f"Neighbour {n}"} for n in (11, 12)}  # 13 has moved away
SQUARES = {"main": {"id": "main", "trees": 7}}


def house(number: int) -> str:
    return keys.encode("House", UUID(int=number))


def neighbour(number: int) -> str:
    return keys.encode("Neighbour", UUID(int=number))


async def houses_by_id(keys: Sequence[Row], info: Info) -> list[Row | None]:
    return _found("houses", HOUSES, keys)


async def squares_by_id(keys: Sequence[Row], info: Info) -> list[Row | None]:
    return _found("squares", SQUARES, keys)


async def neighbours_by_id(keys: Sequence[Row], info: Info) -> list[Row | None]:
    return _found("neighbours", NEIGHBOURS, keys)


def _found(name: str, rows: Mapping[Any, Row], keys: Sequence[Row]) -> list[Row | None]:
    LOOKED.append((name, len(keys)))
    return [rows.get(key["id"]) for key in keys]
