"""What people do with API clients, and who asks with a key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID

import sqlalchemy as sa

from modules.identity import rules as names
from modules.identity.accounts.notices import Change, enqueue_notice
from modules.identity.clients import policy, rules
from modules.identity.clients.events import ApiClientRevoked
from modules.identity.clients.refusals import TooManyApiClients
from modules.identity.clients.tables import ApiClientRow
from modules.identity.recent import require_recent
from modules.identity.tables import PersonRow
from modules.kernel import clock, keys
from modules.kernel.policy import ApiKey, Scope, Viewer
from modules.kernel.refusals import InvalidInput
from modules.kernel.storage import Row, Storage, Work
from modules.kernel.tables import col, pick

_KNOWN_FOR = timedelta(days=1)  # whoever remembers a client asks anew before that
_KEYS = pick(ApiClientRow, "id", "prefix", "secret_hash", "scopes", "hourly_budget", "last_used_at")


@dataclass(frozen=True)
class Created:
    """A client that was made, as a row. The key is told this once; only the hash of its secret is kept."""

    key: str
    client: Row


async def create_api_client(work: Work, viewer: Viewer, *, name: str, scopes: Sequence[Scope]) -> Created:
    """Make a client with a key. Raises NotSignedIn, SignInAgain, InvalidInput, TooManyApiClients."""
    person_id = await require_recent(work, viewer)
    tidy = names.tidy_name(name)
    if tidy is None:
        raise InvalidInput(field="name", message="A name has 2 to 100 printable characters.")
    if not scopes:
        raise InvalidInput(field="scopes", message="Name at least one scope: a key without any opens nothing.")
    # Of two that come at once, one waits here until the other is counted.
    await work.row(pick(PersonRow, "id").where(col(PersonRow.id) == person_id).with_for_update())
    counted = sa.select(sa.func.count()).where(col(ApiClientRow.person_id) == person_id)
    if await work.value(counted) >= rules.MOST_CLIENTS:
        raise TooManyApiClients()
    key = rules.new_key()
    row = ApiClientRow(
        id=keys.new(),
        person_id=person_id,
        name=tidy,
        prefix=key.prefix,
        secret_hash=key.secret_hash,
        scopes=rules.written(set(scopes)),
        hourly_budget=rules.HOURLY_BUDGET,
        created_at=clock.now(),
    )
    work.session.add(row)
    enqueue_notice(work, Change.API_CLIENT_CREATED, person_id)
    return Created(key.text, row.model_dump())


async def revoke_api_client(work: Work, viewer: Viewer, client_id: UUID) -> datetime:
    """Let a key open nothing any more, anywhere; when. Raises NotSignedIn or NotFound."""
    found = pick(ApiClientRow, "person_id").where(col(ApiClientRow.id) == client_id)
    policy.revoke_api_client(viewer, await work.row(found.with_for_update()))
    await work.run(sa.delete(ApiClientRow).where(col(ApiClientRow.id) == client_id))
    work.record(ApiClientRevoked(client_id))
    return clock.now()


@dataclass(frozen=True)
class Session:
    """Who asks with a key, and until when that may be remembered."""

    viewer: Viewer
    expires_at: datetime


def is_key(token: str) -> bool:
    """Whether a bearer token is written as a key is."""
    return rules.parsed(token) is not None


async def authenticate(storage: Storage, tokens: Sequence[str]) -> list[Session | None]:
    """The client of each key, in one statement; None for what is no key, or a wrong one, or revoked."""
    given = [rules.parsed(token) for token in tokens]
    prefixes = [key.prefix for key in given if key]
    async with storage.reading() as read:
        rows = await read.rows(_KEYS.where(col(ApiClientRow.prefix).in_(prefixes)))
    known = {row["prefix"]: row for row in rows}
    found = [_fitting(known.get(key.prefix), key) if key else None for key in given]
    await _note_use(storage, [row for row in found if row is not None])
    return [_session(row) if row else None for row in found]


def _fitting(row: Row | None, key: rules.Key) -> Row | None:
    return row if row is not None and compare_digest(row["secret_hash"], key.secret_hash) else None


def _session(row: Row) -> Session:
    api_key = ApiKey(row["id"], frozenset(rules.read(row["scopes"])), row["hourly_budget"])
    return Session(Viewer(api_key=api_key), clock.now() + _KNOWN_FOR)


async def _note_use(storage: Storage, rows: Sequence[Row]) -> None:
    now = clock.now()
    seldom = now - rules.USE_IS_NOTED
    late = [row["id"] for row in rows if row["last_used_at"] is None or row["last_used_at"] < seldom]
    if late:
        async with storage.writing() as work:
            await work.run(sa.update(ApiClientRow).where(col(ApiClientRow.id).in_(late)).values(last_used_at=now))
