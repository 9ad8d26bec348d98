"""Somebody who did everything that can be done here: to be exported, or erased."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyotp
import sqlalchemy as sa

from modules.identity.accounts.notices import LETTER
from modules.identity.actions import start_session
from modules.identity.openid.tables import IdentityRow, OpenidStartRow
from modules.identity.verification.tables import DocumentRow
from modules.kernel import clock, keys
from modules.kernel.context import Client
from modules.kernel.jobs import Job, append, jobs
from modules.kernel.policy import Viewer
from modules.kernel.storage import Storage
from modules.kernel.tables import col, pick
from tests.asking import Ask
from tests.civic import scenes as civic
from tests.civic.scenes import act, add_comment, start_debate
from tests.contents import contents
from tests.identity import clients, municipal, residence
from tests.identity import organisation_scenes as organisations
from tests.identity import test_passkeys as passkeys
from tests.identity import test_totp as totp
from tests.identity.authenticator import Authenticator
from tests.identity.conftest import PASSWORD, Town
from tests.people import PEOPLE, municipality_id, person_id
from tests.voting.scenes import cast, open_poll

NAME, EMAIL = "Соломія Grepova", "solomiia@grepova.example"
NEW_EMAIL, OLD_EMAIL = "nova@grepova.example", "stara@grepova.example"
DOCUMENT, STREET, PHONE = "АМ 918273", "вулиця Загублена 7", "Grepphone 3000"
KEY, APPLICATION, SUBJECT = "Брелок Соломії", "Застосунок Соломії", "subject-of-grepova"
ABOUT, AVATAR, INTEREST = "Про Соломію", "https://grepova.example/me.png", "розведення грепів"
PROFILE = "mutation($i: UpdateProfileInput!) { r: updateProfile(input: $i) { __typename ...R } }"
EVIDENCE = "Пишіть мені на solomiia@grepova.example"


@dataclass(frozen=True)
class Life:
    """Who did it all, what would give them away, and what they left."""

    viewer: Viewer
    traces: list[str]
    recovery_code: str
    debate: str
    comment: str
    hidden: str
    poll: str
    alone: str
    shared: str


async def lived(town: Town) -> Life:
    """A life whose person has a second step, and leads nobody who is left alone."""
    ask = town.ask
    viewer = await town.join(EMAIL, name=NAME)
    assert viewer.person_id is not None
    told = {"about": ABOUT, "avatar": AVATAR, "interests": [INTEREST]}
    assert (await act(ask, PROFILE, viewer, **told))["__typename"] == "ProfileUpdated"
    await town.sign_in(EMAIL, "a wrong password")
    debate = await start_debate(ask, viewer)
    comment = await add_comment(ask, debate, viewer, body="За парк.")
    await act(ask, civic.REACT, viewer, commentId=await add_comment(ask, debate, PEOPLE.taras), reaction="SUPPORT")
    unkind = await add_comment(ask, debate, viewer, body="Геть.")
    await act(ask, civic.HIDE, PEOPLE.moderator, commentId=unkind, reason="OFFENSIVE")
    poll = await open_poll(ask, debate, viewer)
    assert await cast(ask, poll, viewer) == "BallotCast"
    hashed = await _resident(ask, town.storage, viewer)
    alone, shared = await _organisations(ask, viewer)
    hidden = await _moderator(ask, viewer, debate)
    sealed = await _ways_in(ask, town.storage, viewer)
    key = (await clients.create(ask, viewer, name=APPLICATION))["key"].split("_")[1]
    recovery = await _second_step(ask, viewer)
    await _letters(town, viewer)
    said = [
        OLD_EMAIL,
        ABOUT,
        AVATAR,
        INTEREST,
        NAME,
        "Соломі",
        "Grepova",
        EMAIL,
        NEW_EMAIL,
        "grepova.example",
        STREET,
        PHONE,
        KEY,
        APPLICATION,
        SUBJECT,
        EVIDENCE,
    ]
    numbers = ["918273", key, hashed, sealed, *await secrets(town.storage, viewer)]
    return Life(viewer, said + numbers, recovery, debate, comment, hidden, poll.id, alone, shared)


async def secrets(storage: Storage, viewer: Viewer) -> list[str]:
    """Hashes that are kept for the person."""
    found = []
    for table, column in (("account", "password_hash"), ("session", "token_hash"), ("recovery_code", "code_hash")):
        whose = sa.bindparam("who", viewer.person_id, sa.Uuid())
        statement = sa.text(f"select {column} from identity_{table} where person_id = :who").bindparams(whose)
        async with storage.reading() as read:
            rows = await read.rows(statement)
        assert rows, table
        found += [str(row[column]) for row in rows]
    return found


async def _resident(ask: Ask, storage: Storage, viewer: Viewer) -> str:
    """Verified by a form, waiting for a letter, and wrong once; the hash of the document."""
    given = {"documentNumber": DOCUMENT, "address": STREET}
    assert (await residence.request(ask, viewer, **given))["__typename"] == "VerificationRequested"
    await residence.pending(ask, viewer, "LETTER", **given)
    failed = await residence.request(ask, viewer, **{**given, "dateOfBirth": "2024-01-01"})
    assert failed["__typename"] == "VerificationFailed"
    await residence.pending(ask, viewer, "LETTER", **given)
    hashed = pick(DocumentRow, "document_hash").where(col(DocumentRow.person_id) == viewer.person_id)
    async with storage.writing() as work:
        await work.as_system()
        return str(await work.value(hashed))


async def _organisations(ask: Ask, viewer: Viewer) -> tuple[str, str]:
    """One of the person's own that waits to be verified; one with Taras, who names the person, and both are creators."""
    claim = {"representativeName": NAME, "representativePosition": "Голова", "evidence": EVIDENCE}
    alone = await organisations.create(ask, viewer, name="Сама собі")
    await organisations.ask_to_verify(ask, alone, viewer, edrpou=organisations.ANOTHER_EDRPOU, **claim)
    shared = await organisations.create(ask, viewer, name="Разом")
    await organisations.join(ask, shared, PEOPLE.taras, "CREATOR", by=viewer)
    first = await organisations.ask_to_verify(ask, shared, viewer, **claim)
    rejected = {"verificationId": first, "verdict": "REJECTED", "reason": "Немає статуту."}
    await act(ask, organisations.DECIDE, PEOPLE.official, **rejected)
    await organisations.verify(ask, shared, PEOPLE.taras, representativeName=NAME)
    await add_comment(ask, await start_debate(ask), viewer, asOrganisationId=shared)
    return alone, shared


async def _moderator(ask: Ask, viewer: Viewer, debate: str) -> str:
    """A role, and a comment that was hidden by virtue of it."""
    given = {
        "personId": person_id(viewer),
        "municipalityId": municipality_id(),
        "role": "MODERATOR",
        "reason": "Треба.",
    }
    assert (await act(ask, municipal.GRANT, PEOPLE.administrator, **given))["__typename"] == "RoleGranted"
    acting = Viewer(viewer.person_id, viewer.session_id, PEOPLE.moderator.roles)
    hidden = await add_comment(ask, debate, PEOPLE.mira, body="Реклама")
    done = await act(ask, civic.HIDE, acting, commentId=hidden, reason="SPAM")
    assert done["__typename"] == "CommentHidden"
    return hidden


async def _ways_in(ask: Ask, storage: Storage, viewer: Viewer) -> str:
    """A passkey, a provider, and a question of each that is open; what is sealed of it."""
    made = await passkeys.register(ask, Authenticator(), viewer, KEY)
    assert made["__typename"] == "PasskeyRegistered"
    await passkeys.asked_to_make(ask, viewer)
    later = clock.now() + timedelta(minutes=10)
    kept: dict[str, Any] = {"provider": "id", "person_id": viewer.person_id}
    async with storage.writing() as work:
        await start_session(work, viewer.person_id, Client(agent=PHONE))  # type: ignore[arg-type]
        work.session.add(
            IdentityRow(id=keys.new(), issuer="https://id.example", subject=SUBJECT, linked_at=clock.now(), **kept)
        )
        work.session.add(
            OpenidStartRow(state_hash="0" * 64, nonce="sealed-nonce", verifier="sealed", expires_at=later, **kept)
        )
    return "sealed-nonce"


async def _second_step(ask: Ask, viewer: Viewer) -> str:
    """A recovery code."""
    begun = (await ask(totp.ENABLE + civic.REFUSAL, as_=viewer))["r"]
    done = await act(ask, totp.CONFIRM, viewer, code=pyotp.TOTP(begun["secret"]).now())
    return str(done["recoveryCodes"][0])


async def _letters(town: Town, viewer: Viewer) -> None:
    """Another address asked for, a password forgotten, somebody who signs up with the address: all their links are open. A
    letter to an older address was given up."""
    await town.act("changeEmail", viewer, newEmail=NEW_EMAIL, password=PASSWORD)
    await town.act("requestPasswordReset", email=EMAIL)
    await town.sign_up(EMAIL, name=NAME)
    while any("identity.letter" in job for job in (await contents(town.storage))["kernel_job"]):
        pass
    while not town.post.is_empty:
        await town.post.letter()
    given_up = Job(LETTER, {"change": "email", "subject_id": viewer.person_id, "to": OLD_EMAIL}, clock.now())
    async with town.storage.writing() as work:
        await append(work.session, [given_up])
        await work.run(sa.update(jobs).where(jobs.c.id == given_up.id).values(due_at=None))
