"""What is held of people: said once for each column that names somebody, for the export and the erasure of one's own data.

A module tells its traces in `Module(personal=...)`. Whoever asks for their data is given the rows of them; whoever is erased is
taken out of them, all in one transaction. See docs/decisions/0023.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from modules.kernel import audit, walls
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.prepared import prepare
from modules.kernel.storage import Row, Storage, Work

PAGE = 200  # rows that are read at once: an export takes as little memory however much there is


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A column that names a person, and what comes of its rows when this person asks for their data, or is erased.

    told: what the rows are, in a sentence to the person. file: under which name they are given them, with the columns `shows`;
    where there is none, `told` says why they are not given.
    Erasure deletes the rows. Where `stays` says why they stay they keep the person's key, which tells nothing any more, and
    lose what `emptied` names.
    """

    column: Any
    told: str
    file: str = ""
    shows: tuple[str, ...] = ()
    stays: str = ""
    emptied: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert bool(self.file) == bool(self.shows), f"{self.column}: a file shows something"
        assert self.stays or not self.emptied, f"{self.column}: what is deleted is not emptied"


@dataclass(frozen=True)
class Personal:
    """What a module holds of people. `parting` is what erasure does before that; like all of it, it may be done twice."""

    traces: tuple[Trace, ...] = ()
    parting: Callable[[Work, UUID], Awaitable[None]] | None = None


# Of the kernel's own tables. Jobs and events hold keys, and are forgotten in time.
OURS = Personal(
    traces=tuple(
        Trace(
            column=column,
            told=f"{what}: read by who administers the municipality, whom you may ask.",
            stays="What is done by virtue of an office is accounted for as long as the office is; there are keys, no names.",
        )
        for column, what in (
            (audit.private.c.actor_id, "What you did by virtue of an office"),
            (audit.private.c.person_id, "What somebody did by virtue of an office that concerned you"),
        )
    )
)


async def pages(storage: Storage, trace: Trace, person_id: UUID) -> AsyncIterator[Sequence[Row]]:
    """The rows of a person, as far as they are shown, by key; each page is read when it is asked for."""
    table = trace.column.table
    shown, key = [table.c[name] for name in trace.shows], list(table.primary_key)
    places = [column.label(f"key_{place}") for place, column in enumerate(key)]
    own = sa.select(*shown, *places).where(trace.column == person_id).order_by(*key).limit(PAGE)
    after: Row | None = None
    while True:
        rows = await _read(storage, own if after is None else own.where(_beyond(key, after)), person_id)
        yield [{name: row[name] for name in trace.shows} for row in rows]
        if len(rows) < PAGE:
            return
        after = rows[-1]


async def _read(storage: Storage, statement: sa.Select[Any], person_id: UUID) -> Sequence[Row]:
    """Rows of the person's own, behind the second wall as well."""
    prepared = prepare(statement, storage.dialect)
    office = walls.office(Viewer(person_id), walls.Wall.PEOPLE) if prepared.wall else None
    return prepared.rows(await storage.lane.fetch(prepared.text, prepared.arguments({}, NOBODY), office))


async def erase(work: Work, personal: Personal, person_id: UUID) -> None:
    """Take a person out of what a module holds; again is no error."""
    if personal.parting is not None:
        await personal.parting(work, person_id)
    for trace in personal.traces:
        own = trace.column == person_id
        if not trace.stays:
            await work.run(sa.delete(trace.column.table).where(own))
        elif trace.emptied:
            await work.run(sa.update(trace.column.table).where(own).values(dict(trace.emptied)))


def _beyond(key: Sequence[sa.Column[Any]], row: Row) -> sa.ColumnElement[bool]:
    last = [sa.literal(row[f"key_{place}"], column.type) for place, column in enumerate(key)]
    return sa.tuple_(*key) > sa.tuple_(*last)
