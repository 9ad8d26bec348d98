"""Migrations on both databases: complete, whole or not at all, and done once however many processes start."""

import asyncio
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import AutoString

from gateway.modules import migrated
from modules.kernel.log import epochs
from modules.kernel.migrating import Migrated, behind, differences, revise, upgrade
from modules.kernel.storage import Storage
from modules.kernel.tables import Moment

OWNERS = migrated()

PROCESS = """
import asyncio, sys
from gateway.modules import migrated
from modules.kernel.migrating import upgrade
from modules.kernel.storage import Storage

async def main():
    storage = Storage(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    await upgrade(storage, migrated())
    await storage.close()

asyncio.run(main())
"""


async def names(storage: Storage) -> set[str]:
    async with storage.reader.connect() as connection:
        return set(await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names()))


async def test_the_revisions_make_what_the_tables_declare(empty: Storage) -> None:
    every = [owner.name for owner in OWNERS]
    assert await behind(empty, OWNERS) == every
    await upgrade(empty, OWNERS)
    assert await behind(empty, OWNERS) == []
    assert {owner.name: await differences(empty, owner) for owner in OWNERS} == {name: [] for name in every}
    await upgrade(empty, OWNERS)
    async with empty.reading() as read:
        assert await read.value(sa.select(sa.func.count()).select_from(epochs)) == 1


async def test_four_processes_that_start_at_once_migrate_once(empty: Storage) -> None:
    url = empty.url.render_as_string(hide_password=False)
    pipe = asyncio.subprocess.PIPE
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROCESS, url, stdin=pipe, stdout=pipe, stderr=pipe, cwd=Path(__file__).parents[2]
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout and await process.stdout.readline() == b"ready\n"
    answers = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [(process.returncode, errors) for process, (_, errors) in zip(processes, answers, strict=True)] == [
        (0, b"")
    ] * 4
    assert await behind(empty, OWNERS) == []
    async with empty.reading() as read:
        assert await read.value(sa.select(sa.func.count()).select_from(epochs)) == 1


def declared() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(
        "parent",
        metadata,
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", AutoString, nullable=False),
        sa.Column("code", AutoString(length=8), unique=True, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("more", sa.JSON().with_variant(JSONB, "postgresql"), nullable=False),
    )
    sa.Table("child", metadata, sa.Column("parent_id", sa.ForeignKey("parent.id"), primary_key=True))
    return metadata


@pytest.fixture
async def owner(tmp_path: Path) -> Migrated:
    """Two tables, one referring to the other, and the revision that `revise` writes for them."""
    folder = tmp_path / "100% of revisions"
    folder.mkdir()
    owner, storage = Migrated("example", declared(), folder), Storage(f"sqlite+aiosqlite:///{tmp_path / 'revise.db'}")
    await revise(storage, owner, "first")
    await storage.close()
    return owner


def write(owner: Migrated, number: int, body: str) -> None:
    revision, before = f"example_{number:04d}", f"example_{number - 1:04d}"
    (owner.revisions / f"{revision}.py").write_text(
        f"import sqlalchemy as sa\nfrom alembic import op\nrevision = {revision!r}\ndown_revision = {before!r}\n"
        f"def upgrade():\n    {body}\n"
    )


async def test_a_revision_that_is_written_for_tables_makes_them(empty: Storage, owner: Migrated) -> None:
    (written,) = owner.revisions.glob("*.py")
    assert written.name == "example_0001_first.py"
    assert "modules." not in written.read_text() and "sqlmodel" not in written.read_text()
    await upgrade(empty, [owner])
    assert await differences(empty, owner) == []
    owner.metadata.tables["parent"].append_column(sa.Column("extra", sa.Integer))
    assert [difference[0] for difference in await differences(empty, owner)] == ["add_column"]


async def test_a_table_that_others_refer_to_is_altered_and_keeps_its_rows(empty: Storage, owner: Migrated) -> None:
    await upgrade(empty, [owner])
    parent = owner.metadata.tables["parent"]
    key = "00000000000000000000000000000001"
    async with empty.writing() as work:
        await work.run(
            sa.text(
                f"insert into parent (id, name, code, at, more) values ('{key}', 'a', '1', '2026-05-01 00:00:00', '{{}}')"
            )
        )
        await work.run(sa.text(f"insert into child values ('{key}')"))
    write(
        owner, 2, "with op.batch_alter_table('parent') as parent: parent.alter_column('name', new_column_name='title')"
    )
    await upgrade(empty, [owner])
    async with empty.reading() as read:
        assert await read.value(sa.text("select title from parent")) == "a"
        assert await read.value(sa.select(sa.func.count()).select_from(owner.metadata.tables["child"])) == 1
    with pytest.raises(sa.exc.IntegrityError):
        async with empty.writing() as work:
            await work.session.exec(sa.delete(parent))


async def test_a_revision_that_fails_leaves_nothing(empty: Storage, owner: Migrated) -> None:
    write(owner, 2, "op.create_table('half', sa.Column('id', sa.Integer)); op.execute('select * from nowhere')")
    with pytest.raises(sa.exc.DBAPIError):
        await upgrade(empty, [owner])
    assert not {"half", "parent", "child"} & await names(empty)
    assert await behind(empty, [owner]) == ["example"]
    (owner.revisions / "example_0002.py").unlink()
    await upgrade(empty, [owner])
    assert {"parent", "child"} <= await names(empty)


async def test_a_revision_may_not_leave_rows_that_refer_to_nothing(empty: Storage, owner: Migrated) -> None:
    await upgrade(empty, [owner])
    write(owner, 2, "op.execute(\"insert into child values ('00000000000000000000000000000001')\")")
    with pytest.raises((RuntimeError, sa.exc.IntegrityError)):
        await upgrade(empty, [owner])
    async with empty.reading() as read:
        assert await read.value(sa.select(sa.func.count()).select_from(owner.metadata.tables["child"])) == 0
