"""How people are verified: what they ask for, what officials decide, what letters bring."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from modules.identity.ports import Secrets
from modules.identity.verification import attempts, policy, rules
from modules.identity.verification.attempts import Outcome
from modules.identity.verification.granting import claim_document, grant
from modules.identity.verification.handlers import Awaits, Claim, Handler, handler_of, offered
from modules.identity.verification.keyed import fresh_code, keyed
from modules.identity.verification.refusals import DocumentTaken
from modules.identity.verification.rules import Given, Requirements
from modules.identity.verification.settings import requirements_of
from modules.identity.verification.tables import (
    DocumentRow,
    VerificationAttemptRow,
    VerificationRequestRow,
    VerificationRow,
)
from modules.identity.verification.terms import Detail, Method, Status
from modules.kernel import clock, keys
from modules.kernel.policy import Viewer
from modules.kernel.refusals import InvalidInput, NotFound
from modules.kernel.storage import Row, Work
from modules.kernel.tables import col, pick

_REQUEST = pick(
    VerificationRequestRow,
    *("id", "person_id", "municipality_id", "method", "document_type", "document_hash", "address", "code_hash"),
)


@dataclass(frozen=True, repr=False)
class Letter:
    """A letter to print. Its code is told this once; only a keyed hash of it is kept."""

    person_id: UUID
    address: str
    code: str
    expires_at: datetime


async def request_verification(
    work: Work, viewer: Viewer, secrets: Secrets, *, municipality_id: str, method: Method, given: Given
) -> Outcome:
    """Verify a person, or begin to. How a try failed is an outcome and no refusal, since it is kept.

    Raises NotSignedIn, InvalidInput, VerificationLocked or AlreadyVerified.
    """
    person_id = policy.may_request(viewer)
    requirements = await _requirements(work, municipality_id)
    handler = _offered(requirements, method)
    await attempts.begin(work, person_id)
    lacking = given.lacks(handler.needs)
    if lacking:
        return await attempts.fail(work, person_id, municipality_id, Status.INCOMPLETE, lacking)
    hashes = keyed(secrets, municipality_id)
    claim = Claim(person_id, municipality_id, given, requirements, hashes, clock.now().date())
    verdict = await handler.check(work, claim)
    if verdict.wrong:
        return await attempts.fail(work, person_id, municipality_id, Status.UNAUTHORIZED, verdict.wrong)
    if handler.awaits is not Awaits.NOTHING:
        return await _wait(work, claim, handler)
    unique = hashes.document(given) if verdict.identity is None else hashes.identity(verdict.identity)
    if not await claim_document(work, person_id, municipality_id, unique):
        return await attempts.fail(work, person_id, municipality_id, Status.UNAUTHORIZED, (), taken=True)
    await grant(work, person_id, municipality_id, handler, requirements.lasts, verdict.district)
    return Outcome(Status.OK)


async def enter_code(work: Work, viewer: Viewer, secrets: Secrets, *, request_id: UUID, code: str) -> Outcome:
    """Confirm oneself by the code of a letter. A wrong code is an outcome, since it is counted.

    Raises NotSignedIn, NotFound, NotAllowed, InvalidInput, VerificationLocked, DocumentTaken or AlreadyVerified.
    """
    request = await _request(work, request_id)
    person_id = policy.may_enter_code(viewer, request)
    _require(request, Awaits.CODE, "code", "No letter with a code belongs to this request.")
    await attempts.begin(work, person_id)
    place = request["municipality_id"]
    entered = keyed(secrets, place).code(request_id, rules.tidy_code(code))
    if not hmac.compare_digest(await _code_hash(work, request_id), entered):
        return await attempts.fail(work, person_id, place, Status.UNAUTHORIZED, (Detail.CODE,))
    await _complete(work, request)
    return Outcome(Status.OK)


async def confirm(work: Work, viewer: Viewer, secrets: Secrets, *, request_id: UUID, document_number: str) -> UUID:
    """Confirm a person who is at the desk, by the number of the document that they show; the person's key.

    Raises NotSignedIn, NotFound, NotAllowed, InvalidInput, DocumentTaken or AlreadyVerified.
    """
    request = await _request(work, request_id)
    policy.may_decide(viewer, request)
    _require(request, Awaits.OFFICIAL, "documentNumber", "This request is not confirmed at a desk.")
    kind = request["document_type"]
    shown = Given(kind, rules.tidy_number(kind, document_number))
    if shown.document_number is None or request["document_hash"] != keyed(secrets, request["municipality_id"]).document(
        shown
    ):
        raise InvalidInput(field="documentNumber", message="This is not the document that the request names.")
    await attempts.hold(work, request["person_id"])
    await _complete(work, request)
    person_id: UUID = request["person_id"]
    return person_id


async def reject(work: Work, viewer: Viewer, *, request_id: UUID, wrong: Sequence[Detail]) -> UUID:
    """Do not confirm a person, and say which fields are wrong; the person's key. What is held already stays.

    Raises NotSignedIn, NotFound, NotAllowed or InvalidInput.
    """
    request = await _request(work, request_id)
    policy.may_decide(viewer, request)
    if not wrong:
        raise InvalidInput(field="wrongFields", message="Name at least one field that is wrong.")
    person_id: UUID = request["person_id"]
    await attempts.hold(work, person_id)
    await _end(work, request_id)
    told = tuple(dict.fromkeys(wrong))
    await attempts.keep(work, person_id, request["municipality_id"], Status.UNAUTHORIZED, told)
    return person_id


async def print_letter(work: Work, viewer: Viewer, secrets: Secrets, *, request_id: UUID) -> Letter:
    """Make the letter of a request, with a fresh code: one that was printed before opens nothing any more.

    Raises NotSignedIn, NotFound, NotAllowed or InvalidInput.
    """
    request = await _request(work, request_id)
    policy.may_print_letter(viewer, request)
    place, code, now = request["municipality_id"], fresh_code(), clock.now()
    expires_at = now + (await _requirements(work, place)).waits
    printed = {
        "code_hash": keyed(secrets, place).code(request_id, code),
        "printed_at": now,
        "expires_at": expires_at,
    }
    own = (*_waiting(request_id), col(VerificationRequestRow.municipality_id) == place)
    if not await work.run(sa.update(VerificationRequestRow).where(*own).values(printed)):
        raise NotFound(message="There is no such request any more.")
    return Letter(request["person_id"], request["address"], code, expires_at)


async def forget(work: Work, person_id: UUID) -> None:
    """Leave nothing of a person's verification; the document is free for another account."""
    await attempts.hold(work, person_id)
    for table in (VerificationRow, DocumentRow, VerificationRequestRow, VerificationAttemptRow):
        await work.run(sa.delete(table).where(col(table.person_id) == person_id))


async def _wait(work: Work, claim: Claim, handler: Handler) -> Outcome:
    """Ask an official, in place of what the person asked for before; what nobody came back to in time is deleted."""
    now, place, kind, request_id = clock.now(), claim.municipality_id, claim.given.document_type, keys.new()
    assert kind is not None, "whoever is to see it is told what to look for"
    own = col(VerificationRequestRow.person_id) == claim.person_id
    late = pick(VerificationRequestRow, "id").where(col(VerificationRequestRow.municipality_id) == place)
    late = late.where(col(VerificationRequestRow.expires_at) <= now).with_for_update(skip_locked=True)
    await work.run(sa.delete(VerificationRequestRow).where(own))
    await work.run(sa.delete(VerificationRequestRow).where(col(VerificationRequestRow.id).in_(late)))
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
    await attempts.keep(work, claim.person_id, None, None)
    return Outcome(Status.PENDING, request_id=request_id)


async def _complete(work: Work, request: Row) -> None:
    """End a request by giving what it was made for. Raises NotFound, DocumentTaken or AlreadyVerified."""
    person_id, place = request["person_id"], request["municipality_id"]
    await _end(work, request["id"])
    if not await claim_document(work, person_id, place, request["document_hash"]):
        raise DocumentTaken()
    await grant(work, person_id, place, handler_of(request["method"]), (await _requirements(work, place)).lasts)


async def _end(work: Work, request_id: UUID) -> None:
    """Whoever ends a request first has decided it. Raises NotFound."""
    if not await work.run(sa.delete(VerificationRequestRow).where(col(VerificationRequestRow.id) == request_id)):
        raise NotFound(message="There is no such request any more.")


def _waiting(request_id: UUID) -> tuple[Any, Any]:
    return col(VerificationRequestRow.id) == request_id, col(VerificationRequestRow.expires_at) > clock.now()


async def _request(work: Work, request_id: UUID) -> Row:
    request = await work.row(_REQUEST.where(*_waiting(request_id)))
    if request is None:
        raise NotFound(message="There is no such request.")
    return request


async def _code_hash(work: Work, request_id: UUID) -> str:
    """As it is now that the person's turn has come; nothing fits where no letter was printed."""
    return (
        await work.value(pick(VerificationRequestRow, "code_hash").where(col(VerificationRequestRow.id) == request_id))
        or ""
    )


async def _requirements(work: Work, municipality_id: str) -> Requirements:
    requirements = await requirements_of(work, municipality_id)
    if requirements is None:
        raise InvalidInput(field="municipalityId", message="There is no such municipality.")
    return requirements


def _offered(requirements: Requirements, method: Method) -> Handler:
    for handler in offered(requirements):
        if handler.method is method:
            return handler
    raise InvalidInput(field="handler", message="This municipality does not verify people in this way.")


def _require(request: Row, awaits: Awaits, field: str, message: str) -> None:
    if handler_of(request["method"]).awaits is not awaits:
        raise InvalidInput(field=field, message=message)
