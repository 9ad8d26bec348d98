"""How people are verified: what they ask for, by themselves or through a provider."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog

from modules.identity.openid.refusals import OidcRefused
from modules.identity.ports import OpenidProvider, OpenidProviders, Secrets
from modules.identity.verification import attempts, policy
from modules.identity.verification.attempts import Outcome
from modules.identity.verification.claims import vouched
from modules.identity.verification.granting import claim_document, grant
from modules.identity.verification.handlers import Awaits, Claim, Handler, offered
from modules.identity.verification.keyed import keyed
from modules.identity.verification.rules import Given, Requirements
from modules.identity.verification.settings import required
from modules.identity.verification.tables import (
    DocumentRow,
    VerificationAttemptRow,
    VerificationRequestRow,
    VerificationRow,
)
from modules.identity.verification.terms import Detail, Method, Status
from modules.kernel import clock, keys
from modules.kernel.policy import Viewer
from modules.kernel.refusals import InvalidInput
from modules.kernel.storage import Work
from modules.kernel.tables import col, pick

log = structlog.get_logger(__name__)


async def request_verification(
    work: Work, viewer: Viewer, secrets: Secrets, *, municipality_id: str, method: Method, given: Given
) -> Outcome:
    """Verify a person, or begin to. How a try failed is an outcome and no refusal, since it is kept.

    Raises NotSignedIn, InvalidInput, VerificationLocked or AlreadyVerified.
    """
    person_id = policy.may_request(viewer)
    await work.as_(viewer)
    requirements = await required(work, municipality_id)
    handler = _offered(requirements, method)
    await attempts.begin(work, person_id)
    lacking = given.lacks(handler.needs)
    if lacking:
        return await attempts.fail(work, person_id, municipality_id, Status.INCOMPLETE, lacking)
    hashes = keyed(secrets, municipality_id)
    return await _check(
        work, handler, Claim(person_id, municipality_id, given, requirements, hashes, clock.now().date())
    )


async def begin_with_provider(
    work: Work, viewer: Viewer, providers: OpenidProviders, *, municipality_id: str, provider: str
) -> None:
    """Whether somebody may leave for a provider, to be verified by it. Raises NotSignedIn, InvalidInput or VerificationLocked."""
    person_id = policy.may_request(viewer)
    await work.as_(viewer)
    _offered(await required(work, municipality_id), Method.OIDC, providers.all(), provider)
    await attempts.begin(work, person_id)


async def verify_by_provider(
    work: Work,
    viewer: Viewer,
    secrets: Secrets,
    *,
    municipality_id: str,
    provider: OpenidProvider,
    subject: str,
    claims: Mapping[str, Any],
) -> Outcome:
    """Verify a person who came back from a provider, by what it tells. How a try failed is an outcome and no refusal.

    Raises NotSignedIn, OidcRefused (what was begun is not offered any more), VerificationLocked or AlreadyVerified.
    """
    person_id = policy.may_request(viewer)
    await work.as_(viewer)
    requirements = await required(work, municipality_id)
    handler = next((each for each in offered(requirements, [provider]) if each.provider == provider.name), None)
    if handler is None:
        raise OidcRefused()
    await attempts.begin(work, person_id)
    told = vouched(provider, subject, claims)
    if told.lacks:
        fields = [str(detail.value) for detail in told.lacks]
        log.warning("provider_tells_too_little", provider=provider.name, fields=fields)
        outcome = await attempts.fail(work, person_id, municipality_id, Status.INCOMPLETE, told.lacks)
        return replace(outcome, message=f"{provider.title} does not tell all that is needed to verify you.")
    hashes, today = keyed(secrets, municipality_id), clock.now().date()
    return await _check(work, handler, Claim(person_id, municipality_id, told.given, requirements, hashes, today, told))


async def forget(work: Work, person_id: UUID) -> None:
    """Leave nothing of a person's verification; the document is free for another account."""
    await work.as_(Viewer(person_id))
    await attempts.hold(work, person_id)
    for table in (VerificationRow, DocumentRow, VerificationRequestRow, VerificationAttemptRow):
        await work.run(sa.delete(table).where(col(table.person_id) == person_id))


async def _check(work: Work, handler: Handler, claim: Claim) -> Outcome:
    """How a claim fares that lacks nothing. Raises AlreadyVerified."""
    person_id, place = claim.person_id, claim.municipality_id
    verdict = await handler.check(work, claim)
    if verdict.wrong:
        return await attempts.fail(work, person_id, place, Status.UNAUTHORIZED, verdict.wrong)
    if handler.awaits in (Awaits.OFFICIAL, Awaits.CODE):
        return await _wait(work, claim, handler)
    hashes, identity = claim.keyed, verdict.identity
    unique = hashes.document(claim.given) if identity is None else hashes.identity(identity)
    if not await claim_document(work, person_id, place, unique):
        return await attempts.fail(work, person_id, place, Status.UNAUTHORIZED, (), taken=True)
    await grant(work, person_id, place, handler, claim.requirements.lasts, verdict.district)
    return Outcome(Status.OK)


async def _wait(work: Work, claim: Claim, handler: Handler) -> Outcome:
    """Ask an official, in place of what the person asked for before; what nobody came back to in time is deleted."""
    now, place, kind, request_id = clock.now(), claim.municipality_id, claim.given.document_type, keys.new()
    assert kind is not None, "whoever is to see it is told what to look for"
    own = col(VerificationRequestRow.person_id) == claim.person_id
    await work.run(sa.delete(VerificationRequestRow).where(own))
    work.session.add(
        VerificationRequestRow(
            id=request_id,
            person_id=claim.person_id,
            municipality_id=place,
            method=handler.method,
            document_type=kind,
            document_hash=claim.keyed.document(claim.given),
            address=claim.given.address if Detail.ADDRESS in handler.needs else None,
            requested_at=now,
            expires_at=now + claim.requirements.waits,
        )
    )
    await work.session.flush()
    await attempts.keep(work, claim.person_id, None, None)
    await _sweep(work, place, now)
    return Outcome(Status.PENDING, request_id=request_id)


async def _sweep(work: Work, municipality_id: str, now: datetime) -> None:
    """The last that is done: these are others' rows."""
    await work.as_system()
    late = pick(VerificationRequestRow, "id").where(col(VerificationRequestRow.municipality_id) == municipality_id)
    late = late.where(col(VerificationRequestRow.expires_at) <= now).with_for_update(skip_locked=True)
    await work.run(sa.delete(VerificationRequestRow).where(col(VerificationRequestRow.id).in_(late)))


def _offered(
    requirements: Requirements, method: Method, providers: Sequence[OpenidProvider] = (), provider: str | None = None
) -> Handler:
    found = [handler for handler in offered(requirements, providers) if handler.method is method]
    if not found:
        raise InvalidInput(field="handler", message="This municipality does not verify people in this way.")
    for handler in found:
        if handler.provider == provider:
            return handler
    raise InvalidInput(field="provider", message="No provider of this name verifies people here.")
