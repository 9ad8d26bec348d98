"""Opaque tokens: drawn at random, told once, kept as their SHA-256. Nobody can try 2^256 of them: the hash need not be slow."""

import secrets
from hashlib import sha256


def fresh() -> str:
    return secrets.token_urlsafe(32)


def digest(token: str | bytes) -> str:
    """64 hexadecimal digits."""
    return sha256(token.encode() if isinstance(token, str) else token).hexdigest()
