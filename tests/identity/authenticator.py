"""An authenticator in software, as WebAuthn describes one: it makes keys, and signs what pages ask it to."""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """A device with one key at most. `counts` is how often it has signed, None for one that does not count."""

    origin: str = "http://localhost:8000"
    flags: int = PRESENT | VERIFIED
    counts: int | None = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    holder: bytes = b""
    domain: str = ""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: str) -> str:
        """`navigator.credentials.create`: the credential, as JSON."""
        asked = json.loads(options)
        self.domain, self.holder = asked["rp"]["id"], decoded(asked["user"]["id"])
        attested = bytes(16) + len(self.id).to_bytes(2) + self.id + cbor2.dumps(self._public())
        told = {"fmt": "none", "attStmt": {}, "authData": self._data(WITH_KEY) + attested}
        client = self._client("webauthn.create", asked["challenge"])
        return self._credential({"clientDataJSON": encoded(client), "attestationObject": encoded(cbor2.dumps(told))})

    def use(self, options: str, **changed: Any) -> str:
        """`navigator.credentials.get`: the signed challenge, as JSON; `changed` are parts of its response."""
        if self.counts is not None:
            self.counts += 1
        client = self._client("webauthn.get", json.loads(options)["challenge"])
        data = self._data()
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": encoded(client),
            "authenticatorData": encoded(data),
            "signature": encoded(signature),
            "userHandle": encoded(self.holder),
        }
        return self._credential({**response, **changed})

    def _data(self, flags: int = 0) -> bytes:
        count = (self.counts or 0).to_bytes(4)
        return sha256(self.domain.encode()).digest() + bytes([self.flags | flags]) + count

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _credential(self, response: dict[str, Any]) -> str:
        return json.dumps(
            {"id": encoded(self.id), "rawId": encoded(self.id), "type": "public-key", "response": response}
        )

    def _public(self) -> dict[int, Any]:
        """The public key as COSE has it: EC2, ES256, P-256."""
        numbers = self.key.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
