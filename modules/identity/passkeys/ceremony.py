"""What a page asks of a device, and whether the answer is right: WebAuthn, by the library of this name.

Imported when somebody asks: it takes a third of a second.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import webauthn
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_client_data_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from modules.identity.passkeys.refusals import PasskeyRefused
from modules.identity.ports import Site

T = TypeVar("T")

_NAME = "SPILNO"
_LONGEST = 20_000  # characters of an answer
_VERIFIED = UserVerificationRequirement.REQUIRED  # a PIN or a finger: whoever only has the device is not let in


@dataclass(frozen=True)
class Asked:
    """A question to a device: `options` are JSON, for the browser."""

    challenge: bytes
    options: str


@dataclass(frozen=True)
class Made:
    """A key that a device made."""

    credential_id: str
    public_key: bytes
    sign_count: int


@dataclass(frozen=True)
class Used:
    """Which key was used, and of whom it says that it is."""

    credential_id: str
    person_id: bytes | None


def ask_to_make(site: Site, person_id: UUID, name: str, known: Sequence[str]) -> Asked:
    """A key for a person, on a device that has none of the known ones."""
    options = webauthn.generate_registration_options(
        rp_id=site.domain,
        rp_name=_NAME,
        user_id=person_id.bytes,
        user_name=name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in known],
    )
    return Asked(options.challenge, webauthn.options_to_json(options))


def ask_to_use(site: Site) -> Asked:
    """Any key for this site: the device offers those that it has."""
    options = webauthn.generate_authentication_options(rp_id=site.domain, user_verification=_VERIFIED)
    return Asked(options.challenge, webauthn.options_to_json(options))


def challenge_of(answer: str) -> bytes:
    """Which question this answers. Raises PasskeyRefused."""
    if len(answer) > _LONGEST:
        raise PasskeyRefused()

    def read() -> bytes:
        told = json.loads(answer)["response"]["clientDataJSON"]
        return parse_client_data_json(base64url_to_bytes(told)).challenge

    return _right(read)


def made(site: Site, answer: str, challenge: bytes) -> Made:
    """The key, when the answer to this question is right. Raises PasskeyRefused."""

    def verify() -> Made:
        verified = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=list(site.origins),
            require_user_verification=True,
        )
        credential_id = bytes_to_base64url(verified.credential_id)
        return Made(credential_id, verified.credential_public_key, verified.sign_count)

    return _right(verify)


def used(answer: str) -> Used:
    """Which key an answer says that it is by: not yet whether it is. Raises PasskeyRefused."""

    def read() -> Used:
        credential = parse_authentication_credential_json(answer)
        return Used(bytes_to_base64url(credential.raw_id), credential.response.user_handle)

    return _right(read)


def count(site: Site, answer: str, challenge: bytes, public_key: bytes, sign_count: int) -> int:
    """How often the key has signed, when the answer to this question is by it. Raises PasskeyRefused."""

    def verify() -> int:
        verified = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=list(site.origins),
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
        return verified.new_sign_count

    return _right(verify)


def _right(read: Callable[[], T]) -> T:
    """What is read of an answer, which may be anything: the library trips over some of it."""
    wrong: Any = (WebAuthnException, ValueError, LookupError, TypeError, AttributeError)
    try:
        return read()
    except wrong:
        raise PasskeyRefused() from None
