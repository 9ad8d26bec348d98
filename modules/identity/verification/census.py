"""The census of a municipality: read from CSV, told what is wrong with it, put in the place of the one before."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from modules.identity.ports import Secrets
from modules.identity.tables import MunicipalityRow
from modules.identity.verification import policy, rules
from modules.identity.verification.keyed import Keyed, keyed
from modules.identity.verification.tables import CensusRow
from modules.identity.verification.terms import DocumentType
from modules.kernel import clock
from modules.kernel.policy import Viewer
from modules.kernel.refusals import InvalidInput
from modules.kernel.storage import Work
from modules.kernel.tables import col, pick
from modules.kernel.tabular import BadFile, Problem, parse_csv

COLUMNS = ("document_type", "document_number", "date_of_birth", "postal_code", "district")
LONGEST = 1_000_000  # characters
LONGEST_DISTRICT = 100
PREVIEWED = 5

_KINDS = {str(kind.value): kind for kind in DocumentType}
_REASONS = {
    "document_number": "is no number of such a document",
    "date_of_birth": "is no day in the past, written 1990-05-31",
    "postal_code": "does not have five digits",
}


@dataclass(frozen=True, repr=False)
class Previewed:
    """A row as it was understood; of the document's number only the end."""

    line: int
    document_type: DocumentType
    document_number: str
    date_of_birth: str
    postal_code: str
    district: str


@dataclass(frozen=True, repr=False)
class Census:
    """What a file says: the first rows, the district by the keyed hash of each good row, what is wrong with the others."""

    municipality_id: str
    preview: tuple[Previewed, ...]
    districts: dict[str, str]
    problems: tuple[Problem, ...]
    rows: int


async def read_census(viewer: Viewer, secrets: Secrets, municipality_id: str, text: str) -> Census:
    """What a CSV text says, in a thread: a large one takes a while. Raises NotSignedIn, NotAllowed or InvalidInput."""
    policy.may_upload_census(viewer, municipality_id)
    if len(text) > LONGEST:
        raise InvalidInput(field="csv", message=f"A census has at most {LONGEST:,} characters.")
    return await asyncio.to_thread(_Reader(keyed(secrets, municipality_id)).read, text)


async def replace_census(work: Work, viewer: Viewer, census: Census) -> int:
    """Put a census in the place of the one before; how many rows that had. Raises NotSignedIn, NotAllowed or InvalidInput."""
    place = census.municipality_id
    policy.may_upload_census(viewer, place)
    if census.problems:
        message = f"{len(census.problems)} things are wrong, the first is: {census.problems[0]}. Nothing was changed."
        raise InvalidInput(field="csv", message=message)
    if not census.districts:
        raise InvalidInput(field="csv", message="There is no row. Nothing was changed.")
    await work.as_(viewer)
    # One after the other: two at once would be mixed.
    await work.value(
        pick(MunicipalityRow, "id").where(col(MunicipalityRow.id) == place).with_for_update(key_share=True)
    )
    before = await work.run(sa.delete(CensusRow).where(col(CensusRow.municipality_id) == place))
    rows = [
        {"municipality_id": place, "record_hash": record, "district": district}
        for record, district in census.districts.items()
    ]
    await work.put(CensusRow, rows, key=("municipality_id", "record_hash"))
    return before


class _Reader:
    """Reads a text once. A document is on one line: what it is hashed to is remembered with its line."""

    def __init__(self, hashes: Keyed) -> None:
        self.hashes = hashes
        self.problems: list[Problem] = []
        self.districts: dict[str, str] = {}
        self.preview: list[Previewed] = []
        self.lines: dict[str, int] = {}
        self.rows = 0
        self.today = clock.now().date()

    def read(self, text: str) -> Census:
        try:
            for line, row in parse_csv(text, COLUMNS, self.problems, "csv"):
                self.rows += 1
                self._take(line, row)
        except BadFile as bad:
            self.problems.extend(bad.problems)
        in_order = tuple(sorted(self.problems, key=lambda problem: problem.line))
        return Census(self.hashes.municipality_id, tuple(self.preview), self.districts, in_order, self.rows)

    def _take(self, line: int, row: dict[str, str]) -> None:
        kind, district = _KINDS.get(row["document_type"].strip().lower()), " ".join(row["district"].split())
        given = rules.tidy(kind, row["document_number"], row["date_of_birth"], row["postal_code"])
        found = list(self._faults(given, district))
        if not found and (first := self.lines.setdefault(self.hashes.document(given), line)) != line:
            found = [("document_number", f"is on line {first} already")]
        # No value is told beside the place: a message may end where a document must not.
        self.problems.extend(Problem("csv", line, field, reason) for field, reason in found)
        if not found:
            self.districts[self.hashes.record(given)] = district
            self._show(line, given, district)

    def _faults(self, given: rules.Given, district: str) -> Iterator[tuple[str, str]]:
        if given.document_type is None:
            yield "document_type", f"is none of {', '.join(_KINDS)}"
        for field, reason in _REASONS.items():
            if getattr(given, field) is None and (field != "document_number" or given.document_type is not None):
                yield field, reason
        if given.date_of_birth is not None and given.date_of_birth > self.today:
            yield "date_of_birth", _REASONS["date_of_birth"]
        if len(district) > LONGEST_DISTRICT or not district.isprintable():
            yield "district", f"does not have at most {LONGEST_DISTRICT} printable characters"

    def _show(self, line: int, given: rules.Given, district: str) -> None:
        if len(self.preview) < PREVIEWED:
            assert given.document_type is not None
            assert given.document_number is not None
            end = f"…{given.document_number[-3:]}"
            day, code = str(given.date_of_birth), str(given.postal_code)
            self.preview.append(Previewed(line, given.document_type, end, day, code, district))
