"""Codes: which are made, which are right, and how long wrong ones lock."""

import re
import secrets
from base64 import b32encode
from datetime import datetime, timedelta

import pyotp

from modules.identity import opaque, rules

RECOVERY_CODES = 10
WRONG_CODES = 5  # in a row, that lock
_STEP = 30  # seconds
_ISSUER = "SPILNO"


def fresh_secret() -> str:
    return pyotp.random_base32()


def uri(secret: str, holder: str) -> str:
    """What an authenticator application reads out of a QR code."""
    return pyotp.TOTP(secret, interval=_STEP).provisioning_uri(name=holder, issuer_name=_ISSUER)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is: the current one, or the one beside it for clocks that differ. None when wrong."""
    current, totp, given = int(now.timestamp()) // _STEP, pyotp.TOTP(secret, interval=_STEP), _digits(code)
    # Every candidate is compared, in constant time.
    right = [
        step for step in (current, current - 1, current + 1) if secrets.compare_digest(totp.generate_otp(step), given)
    ]
    return right[0] if right else None


def lock(failures: int) -> timedelta | None:
    """How long so many wrong codes in a row lock, from the fifth on."""
    return rules.lock(failures, free=WRONG_CODES - 1)


def fresh_recovery_codes() -> list[str]:
    """Ten codes of 80 random bits: `ABCD-EFGH-IJKL-MNOP`."""
    return ["-".join(re.findall("....", b32encode(secrets.token_bytes(10)).decode())) for _ in range(RECOVERY_CODES)]


def recovery_hash(code: str) -> str:
    """Of a code as somebody may type it. Nobody can try 2^80 of them: the hash need not be slow."""
    return opaque.digest(re.sub(r"[\s-]", "", code).upper())


def _digits(code: str) -> str:
    """The digits of a code as applications show it, `123 456`; nothing for what is no such code."""
    digits = re.sub(r"\s", "", code)
    return digits if re.fullmatch("[0-9]{6}", digits) else ""
