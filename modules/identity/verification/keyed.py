"""Keyed hashes: what is found again without being kept. Without the installation's key nobody can try numbers out."""

import hmac
import secrets
from dataclasses import dataclass
from uuid import UUID

from modules.identity.ports import Secrets
from modules.identity.verification.rules import Given

PURPOSE = "identity.verification"
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none looks like another on paper


@dataclass(frozen=True, repr=False)
class Keyed:
    """Hashes of one municipality: the same document has another one elsewhere, so that nothing is joined by it."""

    key: bytes
    municipality_id: str

    def document(self, given: Given) -> str:
        """Of a document; type and number are there."""
        return self._hash("document", *_document(given))

    def identity(self, identity: str) -> str:
        """Of what else tells who somebody is."""
        return self._hash("identity", identity)

    def record(self, given: Given) -> str:
        """Of a row of the census: right only when all is right at once."""
        return self._hash("record", *_document(given), str(given.date_of_birth), str(given.postal_code))

    def code(self, request_id: UUID, code: str) -> str:
        return self._hash("code", request_id.hex, code)

    def _hash(self, *parts: str) -> str:
        told = "\x1f".join((self.municipality_id, *parts))  # a character that no part has
        return hmac.digest(self.key, told.encode(), "sha256").hex()


def keyed(asked: Secrets, municipality_id: str) -> Keyed:
    return Keyed(asked.key(PURPOSE), municipality_id)


def fresh_code() -> str:
    """A letter's code: 50 bits that a person can copy."""
    return "".join(secrets.choice(_LETTERS) for _ in range(10))


def _document(given: Given) -> tuple[str, str]:
    assert given.document_type is not None
    assert given.document_number is not None
    return str(given.document_type.value), given.document_number
