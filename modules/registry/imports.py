"""Legal entities brought in from a CSV file of a public register."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from stdnum.ua import edrpou as control

from modules.kernel import clock, keys
from modules.kernel.registers import RegisterChanged
from modules.kernel.search import searchable
from modules.kernel.storage import OnProgress, Reading, Storage, Work
from modules.kernel.tables import pick
from modules.kernel.tabular import BadFile, Circle, Problem, parents_first, read_csv, refuse
from modules.registry.ports import Municipalities
from modules.registry.rules import SCHEME, LegalEntityKind, is_edrpou
from modules.registry.tables import LegalEntityRow

COLUMNS = ("edrpou", "name", "kind", "region", "parent_edrpou")
REGISTER = keys.derived("register", SCHEME)
LONGEST_NAME = 500  # an index of names holds what is shorter than 2,704 bytes

_KINDS = {kind.value: kind for kind in LegalEntityKind}


@dataclass(frozen=True, slots=True)
class Entity:
    """A legal entity as a source tells of it. `parent` is an EDRPOU, `municipality_id` a code of KATOTTG."""

    edrpou: str
    name: str
    kind: LegalEntityKind
    region: str = ""
    parent: str | None = None
    short_name: str = ""
    municipality_id: str | None = None


@dataclass(frozen=True)
class Organisations:
    """What a file has: entities, each after its parent; and the rows whose control digit is wrong, which are kept."""

    entities: list[Entity]
    unverified: list[Problem]


async def import_organisations(
    storage: Storage,
    municipalities: Municipalities,
    path: Path,
    on_progress: OnProgress = lambda done, total: None,
) -> Organisations:
    """Bring a file into the register, whole or not at all, its regions linked to municipalities. Raises BadFile."""
    async with storage.reading() as read:
        found = read_organisations(path, await known_edrpous(read))
        regions = sorted({entity.region for entity in found.entities})
        codes = await municipalities.codes_by_region(read, regions)
    placed = [replace(entity, municipality_id=codes.get(entity.region)) for entity in found.entities]
    async with storage.writing() as work:
        await put_legal_entities(work, placed, on_progress)
    return Organisations(placed, found.unverified)


async def known_edrpous(read: Reading) -> frozenset[str]:
    """The EDRPOUs that are in the register."""
    return frozenset(row["edrpou"] for row in await read.rows(pick(LegalEntityRow, "edrpou")))


def read_organisations(path: Path, known: Collection[str] = ()) -> Organisations:
    """The rows of a CSV file with the columns edrpou, name, kind, region, parent_edrpou.

    A parent is in the file or among the EDRPOUs that are `known`. Raises BadFile.
    """
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    entities: dict[str, Entity] = {}
    for line, row in read_csv(path, COLUMNS, problems):
        found = [Problem(path.name, line, field, reason, row[field]) for field, reason in _faults(row, lines).items()]
        problems += found
        lines.setdefault(row["edrpou"], line)
        if not found:
            entities[row["edrpou"]] = _entity(row)
    problems += [
        Problem(
            path.name, lines[entity.edrpou], "parent_edrpou", "neither the file nor the register has it", entity.parent
        )
        for entity in entities.values()
        if entity.parent is not None and entity.parent not in lines and entity.parent not in known
    ]
    refuse(problems)
    unverified = [
        Problem(path.name, lines[edrpou], "edrpou", "the control digit is wrong; kept as unverified", edrpou)
        for edrpou in entities
        if not control.is_valid(edrpou)
    ]
    return Organisations(_in_order(path, entities, lines), unverified)


async def put_legal_entities(
    work: Work, entities: Sequence[Entity], on_progress: OnProgress = lambda done, total: None
) -> None:
    """Write entities that come each after its parent; those that are there already are brought up to date."""
    at = clock.now()
    rows = [_row(entity, at) for entity in entities]
    if await work.put(LegalEntityRow, rows, stamps=("updated_at",), on_progress=on_progress):
        work.record(RegisterChanged(REGISTER))


def _faults(row: Mapping[str, str], lines: Mapping[str, int]) -> dict[str, str]:
    """What is wrong with a row: the reason by field."""
    found = {}
    if not is_edrpou(row["edrpou"]):
        found["edrpou"] = "is not 8 digits"
    elif row["edrpou"] in lines:
        found["edrpou"] = f"is on line {lines[row['edrpou']]} already"
    if not 0 < len(row["name"].strip()) <= LONGEST_NAME:
        found["name"] = f"does not have 1 to {LONGEST_NAME} characters"
    if row["kind"] not in _KINDS:
        found["kind"] = f"is none of {', '.join(_KINDS)}"
    if row["parent_edrpou"] and not is_edrpou(row["parent_edrpou"]):
        found["parent_edrpou"] = "is not 8 digits"
    return found


def _entity(row: Mapping[str, str]) -> Entity:
    return Entity(
        edrpou=row["edrpou"],
        name=" ".join(row["name"].split()),
        kind=_KINDS[row["kind"]],
        region=row["region"].strip(),
        parent=row["parent_edrpou"] or None,
    )


def _in_order(path: Path, entities: Mapping[str, Entity], lines: Mapping[str, int]) -> list[Entity]:
    try:
        return [entities[edrpou] for edrpou in parents_first({each.edrpou: each.parent for each in entities.values()})]
    except Circle as circle:
        reason = "the entity is, through its parents, a branch of itself"
        problem = Problem(path.name, lines[circle.key], "parent_edrpou", reason, entities[circle.key].parent or "")
        raise BadFile([problem]) from None


def _row(entity: Entity, at: datetime) -> dict[str, Any]:
    return {
        "id": keys.derived(SCHEME, entity.edrpou),
        "edrpou": entity.edrpou,
        "name": entity.name,
        "short_name": entity.short_name,
        "kind": entity.kind,
        "region": entity.region,
        "municipality_id": entity.municipality_id,
        "parent_id": entity.parent and keys.derived(SCHEME, entity.parent),
        "is_verified": control.is_valid(entity.edrpou),
        "search_text": searchable(entity.name, entity.short_name, entity.edrpou),
        "updated_at": at,
    }
