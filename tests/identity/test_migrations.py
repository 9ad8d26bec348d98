"""What a revision does with the rows that it finds."""

from uuid import UUID

import sqlalchemy as sa
from alembic import command

from gateway.modules import migrated
from modules.identity.tables import PersonRow
from modules.kernel.migrating import upgrade
from modules.kernel.search import searchable
from modules.kernel.storage import Storage
from modules.kernel.tables import pick
from tests.people import BEGAN

IDENTITY = next(owner for owner in migrated() if owner.name == "identity")


async def test_people_from_before_they_were_searched_are_found(empty: Storage) -> None:
    people = sa.table("identity_person", *(sa.column(name) for name in ("name", "about", "locale")))
    people.append_column(sa.column("id", sa.Uuid()))
    people.append_column(sa.column("joined_at", sa.DateTime(timezone=True)))
    names = [f"Олена Нова-{number}" for number in range(1_200)]
    rows = [
        {"id": UUID(int=number), "name": name, "about": "", "locale": "uk", "joined_at": BEGAN}
        for number, name in enumerate(names)
    ]
    async with empty.writer.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(IDENTITY.config(sync), "identity_0007"))
        await connection.execute(sa.insert(people), rows)

    await upgrade(empty, migrated())

    async with empty.reading() as read:
        found = await read.rows(pick(PersonRow, "name", "search_text", "avatar"))
    assert sorted((row["name"], row["search_text"], row["avatar"]) for row in found) == [
        (name, searchable(name), None) for name in sorted(names)
    ]
