"""What a legal entity is there for."""

from enum import Enum

import strawberry


@strawberry.enum
class LegalEntityKind(Enum):
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
