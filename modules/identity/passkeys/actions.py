"""Passkeys: keys that a device holds, made and used in two steps, a question and the device's answer."""

from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from modules.identity import opaque, rules
from modules.identity.accounts.notices import Change, enqueue_notice
from modules.identity.passkeys import policy
from modules.identity.passkeys.refusals import PasskeyRefused
from modules.identity.passkeys.tables import PasskeyChallengeRow, PasskeyRow
from modules.identity.ports import Site
from modules.identity.recent import require_recent
from modules.identity.ways_in import label_of, require_another_way
from modules.kernel import clock, keys
from modules.kernel.policy import Viewer
from modules.kernel.refusals import InvalidInput, NotFound
from modules.kernel.storage import Row, Storage, Work
from modules.kernel.tables import col, pick

if TYPE_CHECKING:
    from modules.identity.passkeys.ceremony import Asked, Made

LASTS = timedelta(minutes=5)


@dataclass(frozen=True)
class Opened:
    """The person whose passkey was used, and how often it has signed: before, and now."""

    person_id: UUID
    passkey_id: UUID
    counted: int
    counts: int


async def start_registration(work: Work, viewer: Viewer, site: Site) -> str:
    """What to ask the device, as JSON. Raises NotSignedIn or SignInAgain."""
    person_id = await require_recent(work, viewer)
    own = pick(PasskeyRow, "credential_id").where(col(PasskeyRow.person_id) == person_id)
    known = [row["credential_id"] for row in await work.rows(own)]
    name = await label_of(work, person_id)
    return await _asked(work, _ceremony().ask_to_make(site, person_id, name, known), person_id)


async def registration(storage: Storage, viewer: Viewer, site: Site, answer: str) -> "Made":
    """The key that a device made for the viewer; the question is used up. Raises NotSignedIn or PasskeyRefused."""
    policy.may_register_passkey(viewer)
    challenge = _ceremony().challenge_of(answer)
    policy.may_answer(viewer, await _answered(storage, challenge))
    made: Made = _ceremony().made(site, answer, challenge)
    return made


async def register_passkey(work: Work, viewer: Viewer, made: "Made", name: str) -> UUID:
    """Let the key open the viewer's account; its key. Raises NotSignedIn, InvalidInput or PasskeyRefused."""
    person_id, tidy = policy.may_register_passkey(viewer), rules.tidy_name(name)
    if tidy is None:
        raise InvalidInput(field="name", message="A name has 2 to 100 printable characters.")
    passkey_id = keys.new()
    values = {
        "id": passkey_id,
        "person_id": person_id,
        "credential_id": made.credential_id,
        "public_key": made.public_key,
        "sign_count": made.sign_count,
        "name": tidy,
        "created_at": clock.now(),
    }
    if not await work.run(work.insert(PasskeyRow).values(values).on_conflict_do_nothing()):
        raise PasskeyRefused(message="This passkey is registered already.")
    enqueue_notice(work, Change.PASSKEY_ADDED, person_id)
    return passkey_id


async def start_sign_in(work: Work, site: Site) -> str:
    """What to ask the device, as JSON."""
    return await _asked(work, _ceremony().ask_to_use(site), None)


async def opened(storage: Storage, site: Site, answer: str) -> Opened:
    """Whose passkey signed the question, which is used up. Raises PasskeyRefused."""
    challenge, used = _ceremony().challenge_of(answer), _ceremony().used(answer)
    if (await _answered(storage, challenge))["person_id"] is not None:
        raise PasskeyRefused()
    known = pick(PasskeyRow, "id", "person_id", "public_key", "sign_count")
    async with storage.reading() as read:
        passkey = await read.row(known.where(col(PasskeyRow.credential_id) == used.credential_id))
    if passkey is None or used.person_id != passkey["person_id"].bytes:
        raise PasskeyRefused()
    counted = passkey["sign_count"]
    counts = _ceremony().count(site, answer, challenge, passkey["public_key"], counted)
    return Opened(passkey["person_id"], passkey["id"], counted, counts)


async def use_passkey(work: Work, opened: Opened) -> None:
    """Count a use. Raises PasskeyRefused when another was counted meanwhile: one of the two is by a copy."""
    same = (col(PasskeyRow.id) == opened.passkey_id, col(PasskeyRow.sign_count) == opened.counted)
    counted = sa.update(PasskeyRow).where(*same).values(sign_count=opened.counts, used_at=clock.now())
    if not await work.run(counted):
        raise PasskeyRefused()


async def remove_passkey(work: Work, viewer: Viewer, id: str) -> None:
    """Sign in with it no more. Raises NotSignedIn, SignInAgain, NotFound or LastWayIn."""
    await require_recent(work, viewer)
    passkey_id = rules.key_of(id)
    passkey = await work.row(pick(PasskeyRow, "id", "person_id").where(col(PasskeyRow.id) == passkey_id))
    person_id = policy.may_remove_passkey(viewer, passkey)
    await require_another_way(work, person_id)
    own = (col(PasskeyRow.id) == passkey_id, col(PasskeyRow.person_id) == person_id)
    if not await work.run(sa.delete(PasskeyRow).where(*own)):
        raise NotFound(message="You have no such passkey.")
    enqueue_notice(work, Change.PASSKEY_REMOVED, person_id)


async def _asked(work: Work, asked: "Asked", person_id: UUID | None) -> str:
    now = clock.now()
    await work.run(sa.delete(PasskeyChallengeRow).where(col(PasskeyChallengeRow.expires_at) <= now))
    question = PasskeyChallengeRow(
        challenge_hash=opaque.digest(asked.challenge), person_id=person_id, expires_at=now + LASTS
    )
    work.session.add(question)
    return asked.options


async def _answered(storage: Storage, challenge: bytes) -> Row:
    """The question, used up. Raises PasskeyRefused."""
    hashed, expires_at = col(PasskeyChallengeRow.challenge_hash), col(PasskeyChallengeRow.expires_at)
    living = (hashed == opaque.digest(challenge), expires_at > clock.now())
    async with storage.writing() as work:
        asked = await work.row(
            sa.delete(PasskeyChallengeRow).where(*living).returning(col(PasskeyChallengeRow.person_id))
        )
    if asked is None:
        raise PasskeyRefused()
    return asked


def _ceremony() -> ModuleType:
    from modules.identity.passkeys import ceremony

    return ceremony
