"""Keys of an installation: all derived from one secret, SPILNO_SECRET_KEY, or for the embedded default from a file."""

import hmac
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from gateway.settings import Settings


class Keyring:
    """Answers identity's question for `Secrets`. `read` is asked for the secret when the first key is needed."""

    def __init__(self, read: Callable[[], bytes]) -> None:
        self._read = read

    @cached_property
    def _secret(self) -> bytes:
        return self._read()

    def key(self, purpose: str) -> bytes:
        return hmac.digest(self._secret, f"spilno:{purpose}".encode(), "sha256")


def keyring(settings: Settings) -> Keyring:
    return Keyring(lambda: _secret(settings))


def _secret(settings: Settings) -> bytes:
    """Raises RuntimeError on PostgreSQL without a secret."""
    settings.require_secret()
    given, file = settings.secret_key.get_secret_value(), settings.database_file
    if given or file is None:
        return given.encode()
    return _kept(file.with_name(f"{file.name}.key"))


def _kept(path: Path) -> bytes:
    """The secret in a file that only its owner may read. Of processes that make it at once, one is first for all."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_bytes()
