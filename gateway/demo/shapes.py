"""What the demo consists of. A reference to another thing is its 0-based position in the tuple of `Demo`."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Settings:
    """How a municipality takes part. `handlers` are ways to be verified: form, desk or letter."""

    languages: tuple[str, ...]
    handlers: tuple[str, ...]
    minimum_age: int
    postal_codes: tuple[str, ...]
    hide_after_reports: int
    shown_name: str
    colour: str


@dataclass(frozen=True, slots=True)
class Municipality:
    """A unit of the KATOTTG tree with its official name. `kind` is the category: O, P, H, K, M or X. Tenants have settings."""

    code: str
    name: str
    english_name: str
    kind: str
    parent: int | None
    settings: Settings | None


@dataclass(frozen=True, slots=True)
class Person:
    """`vocative` and `english` are the given name as others call the person, in Ukrainian and in English."""

    name: str
    vocative: str
    english: str
    is_woman: bool
    locale: str
    about: str | None
    municipality: int
    joined_at: datetime
    interests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who shows an identity card: by the form, or at the desk to an official (None while nobody has come)."""

    person: int
    method: str
    document_number: str
    date_of_birth: str
    postal_code: str
    official: int | None

    @property
    def is_verified(self) -> bool:
        """Whether it is known that they live there, and nobody has to look at anything any more."""
        return self.method != "desk" or self.official is not None


@dataclass(frozen=True, slots=True)
class Role:
    """`role` is citizen, moderator, official or administrator."""

    person: int
    municipality: int
    role: str


@dataclass(frozen=True, slots=True)
class Login:
    """Who can sign in to the demo. The same role is also among `Demo.roles`."""

    email: str
    password: str
    person: int
    municipality: int
    role: str


@dataclass(frozen=True, slots=True)
class Organisation:
    """A legal entity. `edrpou` has 8 digits; a few have a wrong control digit, to show what `unverified` is."""

    edrpou: str
    name: str
    short_name: str
    kind: str
    municipality: int
    parent: int | None


@dataclass(frozen=True, slots=True)
class Claim:
    """Whom a legal entity is represented by, and what shows it. `official` has verified it; None while it waits."""

    edrpou: str
    representative: str
    position: str
    evidence: str
    official: int | None


@dataclass(frozen=True, slots=True)
class Association:
    """People who act together here. `candidates` asked to join and are not answered."""

    name: str
    about: str
    website: str | None
    municipality: int
    founder: int
    members: tuple[int, ...]
    candidates: tuple[int, ...]
    claim: Claim | None


@dataclass(frozen=True, slots=True)
class Debate:
    """Scheduled when `opens_at` is ahead, closed when `closed_at` is set, open otherwise."""

    slug: str
    municipality: int
    language: str
    title: str
    body: str
    opener: int
    created_at: datetime
    opens_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Hidden:
    """A moderator's decision. `reason` is spam, offensive, off_topic, personal_data or other."""

    moderator: int
    hidden_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Comment:
    """`parent` is an earlier comment of the same debate. Comments of a debate follow each other by time."""

    debate: int
    author: int
    parent: int | None
    body: str
    written_at: datetime
    hidden: Hidden | None


@dataclass(frozen=True, slots=True)
class Reaction:
    """`kind` is support or oppose; one for each comment and person."""

    comment: int
    person: int
    kind: str
    reacted_at: datetime


@dataclass(frozen=True, slots=True)
class Poll:
    """A single-choice question, for everybody or for verified residents alone. `closes_at` is the plan, `closed_at` what has
    happened."""

    debate: int
    question: str
    options: tuple[str, ...]
    opener: int
    opens_at: datetime
    closes_at: datetime | None
    closed_at: datetime | None
    is_for_residents: bool


@dataclass(frozen=True, slots=True)
class Ballot:
    """`option` is a position in the poll's options; one ballot for each poll and person. Without time, on purpose."""

    poll: int
    person: int
    option: int


@dataclass(frozen=True, slots=True)
class Demo:
    """Everything, in an order that can be inserted as it stands: parents stand before their children."""

    municipalities: tuple[Municipality, ...]
    people: tuple[Person, ...]
    roles: tuple[Role, ...]
    logins: tuple[Login, ...]
    platform_administrator: int
    residents: tuple[Resident, ...]
    associations: tuple[Association, ...]
    organisations: tuple[Organisation, ...]
    debates: tuple[Debate, ...]
    comments: tuple[Comment, ...]
    reactions: tuple[Reaction, ...]
    polls: tuple[Poll, ...]
    ballots: tuple[Ballot, ...]
    live_debate: int
    live_poll: int
