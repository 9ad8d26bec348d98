"""Graph types of the registry: what it owns, and what it adds to municipalities."""

from datetime import datetime

import strawberry

from modules.kernel.fields import Node, batched, column, computed, described, entity, part, reference
from modules.kernel.paging import Connection
from modules.registry import rules
from modules.registry.relations import branches_by_legal_entity, legal_entities_by_municipality

LegalEntityKind = described(
    rules.LegalEntityKind,
    "What a legal entity is there for.",
    PARTY="Political party.",
    PARTY_BRANCH="Branch of a political party.",
    CIVIC_ORGANISATION="Civic organisation: a public association of citizens.",
    CHARITY="Charitable foundation or organisation.",
    TRADE_UNION="Trade union.",
    RELIGIOUS_ORGANISATION="Religious organisation.",
    COOPERATIVE="Cooperative.",
    CONDOMINIUM="Co-owners of an apartment building.",
    COUNCIL="Council of a community, or another body of local self-government.",
    AUTHORITY="Body of the state.",
    UTILITY="Public utility: water, heat, waste, transport.",
    KINDERGARTEN="Kindergarten.",
    SCHOOL="School.",
    UNIVERSITY="University or college.",
    LIBRARY="Library.",
    MUSEUM="Museum or archive.",
    CULTURE_HOUSE="House of culture, theatre or another place of culture.",
    SPORTS_CLUB="Sports club, school or stadium.",
    HOSPITAL="Hospital, clinic or another medical institution.",
    SOCIAL_SERVICE="Social service.",
    MEDIA="Newspaper, broadcaster or another medium.",
    COMPANY="Company that works for profit.",
    BRANCH="Branch of an organisation other than a party.",
    OTHER="None of these.",
)


@part(key=str)
class Municipality(Node):
    """identity's Municipality, as the registry sees it."""

    legal_entities: Connection["LegalEntity"] = batched(
        legal_entities_by_municipality, "Legal entities of exactly this unit, by name."
    )


@strawberry.type(description="Identifier of an organisation, as in the Open Contracting Data Standard.")
class OrganisationIdentifier:
    scheme: str = strawberry.field(description="List that the id is from: `UA-EDR`.")
    id: str = strawberry.field(description="Id in that list.")
    legal_name: str = strawberry.field(description="Name that is registered there.")


def identifier(edrpou: str, name: str) -> OrganisationIdentifier:
    return OrganisationIdentifier(scheme=rules.SCHEME, id=edrpou, legal_name=name)


@entity("A legal entity of the state register of Ukraine.", fresh_for=60, in_register=True)
class LegalEntity(Node):
    edrpou: str = column("Code in the state register: 8 digits, the first may be zeros.")
    name: str = column("Registered name.")
    short_name: str = column("Short name; may be empty.")
    kind: LegalEntityKind = column("What it is there for.")  # type: ignore[valid-type]
    region: str = column("Where it is registered, as the source writes it: `Львівська обл.`; may be empty.")
    municipality: Municipality | None = reference("municipality_id", "Where it is, null when the source does not tell.")
    parent: "LegalEntity | None" = reference("parent_id", "What it is a branch of, null when of none.")
    branches: Connection["LegalEntity"] = batched(branches_by_legal_entity, "Its branches, by name.")
    is_verified: bool = column("Whether the control digit of the EDRPOU is right.")
    identifier: OrganisationIdentifier = computed(identifier, ("edrpou", "name"), "Identifier for open data.")
    updated_at: datetime = column("When this entry last changed here.")
