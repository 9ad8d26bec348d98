"""Signing in with an OpenID provider, and linking who one is there."""

import secrets as random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from modules.identity import opaque, rules
from modules.identity.accounts.notices import Change, enqueue_notice
from modules.identity.actions import make_person
from modules.identity.openid import policy
from modules.identity.openid.refusals import IdentityNotLinked, IdentityTaken, OidcRefused
from modules.identity.openid.tables import IdentityRow, OpenidStartRow
from modules.identity.ports import OpenidProvider, OpenidProviders, Secrets
from modules.identity.recent import require_recent
from modules.identity.sealing import seal, unseal
from modules.identity.tables import AccountRow
from modules.identity.ways_in import require_another_way
from modules.kernel import clock, keys
from modules.kernel.policy import Viewer
from modules.kernel.refusals import InvalidInput, NotFound
from modules.kernel.storage import Row, Storage, Work
from modules.kernel.tables import col, pick

if TYPE_CHECKING:
    from modules.identity.openid.client import Client, Told

LASTS = timedelta(minutes=10)
_PURPOSE = "identity.openid"
_NAMELESS = "Без імені"


@dataclass(frozen=True)
class Started:
    """Somebody about to leave for a provider."""

    url: str
    state: str
    expires_at: datetime


@dataclass(frozen=True)
class Returned:
    """Somebody who came back, and when they had begun. `linking` is the person who began while signed in; `verified_in` is the
    municipality whose resident that person wants to be verified as."""

    provider: OpenidProvider
    told: "Told"
    linking: UUID | None
    began_at: datetime
    verified_in: str | None


async def start_oidc(
    storage: Storage,
    viewer: Viewer,
    secrets: Secrets,
    providers: OpenidProviders,
    name: str,
    *,
    verified_in: str | None = None,
) -> Started:
    """Where to go, and what to come back with: to sign in, or to be verified in a municipality.

    Raises InvalidInput or ProviderAway.
    """
    provider = _named(providers, name)
    if provider is None:
        raise InvalidInput(field="provider", message="Nobody signs in here with a provider of this name.")
    state, nonce, verifier = opaque.fresh(), opaque.fresh(), random.token_urlsafe(48)
    url, now = await _client(provider).url(state, nonce, verifier), clock.now()
    start = OpenidStartRow(
        state_hash=opaque.digest(state),
        provider=name,
        person_id=viewer.person_id,
        nonce=seal(secrets, _PURPOSE, nonce),
        verifier=seal(secrets, _PURPOSE, verifier),
        verified_in=verified_in,
        expires_at=now + LASTS,
    )
    async with storage.writing() as work:
        await work.run(sa.delete(OpenidStartRow).where(col(OpenidStartRow.expires_at) <= now))
        work.session.add(start)
    return Started(url, state, now + LASTS)


async def returned(
    storage: Storage, viewer: Viewer, secrets: Secrets, providers: OpenidProviders, *, state: str, code: str
) -> Returned:
    """Who came back with this state, which is used up by it, and this code. Raises OidcRefused or ProviderAway."""
    async with storage.writing() as work:
        start = await _taken(work, state)
    provider = _named(providers, start["provider"]) if start else None
    if start is None or provider is None:
        raise OidcRefused()
    try:
        linking = policy.may_finish(viewer, start)
    except NotFound:
        raise OidcRefused() from None
    nonce, verifier = (unseal(secrets, _PURPOSE, start[name]) for name in ("nonce", "verifier"))
    place, began_at = start["verified_in"], start["expires_at"] - LASTS
    asked = provider.vouches.names if place and provider.vouches else frozenset()
    return Returned(provider, await _client(provider).who(code, nonce, verifier, asked), linking, began_at, place)


async def link_identity(work: Work, viewer: Viewer, returned: Returned) -> bool:
    """Let the viewer sign in as who came back; False when they could already. Raises NotSignedIn, SignInAgain or IdentityTaken."""
    if await _person(work, returned) == viewer.person_id:
        return False
    person_id = await require_recent(work, viewer, at=returned.began_at)
    if not await _linked(work, person_id, returned):
        raise IdentityTaken()
    enqueue_notice(work, Change.IDENTITY_LINKED, person_id)
    return True


async def recognise_identity(work: Work, returned: Returned) -> UUID:
    """The person who came back, made when there is none yet. Raises IdentityNotLinked."""
    known = await _person(work, returned)
    if known is not None:
        return known
    email = rules.tidy_email(returned.told.email or "")
    account = pick(AccountRow, "person_id").where(col(AccountRow.email) == email)
    if email is not None and await work.value(account) is not None:
        raise IdentityNotLinked()
    person_id, name = keys.new(), rules.tidy_name(returned.told.name[:100]) or _NAMELESS
    await make_person(work, person_id, name, clock.now())
    if await _linked(work, person_id, returned):
        return person_id
    raise OidcRefused()  # made by another request at the same time: the person of this one goes with the transaction


async def unlink_identity(work: Work, viewer: Viewer, id: str) -> None:
    """Sign in as it no more. Raises NotSignedIn, SignInAgain, NotFound or LastWayIn."""
    await require_recent(work, viewer)
    identity_id = rules.key_of(id)
    identity = await work.row(pick(IdentityRow, "id", "person_id").where(col(IdentityRow.id) == identity_id))
    person_id = policy.may_unlink_identity(viewer, identity)
    await require_another_way(work, person_id)
    own = (col(IdentityRow.id) == identity_id, col(IdentityRow.person_id) == person_id)
    if not await work.run(sa.delete(IdentityRow).where(*own)):
        raise NotFound(message="You have no such linked identity.")
    enqueue_notice(work, Change.IDENTITY_UNLINKED, person_id)


async def _taken(work: Work, state: str) -> Row | None:
    living = (col(OpenidStartRow.state_hash) == opaque.digest(state), col(OpenidStartRow.expires_at) > clock.now())
    return await work.row(sa.delete(OpenidStartRow).where(*living).returning(*OpenidStartRow.__table__.c))  # type: ignore[attr-defined]


async def _linked(work: Work, person_id: UUID, returned: Returned) -> bool:
    """Whether this linked the identity: not when it, or another of the person's at this provider, is linked already."""
    values = {
        "id": keys.new(),
        "person_id": person_id,
        "issuer": returned.provider.issuer,
        "subject": returned.told.subject,
        "provider": returned.provider.name,
        "linked_at": clock.now(),
    }
    return await work.run(work.insert(IdentityRow).values(values).on_conflict_do_nothing()) == 1


async def _person(work: Work, returned: Returned) -> UUID | None:
    same = (col(IdentityRow.issuer) == returned.provider.issuer, col(IdentityRow.subject) == returned.told.subject)
    found: UUID | None = await work.value(pick(IdentityRow, "person_id").where(*same))
    return found


def _named(providers: OpenidProviders, name: str) -> OpenidProvider | None:
    return next((provider for provider in providers.all() if provider.name == name), None)


def _client(provider: OpenidProvider) -> "Client":
    from modules.identity.openid.client import client

    return client(provider)
