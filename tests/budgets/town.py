"""A town of any size: everything that operations ask for, written straight into the tables."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from modules.civic.tables import CommentRow, DebateRow
from modules.identity import opaque
from modules.identity.accounts.tables import Purpose, TokenRow
from modules.identity.actions import open_account
from modules.identity.organisations.tables import (
    DecisionRow,
    MembershipRole,
    MembershipRow,
    OrganisationRow,
    VerificationRow,
    VerificationState,
)
from modules.identity.passwords import hashed
from modules.identity.tables import SessionRow
from modules.kernel import clock, keys
from modules.kernel.search import searchable
from modules.kernel.storage import Storage
from modules.registry.rules import LegalEntityKind
from modules.registry.tables import LegalEntityRow
from modules.voting.tables import OptionRow, PollRow
from tests.people import BEGAN, KYIV, PEOPLE

EMAIL, PASSWORD = "mira@example.org", "a long enough password"
LINKS = (Purpose.CONFIRM_EMAIL, Purpose.RESET_PASSWORD)  # of letters that Mira has

# Who opens, who comments and who answers are different people: people of one level, once loaded, cost nothing on the next.
OPENERS = [PEOPLE.moderator.person_id, PEOPLE.official.person_id]
COMMENTERS = [PEOPLE.mira.person_id, PEOPLE.taras.person_id]
ANSWERERS = [PEOPLE.foreign_moderator.person_id, PEOPLE.foreign_official.person_id]


def key(kind: str, number: int) -> UUID:
    return keys.derived("town", f"{kind} {number}")


def id_of(kind: str, number: int = 0) -> str:
    return keys.encode(kind, key(kind, number))


async def fill(storage: Storage, debates: int, comments: int) -> None:
    """So many debates in Kyiv with so many comments in all, every third an answer to the first of its debate; two polls
    on each debate, and as many legal entities as debates, all branches of the first; as many organisations as debates, each
    verified, with Mira as its creator and a guest invited."""
    async with storage.writing() as work:
        await work.as_system()
        await work.put(DebateRow, [_debate(number) for number in range(debates)])
        await work.put(CommentRow, [_comment(number, number % debates) for number in range(comments)])
        await work.put(PollRow, [_poll(number) for number in range(2 * debates)])
        await work.put(OptionRow, [_option(number) for number in range(6 * debates)])
        await work.put(LegalEntityRow, [_legal_entity(number) for number in range(debates)])
        await work.put(OrganisationRow, [_organisation(number) for number in range(debates)])
        held = [each for number in range(debates) for each in _memberships(number)]
        await work.put(MembershipRow, held, key=("organisation_id", "person_id"))
        await work.put(VerificationRow, [_verification(number) for number in range(debates)])
        await work.put(DecisionRow, [_decision(number) for number in range(debates)])
        assert PEOPLE.mira.person_id is not None
        await open_account(work, PEOPLE.mira.person_id, EMAIL, await hashed(PASSWORD))
        await work.put(TokenRow, [_link(purpose) for purpose in LINKS], key=("subject_id", "purpose"))
        await work.put(SessionRow, [_session(), _begun()])


def _link(purpose: Purpose) -> dict[str, Any]:
    """In a letter to Mira; its token is the name of the purpose."""
    subject, token = PEOPLE.mira.person_id, opaque.digest(purpose.value)
    row = {"subject_id": subject, "purpose": purpose, "token_hash": token, "email": EMAIL}
    return row | {"expires_at": clock.now() + timedelta(hours=1)}


def _session() -> dict[str, Any]:
    """Of Mira."""
    row = {"id": key("Session", 0), "person_id": PEOPLE.mira.person_id, "token_hash": "", "device": ""}
    return row | {"created_at": BEGAN, "last_used_at": BEGAN, "expires_at": clock.now() + timedelta(hours=1)}


def _begun() -> dict[str, Any]:
    """The official's, who has no password, and has just signed in."""
    who, now = PEOPLE.official, clock.now()
    own = {"id": who.session_id, "person_id": who.person_id, "token_hash": "official", "created_at": now}
    return _session() | own


def _debate(number: int) -> dict[str, Any]:
    return {
        "id": key("Debate", number),
        "municipality_id": KYIV,
        "title": f"Debate {number}",
        "body": "What is to be done?",
        "opened_by": OPENERS[number % 2],
        "opens_at": BEGAN + timedelta(hours=number),
        "closes_at": None,
        "search_text": searchable(f"Debate {number}"),
    }


def _comment(number: int, debate: int) -> dict[str, Any]:
    first = number == debate
    answers = not first and number % 3 == 0
    return {
        "id": key("Comment", number),
        "debate_id": key("Debate", debate),
        "municipality_id": KYIV,
        "parent_id": key("Comment", debate) if answers else None,
        "author_id": (ANSWERERS if answers else COMMENTERS)[number // 2 % 2],
        "depth": int(answers),
        "body": f"Comment {number}",
        "created_at": BEGAN + timedelta(hours=100, minutes=number),
    }


def _poll(number: int) -> dict[str, Any]:
    return {
        "id": key("Poll", number),
        "debate_id": key("Debate", number // 2),
        "municipality_id": KYIV,
        "title": f"Poll {number}",
        "opened_by": OPENERS[number % 2],
        "opens_at": BEGAN + timedelta(hours=number),
        "closes_at": None,
    }


def _option(number: int) -> dict[str, Any]:
    poll, place = divmod(number, 3)
    return {
        "id": key("PollOption", number),
        "poll_id": key("Poll", poll),
        "position": place + 1,
        "text": f"Option {place + 1}",
    }


def _legal_entity(number: int) -> dict[str, Any]:
    return {
        "id": key("LegalEntity", number),
        "edrpou": f"{number:08}",
        "name": f"Legal entity {number}",
        "short_name": "",
        "kind": LegalEntityKind.CHARITY,
        "region": "м.Київ",
        "municipality_id": KYIV,
        "parent_id": key("LegalEntity", 0) if number else None,
        "is_verified": True,
        "search_text": searchable(f"Legal entity {number}"),
        "updated_at": BEGAN,
    }


def _organisation(number: int) -> dict[str, Any]:
    return {
        "id": key("Organisation", number),
        "municipality_id": KYIV,
        "name": f"Organisation {number}",
        "about": "",
        "created_at": BEGAN + timedelta(hours=number),
        "verification_state": VerificationState.VERIFIED,
        "verification_id": key("OrganisationVerification", number),
        "edrpou": f"{number:08}",
        "search_text": searchable(f"Organisation {number}"),
    }


def _memberships(number: int) -> list[dict[str, Any]]:
    held = [
        (PEOPLE.mira, MembershipRole.CREATOR),
        (PEOPLE.taras, MembershipRole.MEMBER),
        (PEOPLE.moderator, MembershipRole.INVITED),
    ]
    organisation = key("Organisation", number)
    return [
        {"organisation_id": organisation, "person_id": who.person_id, "role": role, "joined_at": BEGAN}
        for who, role in held
    ]


def _verification(number: int) -> dict[str, Any]:
    return {
        "id": key("OrganisationVerification", number),
        "organisation_id": key("Organisation", number),
        "municipality_id": KYIV,
        "edrpou": f"{number:08}",
        "representative_name": "Mira",
        "representative_position": "Head",
        "evidence": "Charter",
        "requested_by": PEOPLE.mira.person_id,
        "requested_at": BEGAN,
        "state": VerificationState.VERIFIED,
    }


def _decision(number: int) -> dict[str, Any]:
    return {
        "id": key("OrganisationDecision", number),
        "verification_id": key("OrganisationVerification", number),
        "organisation_id": key("Organisation", number),
        "municipality_id": KYIV,
        "verdict": VerificationState.VERIFIED,
        "reason": "",
        "decided_by": PEOPLE.official.person_id,
        "decided_at": BEGAN,
    }
