"""Reads, writes, and what both databases promise."""

import asyncio
from dataclasses import dataclass
from traceback import format_exception
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from modules.identity.tables import PersonRow
from modules.kernel import keys, log
from modules.kernel.storage import Storage
from modules.kernel.tables import Moment, pick
from tests.people import BEGAN, PEOPLE


@dataclass(frozen=True)
class Waved:
    person_id: UUID

    @property
    def topic(self) -> str:
        return f"waves:{self.person_id.hex}"

    @property
    def entity(self) -> UUID:
        return self.person_id


def person(number: int, name: str = "Somebody") -> dict[str, object]:
    return {
        "id": UUID(int=5000 + number),
        "name": name,
        "about": "",
        "locale": "uk",
        "municipality_id": None,
        "joined_at": BEGAN,
        "search_text": "",
    }


async def names(storage: Storage, *numbers: int) -> list[str]:
    wanted = [UUID(int=5000 + number) for number in numbers]
    async with storage.reading() as read:
        rows = await read.rows(pick(PersonRow, "name").where(col(PersonRow.id).in_(wanted)).order_by(col(PersonRow.id)))
    return [row["name"] for row in rows]


async def test_a_work_that_raises_leaves_nothing_and_announces_nothing(storage: Storage) -> None:
    announced: list[object] = []
    storage.announce = announced.append
    with pytest.raises(ZeroDivisionError):
        async with storage.writing() as work:
            await work.put(PersonRow, [person(1)])
            work.record(Waved(UUID(int=1)))
            _ = 1 / 0
    assert await names(storage, 1) == []
    async with storage.reading() as read:
        assert await read.value(sa.select(sa.func.count()).select_from(log.events)) == 0
    assert announced == []


async def test_what_was_recorded_is_logged_and_announced_after_the_commit(storage: Storage) -> None:
    announced: list[object] = []
    storage.announce = announced.append
    async with storage.writing() as work:
        work.record(Waved(UUID(int=1)))
        work.record(Waved(UUID(int=2)))
        work.record(Waved(UUID(int=1)))
        assert announced == []
    one, two = f"waves:{UUID(int=1).hex}", f"waves:{UUID(int=2).hex}"
    assert announced == [{one: 2, two: 1}]
    async with storage.reading() as read:
        rows = await read.rows(sa.select(log.events).order_by(log.events.c.topic, log.events.c.seq))
    assert [(row["topic"], row["seq"], row["type"], row["payload"]) for row in rows] == [
        (one, 1, "Waved", {"person_id": UUID(int=1).hex}),
        (one, 2, "Waved", {"person_id": UUID(int=1).hex}),
        (two, 1, "Waved", {"person_id": UUID(int=2).hex}),
    ]


async def test_putting_the_same_rows_again_changes_nothing_and_new_values_are_taken(storage: Storage) -> None:
    async with storage.writing() as work:
        await work.put(PersonRow, [person(number) for number in range(300)])
    async with storage.writing() as work:
        await work.put(PersonRow, [person(number, "New") for number in range(2)], fixed=("about",))
    assert await names(storage, 0, 1, 2) == ["New", "New", "Somebody"]
    async with storage.reading() as read:
        total = await read.value(
            sa.select(sa.func.count()).select_from(PersonRow).where(col(PersonRow.id) >= UUID(int=5000))
        )
    assert total == 300


async def test_a_read_session_can_change_nothing(storage: Storage) -> None:
    with pytest.raises(DBAPIError, match=r"readonly|read-only"):
        async with storage.reading() as read:
            await read.session.exec(sa.delete(PersonRow))


async def test_readers_do_not_wait_for_writers_that_wait_for_a_lock(storage: Storage) -> None:
    own = col(PersonRow.id) == PEOPLE.mira.person_id

    async def write() -> None:
        async with storage.writing() as work:
            await work.run(sa.update(PersonRow).where(own).values(about="…"))

    async with asyncio.timeout(20), asyncio.TaskGroup() as group, storage.writing() as work:
        await work.run(sa.update(PersonRow).where(own).values(about="first"))
        waiting = [group.create_task(write()) for _ in range(25)]
        for _ in range(25):
            assert len(await names(storage, 1)) == 0
        assert not any(task.done() for task in waiting)


async def test_an_error_names_the_statement_and_never_its_values(storage: Storage) -> None:
    with pytest.raises(DBAPIError) as refused:
        async with storage.writing() as work:
            await work.run(work.insert(PersonRow).values(**{**person(1), "joined_at": None, "name": "a secret"}))
    told = "".join(format_exception(refused.value))
    assert "insert into identity_person" in told.lower()
    assert "a secret" not in told.replace('"name": "a secret"', "")  # the line of this test is shown too


async def test_a_hundred_writers_that_read_first_lose_no_update(storage: Storage) -> None:
    async def count_up() -> None:
        async with storage.writing() as work:
            own = col(PersonRow.id) == PEOPLE.mira.person_id
            about = await work.value(pick(PersonRow, "about").where(own).with_for_update())
            await work.run(sa.update(PersonRow).where(own).values(about=str(int(about or 0) + 1)))

    await asyncio.gather(*(count_up() for _ in range(100)))
    async with storage.reading() as read:
        assert await read.value(pick(PersonRow, "about").where(col(PersonRow.id) == PEOPLE.mira.person_id)) == "100"


async def test_times_come_back_aware_and_naive_ones_are_refused(storage: Storage) -> None:
    async with storage.reading() as read:
        joined = await read.value(pick(PersonRow, "joined_at").where(col(PersonRow.id) == PEOPLE.mira.person_id))
    assert joined == BEGAN
    assert joined.tzinfo is not None
    with pytest.raises(ValueError, match="aware"):
        Moment().process_bind_param(BEGAN.replace(tzinfo=None), storage.writer.dialect)


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(ValueError, match="postgresql\\+asyncpg"):
        Storage("mysql://somewhere/db")


def test_numbered_keys_count_and_are_uuids() -> None:
    with keys.numbered():
        first, second = keys.new(), keys.new()
    assert (second.int - first.int, first.version) == (1, 7)
    assert keys.new() != first
