"""Handlers: the ways to be verified. A handler is a plug-in, one declaration; README.md tells how to add one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from uuid import UUID

from modules.identity.verification.keyed import Keyed
from modules.identity.verification.rules import Given, Requirements, unfit
from modules.identity.verification.tables import CensusRow
from modules.identity.verification.terms import Detail, Method
from modules.kernel.levels import Level
from modules.kernel.storage import Reading
from modules.kernel.tables import col, pick


@dataclass(frozen=True, repr=False)
class Claim:
    """Who says what of themselves, where; all that the handler needs is there, and tidy."""

    person_id: UUID
    municipality_id: str
    given: Given
    requirements: Requirements
    keyed: Keyed
    today: date


@dataclass(frozen=True)
class Verdict:
    """What a check found: what does not fit, and in which district of the municipality the person lives, if it tells.

    identity: what is one person's alone, where a handler finds that by itself; else it is the document that was given.
    """

    wrong: tuple[Detail, ...] = ()
    district: str | None = None
    identity: str | None = None


class Awaits(Enum):
    """What has to come after a check that found nothing wrong."""

    NOTHING = "nothing"
    OFFICIAL = "official"
    CODE = "code"


@dataclass(frozen=True, kw_only=True)
class Handler:
    """A way to be verified: what it needs, what level it gives, how it is checked, what it waits for after that."""

    method: Method
    needs: tuple[Detail, ...]
    gives: Level
    check: Callable[[Reading, Claim], Awaitable[Verdict]]
    awaits: Awaits = Awaits.NOTHING


async def fits_rules(_read: Reading, claim: Claim) -> Verdict:
    """Whether age and place are as the municipality asks."""
    return Verdict(unfit(claim.given, claim.requirements, claim.today))


async def fits_census(read: Reading, claim: Claim) -> Verdict:
    """The same, and whether the census has all of it together: it is not told what alone would be right."""
    wrong = unfit(claim.given, claim.requirements, claim.today)
    here = col(CensusRow.municipality_id) == claim.municipality_id
    record = col(CensusRow.record_hash) == claim.keyed.record(claim.given)
    row = await read.row(pick(CensusRow, "district").where(here, record))
    if row is None:
        return Verdict(DOCUMENT)
    return Verdict(wrong, row["district"] or None)


DOCUMENT = (Detail.DOCUMENT_TYPE, Detail.DOCUMENT_NUMBER, Detail.DATE_OF_BIRTH, Detail.POSTAL_CODE)
HANDLERS = (
    Handler(method=Method.FORM, needs=DOCUMENT, gives=Level.RESIDENT, check=fits_rules),
    Handler(method=Method.CENSUS, needs=DOCUMENT, gives=Level.RESIDENT, check=fits_census),
    Handler(method=Method.DESK, needs=DOCUMENT, gives=Level.CONFIRMED, check=fits_rules, awaits=Awaits.OFFICIAL),
    Handler(
        method=Method.LETTER,
        needs=(*DOCUMENT, Detail.ADDRESS),
        gives=Level.CONFIRMED,
        check=fits_rules,
        awaits=Awaits.CODE,
    ),
)


def handler_of(method: Method) -> Handler:
    """Raises StopIteration for a method that has none."""
    return next(handler for handler in HANDLERS if handler.method is method)


def offered(requirements: Requirements) -> tuple[Handler, ...]:
    """The handlers that a municipality wants, in their own order."""
    return tuple(handler for handler in HANDLERS if handler.method in requirements.methods)
