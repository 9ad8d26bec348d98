"""What people do with their accounts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from modules.identity import opaque, passwords, rules
from modules.identity.accounts import lockout
from modules.identity.accounts.rules import LOCALES
from modules.identity.events import RolesChanged, SessionEnded
from modules.identity.municipalities.tables import PlatformAdministratorRow
from modules.identity.refusals import EmailTaken, WrongCredentials
from modules.identity.tables import AccountRow, MunicipalityRow, PersonRow, RoleRow, SessionRow
from modules.kernel import clock, keys
from modules.kernel.context import Client
from modules.kernel.policy import Role, Viewer, somebody
from modules.kernel.prepared import Many, among
from modules.kernel.refusals import InvalidInput
from modules.kernel.search import searchable
from modules.kernel.storage import Reading, Row, Storage, Work
from modules.kernel.tables import Moment, col, pick

SESSION_LASTS = timedelta(days=30)
_SESSIONS = (
    pick(SessionRow, "token_hash", "id", "person_id", "expires_at", "last_used_at")
    .add_columns(
        col(RoleRow.role), col(RoleRow.municipality_id), col(PlatformAdministratorRow.since).label("platform_since")
    )
    .outerjoin(RoleRow, col(RoleRow.person_id) == col(SessionRow.person_id))
    .outerjoin(PlatformAdministratorRow, col(PlatformAdministratorRow.person_id) == col(SessionRow.person_id))
    .where(among(col(SessionRow.token_hash), sa.bindparam("hashes", type_=Many(sa.Text()))))
    .where(col(SessionRow.expires_at) > sa.bindparam("now", type_=Moment()))
)


@dataclass(frozen=True)
class Newcomer:
    """Somebody about to sign up: checked, the password hashed."""

    name: str
    email: str
    password_hash: str
    municipality_id: str | None
    locale: str


@dataclass(frozen=True)
class Started:
    """A session that was started. The token is told this once; only its hash is kept."""

    person_id: UUID
    token: str
    expires_at: datetime


async def newcomer(
    name: str, email: str, password: str, municipality_id: str | None = None, locale: str = LOCALES[0]
) -> Newcomer:
    """Check what a newcomer gives, and hash the password: slow, so outside of any transaction. Raises InvalidInput."""
    tidy_name, tidy_email = rules.tidy_name(name), rules.tidy_email(email)
    if tidy_name is None:
        raise InvalidInput(field="name", message="A name has 2 to 100 printable characters.")
    if tidy_email is None:
        raise InvalidInput(field="email", message="This is not an e-mail address.")
    if locale not in LOCALES:
        raise InvalidInput(field="locale", message=f"The language is one of: {', '.join(LOCALES)}.")
    return Newcomer(tidy_name, tidy_email, await new_hash(password), municipality_id, locale)


async def new_hash(password: str) -> str:
    """The hash of a password that somebody chooses: slow, so outside of any transaction. Raises InvalidInput."""
    if not rules.fits_password(password):
        raise InvalidInput(
            field="password",
            message=f"A password has {rules.SHORTEST_PASSWORD} to {rules.LONGEST_PASSWORD} characters.",
        )
    return await passwords.hashed(password)


async def sign_up(work: Work, who: Newcomer) -> UUID:
    """Make a person with an account, whose address whoever asks vouches for; the person's key.

    Raises EmailTaken or InvalidInput.
    """
    if who.municipality_id is not None and not await municipality_exists(work, who.municipality_id):
        raise InvalidInput(field="municipalityId", message="There is no such municipality.")
    person_id = keys.new()
    now, place = clock.now(), who.municipality_id
    await make_person(work, person_id, who.name, now, locale=who.locale, municipality_id=place)
    await open_account(work, person_id, who.email, who.password_hash, confirmed_at=now)
    return person_id


async def make_person(work: Work, person_id: UUID, name: str, joined_at: datetime, **told: Any) -> None:
    """Write a person with a tidy name; `told` are other columns."""
    row = {"id": person_id, "name": name, "search_text": searchable(name), "joined_at": joined_at, **told}
    await work.run(work.insert(PersonRow).values(row))


async def open_account(
    work: Work, person_id: UUID, email: str, password_hash: str, *, confirmed_at: datetime | None = None
) -> None:
    """Let a person sign in with a tidy address. Raises EmailTaken."""
    row = {"person_id": person_id, "email": email, "password_hash": password_hash, "email_confirmed_at": confirmed_at}
    account = work.insert(AccountRow).values(row)
    if not await work.run(account.on_conflict_do_nothing(index_elements=["email"])):
        raise EmailTaken()


async def recognise(storage: Storage, email: str, password: str, client: Client) -> UUID:
    """The person with this address and password, by no more than that. Raises WrongCredentials or SignInLocked.

    What is done, and so how long it takes, is the same for an unknown address.
    """
    tidy = rules.tidy_email(email) or email.strip().lower()[: rules.LONGEST_EMAIL]
    return await _checked(storage, col(AccountRow.email) == tidy, tidy, password, client)


async def require_password(storage: Storage, person_id: UUID, password: str, client: Client) -> None:
    """Have somebody who is signed in show again who they are. Raises WrongCredentials or SignInLocked."""
    async with storage.reading() as read:
        email = await read.value(pick(AccountRow, "email").where(col(AccountRow.person_id) == person_id))
    await _checked(storage, col(AccountRow.person_id) == person_id, email or "", password, client)


async def _checked(storage: Storage, which: Any, email: str, password: str, client: Client) -> UUID:
    # Whether it is locked is asked in the place: guesses that come all at once are not all tried before one is counted.
    async with passwords.place():
        has_failed = await lockout.require_unlocked(storage, email, client)
        async with storage.reading() as read:
            account = await read.row(pick(AccountRow, "person_id", "password_hash").where(which))
        password_hash = account["password_hash"] if account else None
        is_right, fresh = await passwords.verified(password[: rules.LONGEST_PASSWORD + 1], password_hash)
        if account is None or not is_right:
            await lockout.note_failure(storage, email, client)
            raise WrongCredentials()
    if has_failed or fresh is not None:
        async with storage.writing() as work:
            await lockout.forgive(work, email)
            if fresh is not None:
                same = (
                    col(AccountRow.person_id) == account["person_id"],
                    col(AccountRow.password_hash) == password_hash,
                )
                await work.run(sa.update(AccountRow).where(*same).values(password_hash=fresh))
    person_id: UUID = account["person_id"]
    return person_id


async def start_session(work: Work, person_id: UUID, client: Client) -> Started:
    token, now = opaque.fresh(), clock.now()
    expires_at = now + SESSION_LASTS
    work.session.add(
        SessionRow(
            id=keys.new(),
            person_id=person_id,
            token_hash=opaque.digest(token),
            device=client.agent[:200],
            created_at=now,
            last_used_at=now,
            expires_at=expires_at,
        )
    )
    return Started(person_id, token, expires_at)


async def sign_out(work: Work, viewer: Viewer) -> None:
    """End the session that asks. Raises NotSignedIn."""
    somebody(viewer)
    ended = await work.run(sa.delete(SessionRow).where(col(SessionRow.id) == viewer.session_id))
    if ended and viewer.session_id:
        work.record(SessionEnded(viewer.session_id))


@dataclass(frozen=True)
class Session:
    """Who somebody with its token is, with the roles held when it was looked up; until it expires, or is ended."""

    viewer: Viewer
    expires_at: datetime
    last_used_at: datetime


async def authenticate(storage: Storage, tokens: Sequence[str]) -> list[Session | None]:
    """The session of each token, in one statement; None where there is none, or it has expired."""
    hashes = [opaque.digest(token) for token in tokens]
    prepared = storage.prepared("identity.sessions", lambda: _SESSIONS)
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in prepared.rows(await storage.fetch(prepared, {"hashes": hashes, "now": clock.now()})):
        found[row["token_hash"]].append(row)
    return [_session(found[each]) if each in found else None for each in hashes]


def _session(rows: Sequence[Row]) -> Session:
    """One row for each role that is held, or a row without one."""
    roles = frozenset((row["role"], row["municipality_id"]) for row in rows if row["role"] is not None)
    first = rows[0]
    viewer = Viewer(first["person_id"], first["id"], roles, first["platform_since"] is not None)
    return Session(viewer, first["expires_at"], first["last_used_at"])


async def give_role(work: Work, person_id: UUID, role: Role, municipality_id: str) -> None:
    """Give a role in a municipality, in place of the one held there."""
    row = {"person_id": person_id, "municipality_id": municipality_id, "role": role}
    await work.put(RoleRow, [row], key=("person_id", "municipality_id"))
    work.record(RolesChanged(person_id))


async def municipality_exists(read: Reading, municipality_id: str) -> bool:
    return await read.value(pick(MunicipalityRow, "id").where(col(MunicipalityRow.id) == municipality_id)) is not None
