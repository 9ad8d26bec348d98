"""What waits for an official or for a letter's code, and how it ends."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from modules.identity.ports import Secrets
from modules.identity.verification import attempts, policy, rules
from modules.identity.verification.attempts import Outcome
from modules.identity.verification.granting import claim_document, grant
from modules.identity.verification.handlers import Awaits, handler_of
from modules.identity.verification.keyed import fresh_code, keyed
from modules.identity.verification.refusals import DocumentTaken
from modules.identity.verification.rules import Given
from modules.identity.verification.settings import required
from modules.identity.verification.tables import VerificationRequestRow
from modules.identity.verification.terms import Detail, Status
from modules.kernel import clock
from modules.kernel.policy import Role, Viewer, somebody
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


async def enter_code(work: Work, viewer: Viewer, secrets: Secrets, *, request_id: UUID, code: str) -> Outcome:
    """Confirm oneself by the code of a letter. A wrong code is an outcome, since it is counted.

    Raises NotSignedIn, NotFound, NotAllowed, InvalidInput, VerificationLocked, DocumentTaken or AlreadyVerified.
    """
    request = await _request(work, viewer, request_id)
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
    request = await _request(work, viewer, request_id)
    policy.may_decide(viewer, request)
    _require(request, Awaits.OFFICIAL, "documentNumber", "This request is not confirmed at a desk.")
    kind = request["document_type"]
    shown = Given(kind, rules.tidy_number(kind, document_number))
    if shown.document_number is None or request["document_hash"] != keyed(secrets, request["municipality_id"]).document(
        shown
    ):
        raise InvalidInput(field="documentNumber", message="This is not the document that the request names.")
    await _of_both(work, viewer, request)
    await attempts.hold(work, request["person_id"])
    await _complete(work, request)
    person_id: UUID = request["person_id"]
    return person_id


async def reject(work: Work, viewer: Viewer, *, request_id: UUID, wrong: Sequence[Detail]) -> UUID:
    """Do not confirm a person, and say which fields are wrong; the person's key. What is held already stays.

    Raises NotSignedIn, NotFound, NotAllowed or InvalidInput.
    """
    request = await _request(work, viewer, request_id)
    policy.may_decide(viewer, request)
    if not wrong:
        raise InvalidInput(field="wrongFields", message="Name at least one field that is wrong.")
    person_id: UUID = request["person_id"]
    await _of_both(work, viewer, request)
    await attempts.hold(work, person_id)
    await _end(work, request_id)
    told = tuple(dict.fromkeys(wrong))
    await attempts.keep(work, person_id, request["municipality_id"], Status.UNAUTHORIZED, told)
    return person_id


async def print_letter(work: Work, viewer: Viewer, secrets: Secrets, *, request_id: UUID) -> Letter:
    """Make the letter of a request, with a fresh code: one that was printed before opens nothing any more.

    Raises NotSignedIn, NotFound, NotAllowed or InvalidInput.
    """
    request = await _request(work, viewer, request_id)
    policy.may_print_letter(viewer, request)
    place, code, now = request["municipality_id"], fresh_code(), clock.now()
    expires_at = now + (await required(work, place)).waits
    printed = {
        "code_hash": keyed(secrets, place).code(request_id, code),
        "printed_at": now,
        "expires_at": expires_at,
    }
    own = (*_waiting(request_id), col(VerificationRequestRow.municipality_id) == place)
    if not await work.run(sa.update(VerificationRequestRow).where(*own).values(printed)):
        raise NotFound(message="There is no such request any more.")
    return Letter(request["person_id"], request["address"], code, expires_at)


async def _complete(work: Work, request: Row) -> None:
    """End a request by giving what it was made for. Raises NotFound, DocumentTaken or AlreadyVerified."""
    person_id, place = request["person_id"], request["municipality_id"]
    await _end(work, request["id"])
    if not await claim_document(work, person_id, place, request["document_hash"]):
        raise DocumentTaken()
    await grant(work, person_id, place, handler_of(request["method"]), (await required(work, place)).lasts)


async def _end(work: Work, request_id: UUID) -> None:
    """Whoever ends a request first has decided it. Raises NotFound."""
    if not await work.run(sa.delete(VerificationRequestRow).where(col(VerificationRequestRow.id) == request_id)):
        raise NotFound(message="There is no such request any more.")


def _waiting(request_id: UUID) -> tuple[Any, Any]:
    return col(VerificationRequestRow.id) == request_id, col(VerificationRequestRow.expires_at) > clock.now()


async def _request(work: Work, viewer: Viewer, request_id: UUID) -> Row:
    """A request that the viewer made, or may decide on where they are an official. Raises NotSignedIn or NotFound."""
    places = viewer.municipalities(Role.OFFICIAL)
    readable = sa.or_(
        col(VerificationRequestRow.person_id) == somebody(viewer),
        col(VerificationRequestRow.municipality_id).in_(places),
    )
    await work.as_(viewer)
    request = await work.row(_REQUEST.where(*_waiting(request_id), readable))
    if request is None:
        raise NotFound(message="There is no such request.")
    return request


async def _of_both(work: Work, viewer: Viewer, request: Row) -> None:
    """An official who decides on a request writes what else is its person's: tries, and the document of before."""
    await work.as_(replace(viewer, person_id=request["person_id"]))


async def _code_hash(work: Work, request_id: UUID) -> str:
    """As it is now that the person's turn has come; nothing fits where no letter was printed."""
    return (
        await work.value(pick(VerificationRequestRow, "code_hash").where(col(VerificationRequestRow.id) == request_id))
        or ""
    )


def _require(request: Row, awaits: Awaits, field: str, message: str) -> None:
    if handler_of(request["method"]).awaits is not awaits:
        raise InvalidInput(field=field, message=message)
