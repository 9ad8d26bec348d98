"""Which module answers another module's question: the only code that knows several modules from the inside."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import modules.civic.ports as asked_by_civic
import modules.identity.organisations.ports as asked_by_organisations
import modules.identity.ports as asked_by_identity
import modules.registry.ports as asked_by_registry
import modules.voting.ports as asked_by_voting
from gateway.keyring import Keyring, keyring
from gateway.namesakes import StitchingError
from gateway.settings import Settings
from modules.civic import actions as civic_actions
from modules.civic import decide_madrid
from modules.civic import imports as civic_imports
from modules.civic.answers import Debates
from modules.identity import actions as identity_actions
from modules.identity import imports as identity_imports
from modules.identity.answers import Municipalities
from modules.identity.organisations.answers import Organisations
from modules.identity.passwords import hashed
from modules.kernel.contract import Module
from modules.registry import imports as registry_imports
from modules.registry.answers import LegalEntities
from modules.registry.rules import LegalEntityKind
from modules.voting import imports as voting_imports

# What others of the gateway may use of a module's inside, they get here.
__all__ = [
    "LegalEntityKind",
    "asked_by_civic",
    "asked_by_identity",
    "asked_by_registry",
    "civic_actions",
    "civic_imports",
    "decide_madrid",
    "hashed",
    "identity_actions",
    "identity_imports",
    "ports",
    "registry_imports",
    "voting_imports",
]

P = TypeVar("P")
_ANSWERS: dict[type[Any], Any] = {}
_PASSING = secrets.token_bytes(32)


def _answer(question: type[P], answer: P) -> None:
    """Wire an answer to a question; the type checker holds one against the other."""
    _ANSWERS[question] = answer


_answer(asked_by_civic.Municipalities, Municipalities())
_answer(asked_by_civic.Organisations, Organisations())
_answer(asked_by_organisations.LegalEntities, LegalEntities())
_answer(asked_by_registry.Municipalities, Municipalities())
_answer(asked_by_voting.Debates, Debates())
_answer(asked_by_identity.Secrets, Keyring(lambda: _PASSING))  # without settings: keys that end with the process


def ports(modules: Sequence[Module], settings: Settings | None = None) -> Mapping[type[Any], Any]:
    """The answers to all questions of these modules, with the keys of the installation that `settings` are of.

    Raises StitchingError when a question has none.
    """
    for module in modules:
        for question in module.ports:
            if question not in _ANSWERS:
                raise StitchingError(
                    f"{module.name} asks {question.__name__}, which nobody answers. Wire it in gateway/wiring.py."
                )
    return _ANSWERS if settings is None else {**_ANSWERS, asked_by_identity.Secrets: keyring(settings)}
