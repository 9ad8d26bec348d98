"""What data can be, who fits a municipality's rules, how long wrong tries are locked, where a verification stands."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from modules.identity.municipalities.rules import takes_postal_code
from modules.identity.rules import lock
from modules.identity.verification.terms import Detail, DocumentType, Method, Status
from modules.kernel.levels import Level

FREE_TRIES = 3
LONGEST_LOCK = timedelta(minutes=2**12)
FORGOTTEN_AFTER = timedelta(days=30)  # a wrong try, when no other follows
LONGEST_ADDRESS = 300
OLDEST_AGE = 130

_LOOK_ALIKE = str.maketrans("АВСЕНІКМОРТХУЅЈ", "ABCEHIKMOPTXYSJ")
_SERIES, _NUMBER = r"[^\W\d_]{2}[0-9]{6}", r"[0-9]{9}"
_NUMBERS = {
    DocumentType.ID_CARD: re.compile(_NUMBER),
    DocumentType.PASSPORT: re.compile(_SERIES),
    DocumentType.RESIDENCE_PERMIT: re.compile(f"{_NUMBER}|{_SERIES}"),
}
_POSTAL_CODE = re.compile(r"[0-9]{5}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Requirements:
    """What a municipality asks of those who want to be its verified residents.

    `postal_codes` are codes, `09100`, or ranges with both ends, `09100-09199`; all are good when there are none.
    """

    methods: tuple[Method, ...] = tuple(Method)
    minimum_age: int = 18
    postal_codes: tuple[str, ...] = ()
    lasts: timedelta = timedelta(days=2 * 365)
    waits: timedelta = timedelta(days=60)
    """For an official or a letter."""


@dataclass(frozen=True, repr=False)
class Given:
    """What a person gives, tidy; None for what was left out or cannot be such a thing. It is never shown or kept."""

    document_type: DocumentType | None = None
    document_number: str | None = None
    date_of_birth: date | None = None
    postal_code: str | None = None
    address: str | None = None

    def lacks(self, needs: Sequence[Detail]) -> tuple[Detail, ...]:
        return tuple(need for need in needs if getattr(self, str(need.value)) is None)


def tidy(
    document_type: DocumentType | None,
    document_number: str | None,
    date_of_birth: str | None,
    postal_code: str | None,
    address: str | None = None,
) -> Given:
    return Given(
        document_type,
        document_type and tidy_number(document_type, document_number or ""),
        tidy_day(date_of_birth or ""),
        tidy_postal_code(postal_code or ""),
        tidy_address(address or ""),
    )


def tidy_number(kind: DocumentType, number: str) -> str | None:
    """The number in one way of writing, so that a document is one document; None when it cannot be one of its kind.

    Letters that look alike in Cyrillic and Latin are the Latin ones.
    """
    letters = unicodedata.normalize("NFKC", number.replace("№", "")).upper().translate(_LOOK_ALIKE)
    plain = re.sub(r"[\s-]", "", letters)
    return plain if _NUMBERS[kind].fullmatch(plain) else None


def tidy_day(day: str) -> date | None:
    try:
        return date.fromisoformat(day.strip()) if _DAY.fullmatch(day.strip()) else None
    except ValueError:
        return None


def tidy_postal_code(code: str) -> str | None:
    plain = "".join(code.split())
    return plain if _POSTAL_CODE.fullmatch(plain) else None


def tidy_address(address: str) -> str | None:
    plain = " ".join(address.split())
    return plain if 5 <= len(plain) <= LONGEST_ADDRESS and plain.isprintable() else None


def tidy_code(code: str) -> str:
    """A letter's code as it was printed: whoever copies it may leave out dashes, and write small letters."""
    return re.sub(r"[\s-]", "", code).upper()[:40]


def unfit(given: Given, requirements: Requirements, today: date) -> tuple[Detail, ...]:
    """What does not fit the municipality's rules."""
    born, code = given.date_of_birth, given.postal_code
    wrong = []
    if born is not None and not requirements.minimum_age <= age(born, today) <= OLDEST_AGE:
        wrong.append(Detail.DATE_OF_BIRTH)
    if code is not None and not takes_postal_code(requirements.postal_codes, code):
        wrong.append(Detail.POSTAL_CODE)
    return tuple(wrong)


def age(born: date, today: date) -> int:
    """Full years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def locked_for(failures: int) -> timedelta:
    """How long no try is taken after so many wrong ones."""
    return lock(failures, free=FREE_TRIES, longest=LONGEST_LOCK) or timedelta(0)


@dataclass(frozen=True)
class Standing:
    """What is known of a person in one municipality; the verification that is held, if any, is of there."""

    level: int | None = None
    expires_at: datetime | None = None
    waits: bool = False
    failed: Status | None = None


def status(standing: Standing, now: datetime) -> Status:
    if standing.expires_at is not None and standing.expires_at > now:
        return Status.OK
    if standing.waits:
        return Status.PENDING
    if standing.failed is not None:
        return standing.failed
    return Status.MISSING if standing.expires_at is None else Status.EXPIRED


def level(standing: Standing, now: datetime) -> Level:
    return Level(standing.level) if status(standing, now) is Status.OK else Level.REGISTERED
