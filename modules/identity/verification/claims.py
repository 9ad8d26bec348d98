"""What a provider tells of somebody, read from its claims."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modules.identity.ports import ClaimPath, OpenidProvider
from modules.identity.verification import rules
from modules.identity.verification.rules import Given
from modules.identity.verification.terms import Detail, DocumentType

_LONGEST = 200  # characters of a number or a code


@dataclass(frozen=True, repr=False)
class Vouched:
    """What a provider tells of somebody, tidy. `lacks` is what it should tell, and does not, or not as such a thing.

    identity: what is one person's alone, where that is no document that others could show, too.
    """

    given: Given
    municipality_id: str | None
    identity: str | None
    lacks: tuple[Detail, ...]


def vouched(provider: OpenidProvider, subject: str, claims: Mapping[str, Any]) -> Vouched:
    """The claims of one whom the provider calls `subject`; it is one that vouches."""
    vouches = provider.vouches
    assert vouches is not None
    kind = DocumentType(vouches.document_type) if vouches.document_type else None
    number, municipality = _text(claims, vouches.document_number), _text(claims, vouches.municipality)
    given = Given(
        kind,
        rules.tidy_number(kind, number) if kind else None,
        rules.tidy_day(_text(claims, vouches.date_of_birth)),
        rules.tidy_postal_code(_text(claims, vouches.postal_code)),
    )
    told = (
        (Detail.DOCUMENT_NUMBER, vouches.document_number, given.document_number if kind else number),
        (Detail.DATE_OF_BIRTH, vouches.date_of_birth, given.date_of_birth),
        (Detail.POSTAL_CODE, vouches.postal_code, given.postal_code),
        (Detail.MUNICIPALITY, vouches.municipality, municipality),
    )
    lacks = tuple(detail for detail, path, value in told if path and not value)
    own = f"{provider.issuer} number {number}" if number else f"{provider.issuer} subject {subject}"
    return Vouched(given, municipality or None, None if kind else own, lacks)


def _text(claims: Mapping[str, Any], path: ClaimPath | None) -> str:
    """The text that lies there; empty for anything else."""
    found: Any = claims if path else ""
    for name in path or ():
        found = found.get(name) if isinstance(found, Mapping) else None
    return " ".join(found.split())[:_LONGEST] if isinstance(found, str) else ""
