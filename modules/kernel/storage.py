"""Reads are short and separate; a write is one unit of work that also carries what it announces."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine, Hashable, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import copy
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Executable, event
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Dialect, ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from modules.kernel import audit, jobs, log, walls
from modules.kernel.lanes import SharedLane, lane
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.prepared import Prepared, Raw, prepare

Row = Mapping[str, Any]
Insert = PostgresInsert | SqliteInsert
Announce = Callable[[Mapping[str, int]], None]
OnProgress = Callable[[int, int], None]

_STEP = 1_000  # rows between two words of progress
STATEMENTS = 2_000  # that are kept prepared


class Reading:
    """A session that answers statements with rows: mappings by column name."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    @property
    def dialect(self) -> str:
        """`postgresql` or `sqlite`."""
        return self.session.get_bind().dialect.name

    async def rows(self, statement: Executable) -> Sequence[Row]:
        # Plain dicts: the executor asks every value whether it can be awaited, and SQLAlchemy's rows answer slowly.
        result = await self.session.exec(statement)  # type: ignore[call-overload]
        names = tuple(result.keys())
        return [dict(zip(names, values, strict=True)) for values in result.all()]

    async def row(self, statement: Executable) -> Row | None:
        rows = await self.rows(statement)
        assert len(rows) <= 1, "a statement for one row found several"
        return rows[0] if rows else None

    async def value(self, statement: Executable) -> Any:
        """The first column of the first row, None when there is none."""
        row = (await self.session.exec(statement)).first()  # type: ignore[call-overload]
        return None if row is None else row[0]


class Work(Reading):
    """One action's unit of work. It commits when its block ends, rolls back when the block raises."""

    def __init__(self, session: AsyncSession) -> None:
        super().__init__(session)
        self.events: list[log.Event] = []
        self.acts: list[audit.Act] = []
        self.jobs: list[jobs.Job] = []

    async def as_(self, viewer: Viewer) -> None:
        """Tell the second wall who acts, until this work ends or another is named: without it, what is behind is not there."""
        await self._tell(walls.telling(walls.office(viewer, walls.Wall.PEOPLE) or walls.NO_OFFICE))

    async def as_system(self) -> None:
        """Tell the second wall that nobody asks for this: it is the installation that imports, or clears up."""
        await self._tell(walls.telling(walls.OF_THE_SYSTEM))

    async def naming(self, key: str) -> None:
        """Tell the second wall the key of a row that who acts could name."""
        await self._tell(walls.naming(key))

    async def _tell(self, told: Executable) -> None:
        if self.dialect == "postgresql":  # SQLite has no second wall
            await self.session.exec(told)  # type: ignore[call-overload]

    def record(self, event: log.Event) -> None:
        """Announce a fact, in the same transaction: it is logged if and only if this work commits."""
        self.events.append(event)

    def audit(self, act: audit.Act) -> None:
        """Record an act of office, in the same transaction: it is in the audit if and only if this work commits."""
        self.acts.append(act)

    def enqueue(self, kind: str, payload: Mapping[str, Any], due_at: datetime | None = None) -> None:
        """Have something done after this, at `due_at` or at once: if and only if this work commits.

        A module's `jobs` name the handlers. Payloads hold keys and plain values, never secrets.
        """
        self.jobs.append(jobs.job(kind, payload, due_at))

    def insert(self, table: type[SQLModel]) -> Insert:
        """An INSERT that knows ON CONFLICT, in the database's own words."""
        target = table.__table__  # type: ignore[attr-defined]
        return postgres_insert(target) if self.dialect == "postgresql" else sqlite_insert(target)

    async def run(self, statement: Executable) -> int:
        """Run a statement; the number of rows it touched."""
        return (await self.session.exec(statement)).rowcount  # type: ignore[call-overload, no-any-return]

    async def put(
        self,
        table: type[SQLModel],
        rows: Sequence[Row],
        *,
        key: Sequence[str] = ("id",),
        fixed: Sequence[str] = (),
        stamps: Sequence[str] = (),
        on_progress: OnProgress = lambda done, total: None,
    ) -> int:
        """Insert rows in bulk; a row whose `key` is there already is brought up to date, except its `fixed` columns.

        All rows have the same columns, and come after rows of the table that they refer to. The same rows again change
        nothing: imports are idempotent by this. `stamps` are columns that only change together with others.
        `on_progress(done, total)` is told of rows written, not yet committed.
        Answers how many rows are new or other than before.
        """
        if not rows:
            return 0
        insert, columns = self.insert(table), table.__table__.c  # type: ignore[attr-defined]
        fresh = {name: insert.excluded[name] for name in rows[0] if name not in key and name not in fixed}
        differs = [columns[name].is_distinct_from(new) for name, new in fresh.items() if name not in stamps]
        changed = (
            insert.on_conflict_do_update(index_elements=list(key), set_=fresh, where=sa.or_(*differs))
            if differs
            else insert.on_conflict_do_nothing()
        )
        touched = 0
        for start in range(0, len(rows), _STEP):
            block = [dict(row) for row in rows[start : start + _STEP]]
            touched += len((await self.session.exec(changed.returning(sa.literal(1)), params=block)).all())
            on_progress(start + len(block), len(rows))
        return touched


class Storage:
    """Sessions on one database. `postgresql+asyncpg://...` or `sqlite+aiosqlite:///path`."""

    def __init__(self, url: str, *, pool: int = 10) -> None:
        self.url = make_url(url)
        if self.url.drivername not in ("postgresql+asyncpg", "sqlite+aiosqlite"):
            raise ValueError(
                f"The database URL starts with postgresql+asyncpg:// or sqlite+aiosqlite:///, not {self.url.drivername}://."
            )
        sqlite = self.url.drivername.startswith("sqlite")
        self.writer = _sqlite_writer(url) if sqlite else _engine(url, pool)
        # A pool of its own: readers do not queue behind writers that wait for each other's locks.
        self.reader = _sqlite_reader(url, pool) if sqlite else _postgres_reader(url, pool)
        self._reads = async_sessionmaker(self.reader, class_=AsyncSession, expire_on_commit=False, autoflush=False)
        self._writes = async_sessionmaker(self.writer, class_=AsyncSession, expire_on_commit=False)
        self.announce: Announce = lambda heads: None
        self.wake: Callable[[], None] = lambda: None  # whoever runs jobs
        self.lane = lane(self.url, pool)
        self._prepared: OrderedDict[Hashable, Prepared] = OrderedDict()

    @property
    def dialect(self) -> Dialect:
        return self.reader.dialect

    def prepared(self, key: Hashable, make: Callable[[], sa.Select[Any]]) -> Prepared:
        """The statement that `make` makes, made once for each key. The key names all that its text depends on."""
        found = self._prepared.get(key)
        if found is not None:
            self._prepared.move_to_end(key)
            return found
        made = self._prepared[key] = prepare(make(), self.dialect)
        if len(self._prepared) > STATEMENTS:
            self._prepared.popitem(last=False)  # the one that was used longest ago
        return made

    def shared(self) -> "Storage":
        """The same, for a crowd: its hot reads that are alike, and asked for at about the same time, are sent once."""
        storage = copy(self)
        storage.lane = SharedLane(self.lane)
        return storage

    def fetch(
        self, prepared: Prepared, values: Mapping[str, Any], viewer: Viewer = NOBODY
    ) -> Coroutine[Any, Any, Sequence[Raw]]:
        """All rows of a prepared statement, as the driver gives them; they see what is committed. The way of hot reads."""
        office = walls.office(viewer, prepared.wall) if prepared.wall else None
        return self.lane.fetch(prepared.text, prepared.arguments(values, viewer), office)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reading]:
        """A read session, for one statement; it sees what is committed and can change nothing."""
        async with self._reads() as session:
            yield Reading(session)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Work]:
        """A write session, for one action. What it recorded and enqueued is written last, and hinted at after
        the commit."""
        async with self._writes.begin() as session:
            work = Work(session)
            yield work
            if work.acts:
                await audit.append(session, work.acts)
            if work.jobs:
                await jobs.append(session, work.jobs)
            heads = await log.append(session, work.events) if work.events else {}
        if heads:
            self.announce(heads)
        if work.jobs:
            self.wake()

    async def close(self) -> None:
        await self.lane.close()
        await self.writer.dispose()
        await self.reader.dispose()


def _engine(url: str, pool: int, **options: Any) -> AsyncEngine:
    # Parameters are people's words and secrets: errors, which are logged, name the statement only.
    engine = create_async_engine(url, pool_size=pool, max_overflow=0, hide_parameters=True, **options)
    event.listen(engine.sync_engine, "handle_error", _forget_values)
    return engine


def _forget_values(context: ExceptionContext) -> None:
    """PostgreSQL adds the row that it refuses as a DETAIL; every exception of the chain loses it."""
    chain: list[BaseException | None] = [context.sqlalchemy_exception, context.original_exception]
    while chain:
        error = chain.pop()
        if error is not None:
            error.args = tuple(each.split("\nDETAIL")[0] if isinstance(each, str) else each for each in error.args)
            if hasattr(error, "detail"):
                error.detail = ["values are not shown"] if isinstance(error, DBAPIError) else None
            chain.append(error.__cause__)


def _postgres_reader(url: str, pool: int) -> AsyncEngine:
    read_only = {"server_settings": {"default_transaction_read_only": "on"}}
    return _engine(url, pool, isolation_level="AUTOCOMMIT", connect_args=read_only)


def _sqlite_reader(url: str, pool: int) -> AsyncEngine:
    engine = _engine(url, pool)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # no transaction around a read
        _pragmas(connection, "busy_timeout = 30000", "query_only = on")

    return engine


def _sqlite_writer(url: str) -> AsyncEngine:
    # One connection: writers of this process queue in turn instead of polling SQLite's lock.
    engine = _engine(url, 1, pool_timeout=60)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = (
            None  # the driver's own BEGIN is deferred: two writers could read before either writes
        )
        _pragmas(connection, "busy_timeout = 30000", "journal_mode = wal", "synchronous = normal", "foreign_keys = on")
        _pragmas(connection, "secure_delete = on")  # what was erased is not left in the file's free places

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _pragmas(connection: Any, *pragmas: str) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
