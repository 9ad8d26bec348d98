"""A database that one test after the other has is as new for each."""

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url

from tests.databases import Databases

WROTE = "insert into identity_municipality (id, category, name, search_text) values ('UA1', 'C', 'Кручі', 'кручі')"


@pytest.fixture
def databases(postgres: str, postgres_template: str) -> Iterator[tuple[Databases, asyncio.Runner]]:
    with asyncio.Runner() as runner:
        made = Databases(postgres, postgres_template, runner)
        yield made, runner
        made.close()


async def run(url: str, *statements: str) -> Any:
    """What the last one tells."""
    connection = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(False))
    try:
        return [await connection.fetchval(statement) for statement in statements][-1]
    finally:
        await connection.close()


def test_what_a_test_wrote_is_gone_and_what_it_found_is_there(databases: tuple[Databases, asyncio.Runner]) -> None:
    made, runner = databases
    with made.borrowed() as url:
        versions = runner.run(run(url, "select count(*) from identity_alembic_version"))
        runner.run(run(url, WROTE, "delete from identity_alembic_version"))
    with made.borrowed() as again:
        assert again == url
        assert runner.run(run(again, "select count(*) from identity_municipality")) == 0
        assert runner.run(run(again, "select count(*) from identity_alembic_version")) == versions == 1


@pytest.mark.parametrize("change", ["create table left_over (id int)", "drop table civic_comment cascade"])
def test_one_whose_schema_was_changed_is_thrown_away(databases: tuple[Databases, asyncio.Runner], change: str) -> None:
    made, runner = databases
    with made.borrowed() as url:
        runner.run(run(url, change))
    with made.borrowed() as again:
        assert again != url
        assert runner.run(
            run(again, "select to_regclass('left_over') is null and to_regclass('civic_comment') is not null")
        )


def test_who_is_still_connected_is_shown_the_door(databases: tuple[Databases, asyncio.Runner]) -> None:
    made, runner = databases
    with made.borrowed() as url:
        left = runner.run(_held(url))
    with made.borrowed() as again:
        assert again == url
        assert runner.run(run(again, "select count(*) from identity_municipality")) == 0
    with pytest.raises((asyncpg.exceptions.PostgresError, asyncpg.exceptions.InterfaceError)):
        runner.run(left.fetchval("select 1"))


async def _held(url: str) -> Any:
    """Somebody in the middle of a transaction."""
    connection = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(False))
    await connection.execute(f"begin; {WROTE}")
    return connection
