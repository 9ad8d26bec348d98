"""What identity asks of others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


class Secrets(Protocol):
    """Keys of this installation, that are in no table."""

    def key(self, purpose: str) -> bytes:
        """The 32 bytes for one purpose, the same in every process and after every start; no purpose's key tells another's."""
        ...


ClaimPath = tuple[str, ...]
"""Names of a claim, and of what lies in it: `("address", "postal_code")`."""


@dataclass(frozen=True)
class Vouching:
    """Which claims of a provider tell who somebody is and where they live, and how well that is known by them.

    There is a claim of the municipality (a code of KATOTTG) or of the postal code. `document_type` is what the number is a
    number of, a value of `DocumentType`; without it, the number is of a kind of the provider's own.
    """

    level: int  # 2 or 3
    date_of_birth: ClaimPath
    municipality: ClaimPath | None = None
    postal_code: ClaimPath | None = None
    document_number: ClaimPath | None = None
    document_type: str | None = None

    @property
    def names(self) -> frozenset[str]:
        """The claims that have to be told."""
        paths = (self.date_of_birth, self.municipality, self.postal_code, self.document_number)
        return frozenset(path[0] for path in paths if path)


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
    vouches: Vouching | None = None  # for where people live


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
