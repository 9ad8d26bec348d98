"""Which module answers another module's question: the only code that knows several modules from the inside."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import modules.civic.ports as asked_by_civic
import modules.identity.accounts.ports as asked_by_accounts
import modules.identity.municipalities.actions as municipality_actions
import modules.identity.organisations.actions as organisation_actions
import modules.identity.organisations.ports as asked_by_organisations
import modules.identity.organisations.verification.actions as vouching_actions
import modules.identity.personal.ports as asked_by_personal
import modules.identity.ports as asked_by_identity
import modules.identity.verification.actions as residence_actions
import modules.identity.verification.requests as residence_requests
import modules.registry.ports as asked_by_registry
import modules.voting.ports as asked_by_voting
from gateway.keyring import Keyring, keyring
from gateway.mail import Console, mailer
from gateway.namesakes import StitchingError
from gateway.openid import ProviderSettings, VouchingSettings
from gateway.parts import told_elsewhere
from gateway.settings import Settings
from modules.civic import actions as civic_actions
from modules.civic import decide_madrid
from modules.civic import imports as civic_imports
from modules.civic.answers import Debates
from modules.identity import actions as identity_actions
from modules.identity import imports as identity_imports
from modules.identity.accounts import actions as account_actions
from modules.identity.answers import Municipalities
from modules.identity.clients import actions as client_actions
from modules.identity.organisations.answers import Organisations
from modules.identity.passwords import hashed
from modules.identity.personal import actions as personal_actions
from modules.identity.verification.answers import Residents
from modules.kernel.contract import Module
from modules.kernel.levels import Level
from modules.kernel.permissions import Elsewhere
from modules.kernel.personal import OURS, Personal
from modules.registry import imports as registry_imports
from modules.registry.answers import LegalEntities
from modules.registry.rules import LegalEntityKind
from modules.voting import imports as voting_imports

# What others of the gateway may use of a module's inside, they get here.
__all__ = [
    "LegalEntityKind",
    "account_actions",
    "asked_by_accounts",
    "asked_by_civic",
    "asked_by_identity",
    "asked_by_personal",
    "asked_by_registry",
    "civic_actions",
    "civic_imports",
    "client_actions",
    "decide_madrid",
    "hashed",
    "identity_actions",
    "identity_imports",
    "municipality_actions",
    "organisation_actions",
    "personal_actions",
    "ports",
    "registry_imports",
    "residence_actions",
    "residence_requests",
    "voting_imports",
    "vouching_actions",
]

P = TypeVar("P")
_ANSWERS: dict[type[Any], Any] = {}


@dataclass(frozen=True)
class _Providers:
    """Answers `identity.ports.OpenidProviders`."""

    offered: Sequence[asked_by_identity.OpenidProvider] = ()

    def all(self) -> Sequence[asked_by_identity.OpenidProvider]:
        return self.offered


@dataclass(frozen=True)
class _Site:
    """Answers `identity.ports.Site`."""

    domain: str = "localhost"
    origins: Sequence[str] = ("http://localhost:8000",)


@dataclass(frozen=True)
class _Holders:
    """Answers `identity.personal.ports.Holders`: with what the modules say of themselves, and the kernel."""

    modules: Sequence[Module] = ()

    def all(self) -> Mapping[str, Personal]:
        return {module.name: module.personal for module in self.modules} | {"kernel": OURS}


_PASSING = secrets.token_bytes(32)


def _answer(question: type[P], answer: P) -> None:
    """Wire an answer to a question; the type checker holds one against the other."""
    _ANSWERS[question] = answer


_answer(asked_by_civic.Municipalities, Municipalities())
_answer(asked_by_civic.Organisations, Organisations())
_answer(asked_by_organisations.LegalEntities, LegalEntities())
_answer(asked_by_accounts.Mailer, Console())  # whoever serves has the one of its settings in its place
_answer(asked_by_registry.Municipalities, Municipalities())
_answer(asked_by_voting.Debates, Debates())
_answer(asked_by_voting.Residents, Residents())
_answer(asked_by_personal.Holders, _Holders())  # whoever asks has that of its modules in its place
# Without settings: a secret that ends with the process, and no provider to sign in with.
_answer(asked_by_identity.Secrets, Keyring(lambda: _PASSING))
_answer(asked_by_identity.OpenidProviders, _Providers())
_answer(asked_by_identity.Site, _Site())


def ports(modules: Sequence[Module], settings: Settings | None = None) -> Mapping[type[Any], Any]:
    """The answers to all questions of these modules, as an installation sets them. Raises StitchingError when one has none."""
    for module in modules:
        for question in module.ports:
            if question not in _ANSWERS:
                raise StitchingError(
                    f"{module.name} asks {question.__name__}, which nobody answers. Wire it in gateway/wiring.py."
                )
    told = {Elsewhere: told_elsewhere(modules), asked_by_personal.Holders: _Holders(modules)}
    answers = {**_ANSWERS, **told}
    return answers if settings is None else {**answers, **_configured(settings)}


def _configured(settings: Settings) -> dict[type[Any], Any]:
    return {
        asked_by_accounts.Mailer: mailer(settings),
        asked_by_identity.Secrets: keyring(settings),
        asked_by_identity.OpenidProviders: _Providers(tuple(_provider(each) for each in settings.oidc)),
        asked_by_identity.Site: _Site(settings.passkeys_for, settings.allowed_origins or _Site.origins),
    }


def _provider(given: ProviderSettings) -> asked_by_identity.OpenidProvider:
    secret, title = given.client_secret.get_secret_value(), given.title or given.name
    known = given.model_dump(include={"name", "issuer", "client_id", "redirect_uri", "scope"})
    vouches = _vouching(given.vouches) if given.vouches else None
    return asked_by_identity.OpenidProvider(**known, title=title, client_secret=secret, vouches=vouches)


def _vouching(given: VouchingSettings) -> asked_by_identity.Vouching:
    return asked_by_identity.Vouching(**{**given.model_dump(), "level": Level[given.level.upper()].number})
