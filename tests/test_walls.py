"""The second wall, table by table: what PostgreSQL shows to whom when the application has forgotten to ask.

Everything private is made through the graph, by a role that owns no table; then whole tables are read and written.
"""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from gateway.execution.engine import Engine
from gateway.modules import MODULES, migrated
from gateway.wiring import ports
from modules.identity.organisations.tables import VerificationRow
from modules.kernel import keys
from modules.kernel.audit import GROWING
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.prepared import prepare
from modules.kernel.storage import Storage
from tests.asking import Ask, asking
from tests.civic import scenes as civic
from tests.civic.scenes import act, add_comment, start_debate
from tests.identity import municipal, residence
from tests.identity import organisation_scenes as organisations
from tests.people import KYIV, PEOPLE, municipality_id, person_id

TABLES = {table.name: table for owner in migrated() for table in owner.metadata.sorted_tables}
BEHIND = {name for name, table in TABLES.items() if "wall" in table.info}
EVERYBODY = tuple(vars(PEOPLE))
MODERATING = {"moderator": 1, "official": 1, "administrator": 1}
OFFICIALS = {"official": 2, "administrator": 2}

# How many of Kyiv's rows each finds; all others find none. Taras waits at the desk, Mira for a letter, the foreign moderator
# has given data of a document here.
SEEN: dict[str, dict[str, int]] = {
    "audit_private": {"administrator": 2, "platform_administrator": 2},
    "civic_hidden_text": MODERATING,
    "identity_census": OFFICIALS,
    "identity_document": {"foreign_moderator": 1, "official": 1, "administrator": 1},
    "identity_organisation_decision": {"taras": 1, "official": 1, "administrator": 1},
    "identity_organisation_verification": {"taras": 1, "official": 1, "administrator": 1},
    "identity_verification_attempt": {"taras": 1, "mira": 1, "foreign_moderator": 1},
    "identity_verification_request": {"taras": 1, "mira": 1, **OFFICIALS},
}
WROTE = ("civic_hidden_text", "mira")  # what a read is not told, since live updates are rendered for all alike
THERE = {name: max(seen.values()) for name, seen in SEEN.items()} | {"identity_verification_attempt": 3}


@pytest.fixture
def template(postgres: str, postgres_template: str) -> tuple[str, str]:
    """PostgreSQL alone: the other database has no second wall."""
    return postgres, postgres_template


@pytest.fixture
async def town(engine: Engine, storage: Storage) -> Any:
    """Kyiv, with something private in every table that stands behind the wall."""
    async with asking(engine, storage, ports(MODULES)) as ask:
        await organisations.settle(storage)
        comment = await add_comment(ask, await start_debate(ask), PEOPLE.mira)
        await done(ask, civic.HIDE, PEOPLE.moderator, "CommentHidden", commentId=comment, reason="SPAM")
        given = {"personId": person_id(PEOPLE.taras), "municipalityId": municipality_id(), "role": "MODERATOR"}
        await done(ask, municipal.GRANT, PEOPLE.administrator, "RoleGranted", **given)
        await residence.pending(ask, PEOPLE.taras, "DESK")
        await residence.pending(ask, PEOPLE.mira, "LETTER")
        census = {"municipalityId": municipality_id(), "csv": residence.CENSUS, "mode": "REPLACE"}
        await done(ask, residence.UPLOAD, PEOPLE.official, "CensusUploaded", **census)
        asked = await residence.request(ask, PEOPLE.foreign_moderator, "CENSUS")
        assert asked["status"] == "OK"
        claimed = keys.encode("OrganisationVerification", organisations.CLAIMED)
        decided = {"verificationId": claimed, "verdict": "REJECTED", "reason": "Ні"}
        await done(ask, organisations.DECIDE, PEOPLE.official, "OrganisationVerificationDecided", **decided)
        yield ask


async def done(ask: Ask, mutation: str, as_: Viewer, result: str, **given: Any) -> None:
    assert (await act(ask, mutation, as_, **given))["__typename"] == result


async def found(storage: Storage, table: str, viewer: Viewer) -> tuple[int, int]:
    """How many rows of a table are there for a read, and for a work of the viewer, that have no predicate."""
    everything = sa.select(TABLES[table])
    read = await storage.fetch(prepare(everything, storage.dialect), {}, viewer)
    async with storage.writing() as work:
        await work.as_(viewer)
        worked = await work.rows(everything)
    return len(read), len(worked)


async def test_all_that_is_behind_the_wall_is_tried_here_and_nothing_else_is_behind_it(storage: Storage) -> None:
    walled = sa.text("select relname from pg_class where relrowsecurity and relforcerowsecurity and relkind = 'r'")
    async with storage.reading() as read:
        assert {row["relname"] for row in await read.rows(walled)} == BEHIND == set(SEEN)


@pytest.mark.parametrize("who", EVERYBODY)
async def test_without_a_predicate_nobody_finds_more_than_is_theirs(town: Ask, storage: Storage, who: str) -> None:
    for table, seen in SEEN.items():
        rows = seen.get(who, 0)
        own = 1 if (table, who) == WROTE else 0
        assert await found(storage, table, getattr(PEOPLE, who)) == (rows, rows + own), table


async def test_who_does_not_say_who_they_are_finds_nothing(town: Ask, storage: Storage) -> None:
    for table in SEEN:
        async with storage.writing() as work:
            assert await work.rows(sa.select(TABLES[table])) == [], table
        async with storage.reading() as read:
            assert await read.rows(sa.select(TABLES[table])) == [], table


async def test_a_work_is_nobodys_again_once_it_says_so(town: Ask, storage: Storage) -> None:
    async with storage.writing() as work:
        await work.as_(PEOPLE.administrator)
        assert len(await work.rows(sa.select(TABLES["identity_census"]))) == 2
        await work.as_(NOBODY)
        assert await work.rows(sa.select(TABLES["identity_census"])) == []


async def test_the_system_finds_all(town: Ask, storage: Storage) -> None:
    async with storage.writing() as work:
        await work.as_system()
        rows = {table: len(await work.rows(sa.select(TABLES[table]))) for table in SEEN}
    assert rows == THERE


@pytest.mark.parametrize("who", ["nobody", "mira", "foreign_official", "foreign_administrator"])
async def test_a_forgotten_predicate_changes_nothing_of_others(town: Ask, storage: Storage, who: str) -> None:
    viewer = getattr(PEOPLE, who)
    for table in (TABLES[name] for name in SEEN if TABLES[name] not in GROWING):
        own = SEEN[table.name].get(who, 0)
        async with storage.writing() as work:
            await work.as_(viewer)
            assert await work.run(sa.delete(table)) == own, table.name


@pytest.mark.parametrize("who", ["mira", "foreign_official"])
async def test_nobody_puts_a_row_where_it_is_anothers(town: Ask, storage: Storage, who: str) -> None:
    async def put(viewer: Viewer) -> int:
        async with storage.writing() as work:
            await work.as_(viewer)
            row = {"municipality_id": KYIV, "record_hash": "x" * 64, "district": ""}
            return await work.run(sa.insert(TABLES["identity_census"]).values(row))

    with pytest.raises(DBAPIError, match="row-level security"):
        await put(getattr(PEOPLE, who))
    assert await put(PEOPLE.official) == 1


async def test_a_row_of_the_census_is_found_by_who_names_all_of_it(town: Ask, storage: Storage) -> None:
    async with storage.writing() as work:
        await work.as_system()
        named = (await work.rows(sa.select(TABLES["identity_census"])))[0]
    async with storage.writing() as work:
        await work.as_(PEOPLE.mira)
        await work.naming(named["record_hash"])
        assert await work.rows(sa.select(TABLES["identity_census"])) == [named]


async def test_who_serves_takes_no_wall_down(storage: Storage) -> None:
    for table in SEEN:
        for change in ("disable row level security", "no force row level security", "owner to current_user"):
            with pytest.raises(DBAPIError, match="must be owner"):
                async with storage.writing() as work:
                    await work.run(sa.text(f"alter table {table} {change}"))


async def test_the_owner_stands_behind_the_wall_as_well(town: Ask, storage: Storage, database_url: str) -> None:
    """Who migrates is another role, and reads no more: unless it is a superuser, as the one of these tests is."""
    owner = Storage(database_url)
    async with owner.writing() as work:
        for name in SEEN:
            await work.run(sa.text(f"alter table {name} owner to {storage.url.username}"))
    await owner.close()
    for table in SEEN:
        async with storage.writing() as work:
            assert await work.rows(sa.select(TABLES[table])) == [], table


async def test_only_what_reads_a_walled_table_is_told_whose_it_is(storage: Storage) -> None:
    """Wherever it stands in a statement: in a join, below, or under another name."""
    requests, people = VerificationRow.__table__, TABLES["identity_person"]  # type: ignore[attr-defined]
    alias = requests.alias("a")
    inner = sa.select(alias.c.id).where(alias.c.organisation_id == people.c.id)
    walled = [
        sa.select(people.c.id).where(sa.exists(inner)),
        sa.select(people.c.id, inner.correlate(people).scalar_subquery()),
        sa.select(people.c.id).join(alias, alias.c.requested_by == people.c.id),
        sa.select(sa.select(requests).subquery().c.id),
        sa.select(people.c.id).select_from(people.join(inner.lateral("l"), sa.true())),
    ]
    assert all(prepare(each, storage.dialect).wall for each in walled)
    assert prepare(sa.select(people), storage.dialect).wall is None


def test_who_serves_is_not_who_owns(storage: Storage, database_url: str) -> None:
    assert storage.url.username != make_url(database_url).username
