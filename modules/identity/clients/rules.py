"""What keys of API clients look like, and what their owners may call them."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from modules.identity import opaque
from modules.kernel.policy import Scope

MOST_CLIENTS = 10  # of one person at a time
HOURLY_BUDGET = 1_000_000  # fields that may be answered, as the limits of an operation count them
USE_IS_NOTED = timedelta(minutes=10)  # at most so often: a request is no reason to write
_BEGINS, _PREFIX_BYTES = "spk", 6


@dataclass(frozen=True)
class Key:
    """`spk_<prefix>_<secret>`: the prefix names the client in public, the secret is told once."""

    prefix: str
    secret: str

    @property
    def text(self) -> str:
        return f"{_BEGINS}_{self.prefix}_{self.secret}"

    @property
    def secret_hash(self) -> str:
        return opaque.digest(self.secret)


def new_key() -> Key:
    return Key(secrets.token_hex(_PREFIX_BYTES), opaque.fresh())


def parsed(token: str) -> Key | None:
    """The key that a bearer token is; None for a token of another kind."""
    begins, _, rest = token.partition("_")
    prefix, _, secret = rest.partition("_")
    return Key(prefix, secret) if begins == _BEGINS and prefix and secret and token.isascii() else None


def written(scopes: Iterable[Scope]) -> str:
    return " ".join(sorted(str(scope.value) for scope in scopes))


def read(scopes: str) -> list[Scope]:
    return [Scope(scope) for scope in scopes.split()]
