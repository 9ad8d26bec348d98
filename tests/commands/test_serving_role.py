"""`spilno migrate --serving-role`: a role that serves what it does not own."""

from uuid import uuid4

import sqlalchemy as sa

from modules.kernel.storage import Storage
from tests.commands.conftest import Spilno


async def test_a_role_that_serves_is_let_in(spilno: Spilno, owner: Storage) -> None:
    role = f"serving_{uuid4().hex}"
    if owner.url.get_backend_name() == "sqlite":
        done = await spilno("migrate", "--serving-role", role)
        assert (done.exit_code, done.stderr) == (1, "--serving-role is for PostgreSQL: SQLite has no roles.\n")
        return
    unknown = await spilno("migrate", "--serving-role", role)
    assert unknown.exit_code == 1
    await _run(owner, f"create role {role}")
    done = await spilno("migrate", "--serving-role", role)

    assert (done.exit_code, done.stdout) == (0, "Everything is up to date.\n")
    async with owner.reading() as read:
        may = "has_table_privilege('{role}', '{table}', '{what}')"
        asked = [("identity_person", "delete"), ("audit_act", "insert"), ("audit_act", "update")]
        told = [await read.value(sa.text(f"select {may.format(role=role, table=t, what=w)}")) for t, w in asked]
    assert told == [True, True, False]
    await _run(owner, f"drop owned by {role}")
    await _run(owner, f"drop role {role}")


async def _run(storage: Storage, statement: str) -> None:
    async with storage.writing() as work:
        await work.run(sa.text(statement))
