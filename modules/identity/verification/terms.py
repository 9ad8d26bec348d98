"""The words of verification, in the graph and in the tables."""

from enum import Enum

import strawberry


@strawberry.enum(name="VerificationHandler", description="A way to be verified.")
class Method(Enum):
    FORM = strawberry.enum_value("form", description="The data of a document, held against rules of the municipality.")
    CENSUS = strawberry.enum_value("census", description="The same data, found in the census of the municipality.")
    DESK = strawberry.enum_value("desk", description="An official sees the person and the document.")
    LETTER = strawberry.enum_value("letter", description="A code comes by post; the person enters it.")
    OIDC = strawberry.enum_value(
        "oidc", description="An OpenID provider tells it, a national eID perhaps, of who signs in there."
    )


@strawberry.enum(name="VerificationStatus", description="Where somebody's verification stands.")
class Status(Enum):
    OK = strawberry.enum_value("ok", description="Verified, and it has not expired.")
    MISSING = strawberry.enum_value("missing", description="Nothing was proved or asked for yet.")
    PENDING = strawberry.enum_value("pending", description="Waits for an official, or for the code of a letter.")
    EXPIRED = strawberry.enum_value("expired", description="Was verified; it is time to do it again.")
    UNAUTHORIZED = strawberry.enum_value(
        "unauthorized", description="What was given does not fit: see the wrong fields."
    )
    INCOMPLETE = strawberry.enum_value(
        "incomplete", description="Something was left out, or cannot be what it is given as: see the wrong fields."
    )


@strawberry.enum(name="VerificationField", description="Something that a person gives to be verified.")
class Detail(Enum):
    DOCUMENT_TYPE = strawberry.enum_value("document_type", description="What kind of document.")
    DOCUMENT_NUMBER = strawberry.enum_value("document_number", description="Number of the document.")
    DATE_OF_BIRTH = strawberry.enum_value("date_of_birth", description="When the person was born.")
    POSTAL_CODE = strawberry.enum_value("postal_code", description="Postal code of where the person lives.")
    ADDRESS = strawberry.enum_value("address", description="Where a letter reaches the person.")
    CODE = strawberry.enum_value("code", description="The code of the letter.")
    MUNICIPALITY = strawberry.enum_value("municipality", description="In which municipality the person lives.")


@strawberry.enum(description="A document that tells who somebody is.")
class DocumentType(Enum):
    ID_CARD = strawberry.enum_value("id_card", description="Identity card: nine digits.")
    PASSPORT = strawberry.enum_value("passport", description="Passport booklet: two letters and six digits.")
    RESIDENCE_PERMIT = strawberry.enum_value(
        "residence_permit", description="Residence permit: nine digits, or two letters and six digits."
    )
