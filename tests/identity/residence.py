"""People who want to be verified, made through the graph."""

from typing import Any
from uuid import UUID

from modules.identity.verification.tables import (
    CensusRow,
    DocumentRow,
    VerificationAttemptRow,
    VerificationRequestRow,
    VerificationRow,
)
from modules.kernel import keys
from modules.kernel.policy import Viewer
from tests.asking import Ask
from tests.civic.scenes import act
from tests.people import municipality_id

REQUEST = """mutation($i: RequestVerificationInput!) { r: requestVerification(input: $i) { __typename ...R
  ... on VerificationRequested { status viewer { verification { status level pending { id } } } }
  ... on VerificationFailed { status fields retryAt } ... on VerificationLocked { retryAt } } }"""
COMPLETE = """mutation($i: CompleteVerificationInput!) { r: completeVerification(input: $i) { __typename ...R
  ... on VerificationCompleted { status person { id verificationLevel } }
  ... on VerificationFailed { status fields retryAt } } }"""
PRINT = """mutation($i: PrintVerificationLetterInput!) { r: printVerificationLetter(input: $i) { __typename ...R
  ... on VerificationLetterPrinted { code address expiresAt person { id } } } }"""
UPLOAD = """mutation($i: UploadCensusInput!) { r: uploadCensus(input: $i) { __typename ...R
  ... on CensusUploaded { rowCount problemCount replacedCount problems { line field reason }
    preview { line documentType documentNumber dateOfBirth postalCode district } } } }"""
MINE = """query($in: ID) { viewer { verification(municipalityId: $in) { status level district expiresAt wrongFields retryAt
  municipality { name } pending { id handler printedAt } handlers { handler level needs } } } }"""

NUMBER = "АМ 734518"
DATA = {
    "documentType": "PASSPORT",
    "documentNumber": NUMBER,
    "dateOfBirth": "1990-05-31",
    "postalCode": "01001",
    "address": "Хрещатик 36, кв. 5",
}
CENSUS = """document_type,document_number,date_of_birth,postal_code,district
passport,AM734518,1990-05-31,01001,Печерський
id_card,000123456,1985-01-02,03150,
"""
TABLES: list[Any] = [VerificationRow, DocumentRow, VerificationRequestRow, VerificationAttemptRow, CensusRow]


async def request(ask: Ask, as_: Viewer, handler: str = "FORM", **input: Any) -> dict[str, Any]:
    """What came of asking to be a resident of Kyiv with good data, if nothing else is said."""
    told = {"municipalityId": municipality_id(), "handler": handler, **DATA, **input}
    return await act(ask, REQUEST, as_, **told)


async def pending(ask: Ask, as_: Viewer, handler: str, **input: Any) -> str:
    """The id of a new request."""
    asked = await request(ask, as_, handler, **input)
    return str(asked["viewer"]["verification"]["pending"]["id"])


async def mine(ask: Ask, as_: Viewer, place: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = (await ask(MINE, {"in": place}, as_=as_))["viewer"]["verification"]
    return found


async def badge(ask: Ask, of: Viewer) -> str:
    """What everybody sees of a person's level."""
    assert of.person_id is not None
    asked = "query($id: ID!) { node(id: $id) { ... on Person { verificationLevel } } }"
    return str((await ask(asked, {"id": keys.encode("Person", of.person_id)}))["node"]["verificationLevel"])


def key(global_id: str) -> UUID:
    return UUID(hex=keys.split(global_id)[1])
