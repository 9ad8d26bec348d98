"""Keys of this installation, one for each purpose: drawn from SPILNO_SECRET_KEY, or for the embedded default from a file."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.settings import Settings


class Keyring:
    """Answers `identity.ports.Secrets`. `read` gives the secret, and is asked when the first key is."""

    def __init__(self, read: Callable[[], bytes]) -> None:
        self._read = read

    @cached_property
    def _secret(self) -> bytes:
        return self._read()

    def key(self, purpose: str) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(self._secret)


def keyring(settings: Settings) -> Keyring:
    """The keys of an installation."""
    return Keyring(lambda: _secret(settings))


def _secret(settings: Settings) -> bytes:
    """Raises RuntimeError on PostgreSQL without a secret: several processes would each have their own."""
    given, file = settings.secret_key.get_secret_value(), settings.database_file
    if given:
        return given.encode()
    settings.require_secret()
    assert file is not None, "what is embedded lies in a file"
    return _kept(file.with_name(f"{file.name}.key"))


def _kept(path: Path) -> bytes:
    """The secret in a file that only its owner reads; made when it is not there. Processes that start together agree."""
    if not path.exists():
        with NamedTemporaryFile("w", dir=path.parent, prefix=path.name) as draft:  # its mode is 0600
            draft.write(secrets.token_urlsafe(32))
            draft.flush()
            with suppress(FileExistsError):  # another process was faster: its secret counts
                os.link(draft.name, path)
    return path.read_bytes()
