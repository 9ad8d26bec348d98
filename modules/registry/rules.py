"""What a legal entity is, and what its code may be."""

import re
from enum import Enum

_EDRPOU = re.compile(r"[0-9]{8}")

SCHEME = "UA-EDR"  # the register's name in org-id.guide, as open contracting writes identifiers


class LegalEntityKind(Enum):
    """What a legal entity is there for."""

    PARTY = "party"
    PARTY_BRANCH = "party_branch"
    CIVIC_ORGANISATION = "civic_organisation"
    CHARITY = "charity"
    TRADE_UNION = "trade_union"
    RELIGIOUS_ORGANISATION = "religious_organisation"
    COOPERATIVE = "cooperative"
    CONDOMINIUM = "condominium"
    COUNCIL = "council"
    AUTHORITY = "authority"
    UTILITY = "utility"
    KINDERGARTEN = "kindergarten"
    SCHOOL = "school"
    UNIVERSITY = "university"
    LIBRARY = "library"
    MUSEUM = "museum"
    CULTURE_HOUSE = "culture_house"
    SPORTS_CLUB = "sports_club"
    HOSPITAL = "hospital"
    SOCIAL_SERVICE = "social_service"
    MEDIA = "media"
    COMPANY = "company"
    BRANCH = "branch"
    OTHER = "other"


def is_edrpou(text: str) -> bool:
    """Whether a text has the form of an EDRPOU: 8 digits. Codes with a wrong control digit are in use, so it may be wrong."""
    return _EDRPOU.fullmatch(text) is not None
