"""Places and people brought in: the codifier of Ukraine's places, KATOTTG, from a CSV file; people by other imports."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from modules.identity.profile.tables import InterestRow
from modules.identity.tables import Category, MunicipalityRow, PersonRow
from modules.identity.verification.rules import tidy as tidy_given
from modules.identity.verification.terms import DocumentType, Method
from modules.kernel import keys
from modules.kernel.registers import RegisterChanged
from modules.kernel.search import searchable
from modules.kernel.storage import OnProgress, Storage, Work
from modules.kernel.tables import col, pick
from modules.kernel.tabular import BadFile, Circle, Problem, parents_first, read_csv, refuse

__all__ = [
    "COLUMNS",
    "LONGEST_NAME",
    "Category",
    "DocumentType",
    "Method",
    "OnProgress",
    "Person",
    "Unit",
    "import_katottg",
    "put_municipalities",
    "put_people",
    "read_katottg",
    "tidy_given",
]

COLUMNS = ("code", "parent", "category", "name")
REGISTER = keys.derived("register", "katottg")
LONGEST_NAME = 500  # an index of names holds what is shorter than 2,704 bytes

_CODE = re.compile(r"UA[0-9]{17}")
_CATEGORIES = {str(category.value): category for category in Category}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the codifier. `parent` is the code of the unit that it lies in, None at the top."""

    code: str
    parent: str | None
    category: Category
    name: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who takes part, without an account. `municipality_id` is a code, `locale` two letters of ISO 639."""

    id: UUID
    name: str
    about: str
    locale: str
    municipality_id: str | None
    joined_at: datetime
    interests: Sequence[str] = ()
    """Tidy, as `profile.rules.tidy_interests` leaves them; they join those that are there."""


async def import_katottg(storage: Storage, path: Path, on_progress: OnProgress = lambda done, total: None) -> int:
    """Bring a file into the database, whole or not at all; how many units it has. Raises BadFile."""
    units = read_katottg(path)
    async with storage.writing() as work:
        await put_municipalities(work, units, on_progress)
    return len(units)


def read_katottg(path: Path) -> list[Unit]:
    """The units of a CSV file with the columns code, parent, category, name; each after its parent. Raises BadFile."""
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    units: dict[str, Unit] = {}
    for line, row in read_csv(path, COLUMNS, problems):
        found = [Problem(path.name, line, field, reason, row[field]) for field, reason in _faults(row, lines).items()]
        problems += found
        lines.setdefault(row["code"], line)
        if not found:
            units[row["code"]] = _unit(row)
    problems += [
        Problem(path.name, lines[unit.code], "parent", "no row of the file has this code", unit.parent)
        for unit in units.values()
        if unit.parent is not None and unit.parent not in lines
    ]
    refuse(problems)
    return _in_order(path, units, lines)


async def put_municipalities(
    work: Work, units: Sequence[Unit], on_progress: OnProgress = lambda done, total: None
) -> None:
    """Write units that come each after its parent; those that are there already are brought up to date."""
    rows = [
        {
            "id": unit.code,
            "parent_id": unit.parent,
            "category": unit.category,
            "name": unit.name,
            "search_text": searchable(unit.name),
        }
        for unit in units
    ]
    if await work.put(MunicipalityRow, rows, on_progress=on_progress):
        work.record(RegisterChanged(REGISTER))


async def put_people(work: Work, people: Sequence[Person]) -> None:
    """Write people; those who are there already are brought up to date, those who were erased stay so."""
    gone = await work.rows(pick(PersonRow, "id").where(col(PersonRow.erased_at).is_not(None)))
    erased = {row["id"] for row in gone}
    people = [person for person in people if person.id not in erased]
    rows = [
        {
            "id": person.id,
            "name": person.name,
            "about": person.about,
            "locale": person.locale,
            "municipality_id": person.municipality_id,
            "joined_at": person.joined_at,
            "search_text": searchable(person.name),
        }
        for person in people
    ]
    await work.put(PersonRow, rows)
    interests = [
        {"person_id": person.id, "interest": interest, "position": position}
        for person in people
        for position, interest in enumerate(person.interests)
    ]
    await work.put(InterestRow, interests, key=("person_id", "interest"))


def _faults(row: dict[str, str], lines: dict[str, int]) -> dict[str, str]:
    """What is wrong with a row: the reason by field."""
    found = {}
    if not _CODE.fullmatch(row["code"]):
        found["code"] = "is not UA and 17 digits"
    elif row["code"] in lines:
        found["code"] = f"is on line {lines[row['code']]} already"
    if row["parent"] and not _CODE.fullmatch(row["parent"]):
        found["parent"] = "is not UA and 17 digits"
    if row["category"] not in _CATEGORIES:
        found["category"] = f"is none of {', '.join(_CATEGORIES)}"
    if not 0 < len(row["name"].strip()) <= LONGEST_NAME:
        found["name"] = f"does not have 1 to {LONGEST_NAME} characters"
    return found


def _unit(row: dict[str, str]) -> Unit:
    return Unit(row["code"], row["parent"] or None, _CATEGORIES[row["category"]], row["name"].strip())


def _in_order(path: Path, units: dict[str, Unit], lines: dict[str, int]) -> list[Unit]:
    try:
        return [units[code] for code in parents_first({unit.code: unit.parent for unit in units.values()})]
    except Circle as circle:
        reason = "the unit lies, through its parents, in itself"
        problem = Problem(path.name, lines[circle.key], "parent", reason, units[circle.key].parent or "")
        raise BadFile([problem]) from None
