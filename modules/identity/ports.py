"""What identity asks of others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


class Secrets(Protocol):
    """Keys of this installation, that are in no table."""

    def key(self, purpose: str) -> bytes:
        """The 32 bytes for one purpose, the same in every process and after every start; no purpose's key tells another's."""
        ...


@dataclass(frozen=True)
class OpenidProvider:
    """Somebody who tells us who people are, by OpenID Connect, and how we are known there."""

    name: str  # as requests name it
    title: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str  # the page that people come back to
    scope: str


class OpenidProviders(Protocol):
    """With whom people may sign in here."""

    def all(self) -> Sequence[OpenidProvider]:
        """In the order in which they are offered."""
        ...


class Site(Protocol):
    """What passkeys are made for."""

    @property
    def domain(self) -> str:
        """Passkeys open this and what lies below it, and no other."""
        ...

    @property
    def origins(self) -> Sequence[str]:
        """The pages on which they are used: `https://spilno.example`."""
        ...
