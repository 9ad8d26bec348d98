"""Erasing people in tests, and looking for what is left of them."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from modules.kernel.policy import Viewer
from modules.kernel.storage import Storage
from tests.civic.scenes import act
from tests.contents import contents
from tests.identity.conftest import Town
from tests.identity.life import EMAIL

ERASE = """mutation($i: EraseMeInput!) { r: eraseMe(input: $i) { __typename ... on PersonErased { erasedAt } ...R
  ... on HandOverFirst { organisations { name } municipalities { name } } ... on SignInLocked { tryAgainAt } } }"""


async def erase(town: Town, who: Viewer, **given: Any) -> dict[str, Any]:
    return await act(town.ask, ERASE, who, **given)


async def dump(storage: Storage) -> str:
    """Every row of every table that the database has, as text."""
    async with storage.reader.connect() as connection:
        names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
    assert len(names) > 35
    async with storage.writing() as work:
        await work.as_system()
        rows = [str(await work.rows(sa.text(f'select * from "{name}"'))) for name in sorted(names)]
    return "\n".join(rows)


def found(traces: Sequence[str], text: str) -> list[str]:
    return [trace for trace in traces if trace.lower() in text.lower()]


async def settled(town: Town) -> None:
    """The last letter was sent, and its job is crossed off."""
    while (letter := await town.post.letter()).subject != "Ваш обліковий запис стерто":
        assert letter.to == [EMAIL]
    assert letter.to == [EMAIL]
    while "identity.farewell" in str((await contents(town.storage))["kernel_job"]):
        await turn(town)


async def failed(town: Town) -> None:
    """A letter could not be sent."""
    before = town.jobs.counts["failed"]
    while town.jobs.counts["failed"] == before:
        await turn(town)


async def turn(town: Town) -> None:
    async with town.storage.reading() as read:
        await read.value(sa.text("select count(*) from kernel_job"))


def key(viewer: Viewer) -> Any:
    assert viewer.person_id is not None
    return viewer.person_id


def hexed(viewer: Viewer) -> str:
    return str(key(viewer).hex)
