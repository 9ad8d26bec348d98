"""The text of a hidden comment is kept apart: by hiding, by imports, and by the migration that began it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from gateway.modules import migrated
from modules.civic import imports
from modules.civic.tables import CommentRow, HiddenTextRow, HideReason
from modules.kernel.storage import Storage
from modules.kernel.tables import pick
from tests.asking import Ask
from tests.civic.scenes import HIDE, act, add_comment, start_debate
from tests.contents import rows_of
from tests.people import BEGAN, KYIV, PEOPLE
from tests.servers import PASSWORD, create_database

DEBATE = imports.Debate(UUID(int=1), KYIV, "Ринок", "Де?", None, BEGAN)
SHOWN = imports.Comment(UUID(int=2), DEBATE.id, None, None, "Шепіт", BEGAN)
HIDDEN = imports.Comment(
    UUID(int=3), DEBATE.id, None, None, "Галас", BEGAN, hidden=imports.Hidden(BEGAN, HideReason.SPAM)
)


async def kept(storage: Storage) -> tuple[list[str], list[str]]:
    """The texts of comments, and those of hidden ones."""
    comments = await rows_of(storage, pick(CommentRow, "body").order_by(CommentRow.id))  # type: ignore[arg-type]
    hidden = await rows_of(storage, pick(HiddenTextRow, "body").order_by(HiddenTextRow.comment_id))  # type: ignore[arg-type]
    return [row["body"] for row in comments], [row["body"] for row in hidden]


async def put(storage: Storage, *comments: imports.Comment) -> None:
    async with storage.writing() as work:
        await imports.put_debates(work, [DEBATE], comments)


async def test_what_is_hidden_leaves_its_comment(ask: Ask, storage: Storage) -> None:
    comment = await add_comment(ask, await start_debate(ask), PEOPLE.mira, body="Галас")
    for reason in ("SPAM", "OFFENSIVE"):
        assert (await act(ask, HIDE, PEOPLE.moderator, commentId=comment, reason=reason))[
            "__typename"
        ] == "CommentHidden"
    assert await kept(storage) == ([""], ["Галас"])


async def test_two_who_hide_at_once_keep_it_once(ask: Ask, storage: Storage) -> None:
    comment = await add_comment(ask, await start_debate(ask), PEOPLE.mira, body="Галас")
    who = (PEOPLE.moderator, PEOPLE.official, PEOPLE.administrator)
    done = await asyncio.gather(*(act(ask, HIDE, each, commentId=comment, reason="SPAM") for each in who))
    assert [each["__typename"] for each in done] == ["CommentHidden"] * 3
    assert await kept(storage) == ([""], ["Галас"])


async def test_what_is_brought_in_hidden_or_again_stays_apart(storage: Storage) -> None:
    await put(storage, SHOWN, HIDDEN)
    assert await kept(storage) == (["Шепіт", ""], ["Галас"])
    await put(storage, SHOWN, replace(HIDDEN, body="Гамір", hidden=None))
    assert await kept(storage) == (["Шепіт", ""], ["Галас"]), "what was decided here stays"


async def test_the_database_keeps_no_hidden_text_beside_the_comment(storage: Storage) -> None:
    await put(storage, SHOWN)
    with pytest.raises(IntegrityError, match="civic_comment_hidden_text"):
        async with storage.writing() as work:
            await work.run(sa.update(CommentRow).values(hidden_at=BEGAN, hidden_reason=HideReason.SPAM))


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> tuple[str, str] | None:
    """The server and the role of somebody who is no superuser there. Not async: making them runs a loop of its own."""
    if request.param == "sqlite":
        return None
    return request.getfixturevalue("postgres"), request.getfixturevalue("serving")


@pytest.fixture
async def owned(server: tuple[str, str] | None, tmp_path: Path) -> AsyncIterator[Storage]:
    """An empty database of theirs: the second wall stops them as well."""
    if server is None:
        storage = Storage(f"sqlite+aiosqlite:///{tmp_path / 'owned.db'}")
        yield storage
        await storage.close()
        return
    there, owner = server
    async with create_database(there) as url:
        superuser = Storage(url)
        async with superuser.writing() as work:
            await work.run(sa.text(f'alter database "{superuser.url.database}" owner to {owner}'))
            await work.run(sa.text(f"alter schema public owner to {owner}"))
        storage = Storage(make_url(url).set(username=owner, password=PASSWORD).render_as_string(hide_password=False))
        yield storage
        await storage.close()
        await superuser.close()


async def test_the_migration_moves_texts_there_and_back(owned: Storage) -> None:
    [civic] = [owner for owner in migrated() if owner.name == "civic"]

    async def move(to: Callable[..., None], revision: str) -> None:
        async with owned.writer.connect() as connection:
            if owned.dialect.name == "sqlite":  # as migrations are run there: tables are altered by replacing them
                driver: Any = (await connection.get_raw_connection()).driver_connection
                await driver.execute("pragma foreign_keys = off")
            async with connection.begin():
                await connection.run_sync(lambda sync: to(civic.config(sync), revision))

    await move(command.upgrade, "civic_0002")
    row = {"debate_id": DEBATE.id, "municipality_id": KYIV, "body": "Галас", "created_at": BEGAN, "depth": 0}
    counts = dict.fromkeys(("support_count", "oppose_count", "source_support_count", "source_oppose_count"), 0)
    debate = {"id": DEBATE.id, "municipality_id": KYIV, "title": "", "body": "", "opens_at": BEGAN, "search_text": ""}
    hiding = {"hidden_at": BEGAN, "hidden_reason": HideReason.SPAM}
    tables = civic.metadata.tables
    async with owned.writing() as work:
        await work.run(sa.insert(tables["civic_debate"]).values(debate))
        await work.run(sa.insert(tables["civic_comment"]).values({**row, **counts, **hiding, "id": UUID(int=3)}))
        await work.run(sa.insert(tables["civic_comment"]).values({**row, **counts, "id": UUID(int=4)}))

    await move(command.upgrade, "civic_0003")
    assert await kept(owned) == (["", "Галас"], ["Галас"])
    await move(command.downgrade, "civic_0002")
    assert [each["body"] for each in await rows_of(owned, pick(CommentRow, "body"))] == ["Галас", "Галас"]
