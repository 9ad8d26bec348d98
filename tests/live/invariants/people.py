"""People and their sessions as the log alone tells of them: what an invariant about access is measured against."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5

from gateway.sessions import Session
from modules.kernel import clock
from modules.kernel.following import Log
from modules.kernel.log import ACCESS, Event
from modules.kernel.policy import Role, Viewer
from modules.kernel.storage import Storage
from tests.live.hall_graph import KYIV
from tests.live.halls import HALLS

ALWAYS = datetime(2100, 1, 1, tzinfo=UTC)


def person(token: str) -> UUID:
    """Tokens are `mira/phone`: the person, and the device with a session of its own."""
    return uuid5(HALLS, token.partition("/")[0])


def session(token: str) -> UUID:
    return uuid5(HALLS, f"session {token}")


@dataclass(frozen=True)
class _Access:
    @property
    def topic(self) -> str:
        return ACCESS


@dataclass(frozen=True)
class Ended(_Access):
    session_id: UUID

    @property
    def entity(self) -> UUID:
        return self.session_id


@dataclass(frozen=True)
class Promoted(_Access):
    """A moderator from now on."""

    person_id: UUID

    @property
    def entity(self) -> UUID:
        return self.person_id


@dataclass(frozen=True)
class Demoted(Promoted):
    """No moderator any more."""


def ended(token: str) -> Event:
    return Ended(session(token))


def promoted(token: str) -> Event:
    return Promoted(person(token))


def demoted(token: str) -> Event:
    return Demoted(person(token))


async def commit(storage: Storage, *events: Event) -> None:
    """All in one transaction."""
    async with storage.writing() as work:
        for event in events:
            work.record(event)


@dataclass(frozen=True)
class Known:
    viewer: Viewer
    expires_at: datetime


def authentication(
    storage: Storage, expires: datetime = ALWAYS
) -> Callable[[Sequence[str]], Awaitable[Sequence[Session | None]]]:
    """Asks the database, as it is committed at that moment."""
    log = Log(storage)

    async def one(token: str) -> Session | None:
        if expires <= clock.now():
            return None
        roles: frozenset[tuple[Role, str]] = frozenset()
        for event in (await log.read(ACCESS, 0)).events:
            if event.entity == session(token).hex:
                return None
            if event.entity == person(token).hex:
                roles = frozenset({(Role.MODERATOR, KYIV)}) if event.type == "Promoted" else frozenset()
        return Known(Viewer(person(token), session(token), roles), expires)

    async def authenticate(tokens: Sequence[str]) -> Sequence[Session | None]:
        return [await one(token) for token in tokens]

    return authenticate
