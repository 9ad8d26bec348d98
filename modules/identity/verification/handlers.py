"""Handlers: the ways to be verified. A handler is a plug-in, one declaration; README.md tells how to add one."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from uuid import UUID

import sqlalchemy as sa

from modules.identity.ports import OpenidProvider
from modules.identity.tables import MunicipalityRow
from modules.identity.verification.claims import Vouched
from modules.identity.verification.keyed import Keyed
from modules.identity.verification.rules import Given, Requirements, unfit
from modules.identity.verification.tables import CensusRow
from modules.identity.verification.terms import Detail, Method
from modules.kernel.levels import Level
from modules.kernel.storage import Work
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
    vouched: Vouched | None = None
    """What a provider told, where one did."""


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
    PROVIDER = "provider"
    """Before the check: it is what the provider tells that is checked."""


@dataclass(frozen=True, kw_only=True)
class Handler:
    """A way to be verified: what it needs, what level it gives, how it is checked, what it waits for after that.

    provider: the name of the provider that vouches, where one does.
    """

    method: Method
    needs: tuple[Detail, ...]
    gives: Level
    check: Callable[[Work, Claim], Awaitable[Verdict]]
    awaits: Awaits = Awaits.NOTHING
    provider: str | None = None


async def fits_rules(_work: Work, claim: Claim) -> Verdict:
    """Whether age and place are as the municipality asks."""
    return Verdict(unfit(claim.given, claim.requirements, claim.today))


async def fits_census(work: Work, claim: Claim) -> Verdict:
    """The same, and whether the census has all of it together: it is not told what alone would be right."""
    wrong = unfit(claim.given, claim.requirements, claim.today)
    here = col(CensusRow.municipality_id) == claim.municipality_id
    record = claim.keyed.record(claim.given)
    await work.naming(record)
    row = await work.row(pick(CensusRow, "district").where(here, col(CensusRow.record_hash) == record))
    if row is None:
        return Verdict(DOCUMENT)
    return Verdict(wrong, row["district"] or None)


async def fits_claims(work: Work, claim: Claim) -> Verdict:
    """Whether age and place are as the municipality asks, by what the provider tells.

    Who tells no municipality, but a postal code, vouches only where a municipality says which codes are its own.
    """
    told, place = claim.vouched, claim.municipality_id
    assert told is not None
    wrong = unfit(claim.given, claim.requirements, claim.today)
    if told.municipality_id is None and not claim.requirements.postal_codes:
        wrong = (*wrong, Detail.POSTAL_CODE)
    if told.municipality_id is not None and not await work.value(_lies_in(told.municipality_id, place)):
        wrong = (*wrong, Detail.MUNICIPALITY)
    return Verdict(wrong, identity=told.identity)


def _lies_in(code: str, municipality_id: str) -> sa.Select[tuple[bool]]:
    """Whether a place of the codifier is this one, or lies in it."""
    own, parent = col(MunicipalityRow.id), col(MunicipalityRow.parent_id)
    around = sa.select(own, parent).where(own == code).cte("around", recursive=True)
    around = around.union(sa.select(own, parent).where(own == around.c.parent_id))
    return sa.select(sa.exists().where(around.c.id == municipality_id))


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


_OIDC = Handler(method=Method.OIDC, needs=(), gives=Level.RESIDENT, check=fits_claims, awaits=Awaits.PROVIDER)


def handler_of(method: Method) -> Handler:
    """Of what waits for an official or a letter. Raises StopIteration for a method that has none."""
    return next(handler for handler in HANDLERS if handler.method is method)


def by_provider(provider: OpenidProvider) -> Handler:
    """The one of a provider that vouches."""
    assert provider.vouches is not None
    return replace(_OIDC, gives=Level(provider.vouches.level), provider=provider.name)


def offered(requirements: Requirements, providers: Sequence[OpenidProvider]) -> tuple[Handler, ...]:
    """The handlers that a municipality wants, in their own order; one for each provider that vouches."""
    vouching = tuple(by_provider(each) for each in providers if each.vouches)
    return tuple(handler for handler in (*HANDLERS, *vouching) if handler.method in requirements.methods)
