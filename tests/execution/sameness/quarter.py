"""A quarter of a town in which everything happens that can: small, and the same in every database."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from modules.civic import events as civic
from modules.civic.tables import CommentRow, DebateRow, HiddenTextRow, HideReason, ReactionKind, ReactionRow
from modules.identity.municipalities.tables import SettingsRow
from modules.identity.profile.tables import InterestRow
from modules.identity.tables import AccountRow, Category, MunicipalityRow, PersonRow, SessionRow
from modules.identity.verification.tables import VerificationRequestRow, VerificationRow
from modules.identity.verification.terms import DocumentType, Method
from modules.kernel import audit, keys, log
from modules.kernel.search import searchable
from modules.kernel.storage import Storage
from modules.registry.rules import LegalEntityKind
from modules.registry.tables import LegalEntityRow
from modules.voting import events as voting
from modules.voting.tables import BallotRow, OptionRow, ParticipationRow, PollRow
from tests.execution.sameness.associations import ORGANISATIONS, REQUESTS, associate
from tests.execution.sameness.openings import open_ways
from tests.execution.sameness.values import Known
from tests.people import BILA_TSERKVA, KYIV, PEOPLE, settle

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
NOWHERE = "UA99000000000000000"  # no municipality
VILLAGES = [f"UA3202001001{n:02}00000" for n in range(5)]
PLACES = (KYIV, BILA_TSERKVA, KYIV, VILLAGES[0], NOWHERE)
WORDS = ("Ринок на площі", "Лавки біля школи", "Тролейбус №5", "Сквер", "Budget 2026", "Дитячий майданчик")
MIRA, TARAS = UUID(int=1), UUID(int=2)


def key(kind: str, number: int) -> UUID:
    return keys.derived("quarter", f"{kind} {number}")


def by(number: int) -> UUID | None:
    """Who did it: somebody, nobody, or somebody who is gone."""
    return (MIRA, TARAS, UUID(int=100), None, UUID(int=3), UUID(int=666), UUID(int=101))[number % 7]


def window(number: int) -> dict[str, datetime | None]:
    """Scheduled, open without an end, open, over; every fourth begins at the same moment."""
    opens = NOW + timedelta(days=(9, -9, -5, -30)[number % 4])
    return {"opens_at": opens, "closes_at": (None, None, NOW + timedelta(days=3), NOW - timedelta(days=1))[number % 4]}


def municipalities() -> Iterator[dict[str, Any]]:
    for number, code in enumerate(VILLAGES):
        name = f"Село {WORDS[number]}"
        row = {"id": code, "parent_id": BILA_TSERKVA, "category": Category.VILLAGE, "name": name}
        yield row | {"search_text": searchable(name)}


def people() -> Iterator[dict[str, Any]]:
    for number in range(6):
        name, joined = f"Сусідка {number}", NOW - timedelta(days=number // 2)
        row = {"id": UUID(int=100 + number), "name": name, "search_text": searchable(name), "locale": "uk"}
        row |= {
            "about": "Люблю сквер." * (number % 2),
            "avatar": "https://pictures.example/1.png" * (number % 2) or None,
        }
        yield row | {"municipality_id": (None, KYIV, VILLAGES[1])[number % 3], "joined_at": joined}


def interests() -> Iterator[dict[str, Any]]:
    for number in range(7):
        row = {"person_id": MIRA if number == 6 else UUID(int=100 + number // 2), "position": 1 - number % 2}
        yield row | {"interest": ("сквер", "шахи", "велосипеди")[number % 3]}


def debates() -> Iterator[dict[str, Any]]:
    for number in range(14):
        title = f"{WORDS[number % 6]} {number}"
        row = {
            "id": key("Debate", number),
            "municipality_id": PLACES[number % 5],
            "title": title,
            "body": "**Де?**\n\n«Там»",
            "organisation_id": ORGANISATIONS[number % 4] if number % 3 == 0 else None,
        }
        yield row | {"opened_by": by(number), "search_text": searchable(title)} | window(number)


def comments() -> Iterator[dict[str, Any]]:
    """On the first six debates; each third is an answer to an earlier one, answers to answers among them."""
    depths: dict[int, int] = {}
    for number in range(60):
        parent = number - 12 if number >= 12 and number % 3 else None
        depths[number] = 0 if parent is None else depths[parent] + 1
        hidden = number % 5 == 4
        yield {
            "id": key("Comment", number),
            "debate_id": key("Debate", number % 6),
            "municipality_id": PLACES[number % 6 % 5],
            "parent_id": None if parent is None else key("Comment", parent),
            "author_id": by(number + 1),
            "organisation_id": ORGANISATIONS[number % 4] if number % 7 == 0 else None,
            "depth": depths[number],
            "body": "" if hidden else thought(number),
            "created_at": NOW - timedelta(hours=number // 2),
            "support_count": number % 4,
            "oppose_count": number % 3,
            "hidden_at": NOW if hidden else None,
            "hidden_reason": list(HideReason)[number % 5] if hidden else None,
        }


def thought(number: int) -> str:
    return f"Думка {number}: “так”\t\\"


def hidden_texts() -> Iterator[dict[str, Any]]:
    for number in range(4, 60, 5):
        place = PLACES[number % 6 % 5]
        yield {
            "comment_id": key("Comment", number),
            "municipality_id": place,
            "author_id": by(number + 1),
            "body": thought(number),
        }


def polls() -> Iterator[dict[str, Any]]:
    """The last is on a debate that is not there."""
    for number in range(10):
        row = {"id": key("Poll", number), "municipality_id": PLACES[number // 2 % 5], "title": f"Коли? {number}"}
        debate = key("Debate", number // 2 if number < 9 else 999)
        yield row | {"debate_id": debate, "opened_by": by(number)} | window(number + 1)


def options() -> Iterator[dict[str, Any]]:
    """The first poll has none."""
    for poll in range(1, 10):
        for position in range(1, 2 + poll % 3):
            at = key("PollOption", poll * 10 + position)
            yield {"id": at, "poll_id": key("Poll", poll), "position": position, "text": f"Варіант {position}"}


def ballots() -> Iterator[dict[str, Any]]:
    for number in range(30):
        poll = 1 + number % 9
        yield {
            "poll_id": key("Poll", poll),
            "tracker": key("Ballot", number),
            "option_id": key("PollOption", poll * 10 + 1 + (number // 9) % (1 + poll % 3)),
        }


def legal_entities() -> Iterator[dict[str, Any]]:
    """Branches of the first two; names repeat, so that only the key orders them."""
    for number in range(24):
        name = f"{WORDS[number % 6]}, спілка"
        yield {
            "id": key("LegalEntity", number),
            "edrpou": f"{number * 37:08}",
            "name": name,
            "short_name": "Спілка" * (number % 2),
            "kind": list(LegalEntityKind)[number],
            "region": ("м.Київ", "", "Київська обл.")[number % 3],
            "municipality_id": (KYIV, None, NOWHERE, VILLAGES[2])[number % 4],
            "parent_id": key("LegalEntity", number % 2) if number % 3 == 2 else None,
            "is_verified": number % 4 != 1,
            "search_text": searchable(name),
            "updated_at": NOW - timedelta(days=number // 3),
        }


def sessions() -> Iterator[dict[str, Any]]:
    for number in range(3):
        begun = NOW - timedelta(days=number * 20)
        row = {
            "id": key("Session", number),
            "person_id": MIRA,
            "token_hash": f"{number:064}",
            "device": "Firefox" * number,
        }
        yield row | {"created_at": begun, "last_used_at": begun, "expires_at": begun + timedelta(days=30)}


def settings() -> Iterator[dict[str, Any]]:
    """Of three municipalities, one of which has left."""
    for number, code in enumerate((KYIV, BILA_TSERKVA, VILLAGES[0])):
        yield {
            "municipality_id": code,
            "active_since": NOW if number < 2 else None,
            "languages": ("uk", "crh")[: 1 + number % 2],
            "verification_handlers": ("desk", "letter")[:number],
            "minimum_age": 16 + number,
            "postal_codes": ("01001-06999",) * (number % 2),
            "hide_after_reports": number or None,
            "shown_name": "Місто" if number else None,
            "colour": "#0057b7" if number else None,
            "logo_url": "https://town.example/logo.svg" if number else None,
        }


def audited() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """What is public of an act, and what is private."""
    for number in range(12):
        place, act = (KYIV, VILLAGES[0], None)[number % 3], key("AuditEvent", number)
        told = {"action": ("hideComment", "grantRole")[number % 2], "detail": ("", "MODERATOR")[number % 2]}
        subject = {"subject": keys.encode("Comment", key("Comment", number)), "reason": "SPAM" * (number % 2)}
        yield (
            {"id": act, "at": NOW - timedelta(hours=number // 2), "municipality_id": place} | told,
            {"act_id": act, "municipality_id": place, "actor_id": by(number), "person_id": by(number + 2)} | subject,
        )


def verified() -> dict[str, Any]:
    """Mira is a resident of Kyiv."""
    held = {"level": 2, "method": Method.CENSUS, "district": "Поділ", "expires_at": NOW + timedelta(days=9)}
    return {"person_id": MIRA, "municipality_id": KYIV, "verified_at": NOW, **held}


def waiting() -> dict[str, Any]:
    """Mira waits to be seen at the desk."""
    asked = {"method": Method.DESK, "document_type": DocumentType.ID_CARD, "document_hash": "0" * 64}
    times = {"requested_at": NOW, "expires_at": NOW + timedelta(days=9)}
    key_of = key("VerificationRequest", 1)
    return {"id": key_of, "person_id": MIRA, "municipality_id": KYIV, **asked, **times}


async def fill(storage: Storage) -> None:
    """Write the quarter, and what its topics of the log say."""
    await settle(storage)
    reactions = [
        {"comment_id": key("Comment", number), "person_id": MIRA, "kind": list(ReactionKind)[number % 2]}
        for number in range(0, 60, 4)
    ]
    took_part = [{"poll_id": key("Poll", number), "person_id": MIRA} for number in (1, 2, 5)]
    told = [
        *(civic.topic_of(key("Debate", n)) for n in (0, 1, 4)),
        *(f"{voting.TALLY}:{key('Poll', n).hex}" for n in (1, 3)),
    ]
    account: dict[str, Any] = {"person_id": MIRA, "email": "mira@example.org", "password_hash": "none"}
    async with storage.writing() as work:
        await work.as_system()
        await work.put(MunicipalityRow, list(municipalities()))
        await work.put(SettingsRow, list(settings()), key=("municipality_id",))
        await work.put(PersonRow, list(people()))
        await work.put(InterestRow, list(interests()), key=("person_id", "interest"))
        await work.put(AccountRow, [account], key=("person_id",))
        await work.put(SessionRow, list(sessions()))
        await work.put(VerificationRow, [verified()], key=("person_id",))
        await work.put(VerificationRequestRow, [waiting()])
        await open_ways(work, MIRA)
        await associate(work, [MIRA, TARAS, *(each for each in (PEOPLE.moderator.person_id,) if each)])
        await work.put(DebateRow, list(debates()))
        await work.put(CommentRow, list(comments()))
        await work.put(HiddenTextRow, list(hidden_texts()), key=("comment_id",))
        await work.put(ReactionRow, reactions, key=("comment_id", "person_id"))
        await work.put(PollRow, list(polls()))
        await work.put(OptionRow, list(options()))
        await work.put(ParticipationRow, took_part, key=("poll_id", "person_id"))
        await work.put(BallotRow, list(ballots()), key=("poll_id", "tracker"))
        await work.put(LegalEntityRow, list(legal_entities()))
        acts, private = zip(*audited(), strict=True)
        await work.run(sa.insert(audit.acts).values(acts))
        await work.run(sa.insert(audit.private).values(private))
        await work.run(sa.insert(log.topics).values([{"name": name, "seq": len(name) // 3} for name in told]))


def known() -> Known:
    """What can be asked for by name in the quarter."""
    codes = [KYIV, BILA_TSERKVA, *VILLAGES, NOWHERE]
    entities = list(legal_entities())
    return Known(
        ids={
            "Municipality": [keys.encode("Municipality", code) for code in codes],
            "Person": [keys.encode("Person", key) for key in (MIRA, TARAS, *_ids(people()))],
            "VerificationRequest": [keys.encode("VerificationRequest", waiting()["id"])],
            "Organisation": [keys.encode("Organisation", key) for key in ORGANISATIONS],
            "OrganisationVerification": [keys.encode("OrganisationVerification", key) for key in REQUESTS],
            "Debate": [keys.encode("Debate", key) for key in _ids(debates())],
            "Comment": [keys.encode("Comment", key) for key in _ids(comments())],
            "Poll": [keys.encode("Poll", key) for key in _ids(polls())],
            "PollOption": [keys.encode("PollOption", key) for key in _ids(options())],
            "LegalEntity": [keys.encode("LegalEntity", key) for key in _ids(entities)],
            "AuditEvent": [keys.encode("AuditEvent", key("AuditEvent", number)) for number in range(12)],
        },
        texts={
            "code": codes,
            "edrpou": [entity["edrpou"] for entity in entities],
            "search": ["", "сквер", "ринку", "спілка", "київ", "00000037", "нічого"],
            "region": ["м.Київ", "Київська обл.", "деінде"],
        },
    )


def _ids(rows: Iterator[dict[str, Any]] | Sequence[dict[str, Any]]) -> list[UUID]:
    return [row["id"] for row in rows]


VIEWERS = {
    "nobody": PEOPLE.nobody,
    "mira": PEOPLE.mira,
    "moderator": PEOPLE.moderator,
    "administrator": PEOPLE.administrator,
}
