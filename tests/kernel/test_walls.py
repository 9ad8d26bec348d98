"""The second wall: what PostgreSQL itself shows to whom, when a statement of ours forgets to ask."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from gateway.execution.engine import Engine
from gateway.modules import MODULES, migrated
from gateway.wiring import ports
from modules.kernel.audit import private
from modules.kernel.migrating import behind
from modules.kernel.policy import Role, Viewer
from modules.kernel.prepared import among, viewer_codes
from modules.kernel.storage import Storage
from modules.kernel.walls import Office
from tests.asking import Ask, asking
from tests.civic import scenes as civic
from tests.civic.scenes import act, add_comment, start_debate
from tests.identity import municipal
from tests.people import KYIV, PEOPLE, municipality_id, person_id, settle
from tests.servers import PASSWORD, create_database

REASON = "Таємна причина"
# As if the predicate had been forgotten: the viewer is asked about, and everything is answered all the same.
FORGETFUL = sa.select(private.c.reason).where(
    sa.or_(sa.true() == sa.literal(True), among(private.c.municipality_id, viewer_codes(Role.ADMINISTRATOR)))
)


@pytest.fixture
async def served(postgres: str, postgres_template: str, serving: str) -> AsyncIterator[Storage]:
    """A database as it is served: by a role that owns nothing of it."""
    async with create_database(postgres, template=postgres_template) as url:
        storage = Storage(make_url(url).set(username=serving, password=PASSWORD).render_as_string(hide_password=False))
        await settle(storage)
        yield storage
        await storage.close()


@pytest.fixture
async def ask(served: Storage, engine: Engine) -> AsyncIterator[Ask]:
    async with asking(engine, served, ports(MODULES)) as made:
        given = {"personId": person_id(PEOPLE.mira), "municipalityId": municipality_id(), "role": "MODERATOR"}
        await act(made, municipal.GRANT, PEOPLE.administrator, **given, reason=REASON)
        yield made


async def _run(storage: Storage, statement: str) -> None:
    async with storage.writing() as work:
        await work.run(sa.text(statement))


async def forgetful(storage: Storage, viewer: Viewer) -> list[Any]:
    prepared = storage.prepared("forgetful", lambda: FORGETFUL)
    return [row[0] for row in await storage.fetch(prepared, {}, viewer)]


@pytest.mark.parametrize("who", vars(PEOPLE))
async def test_a_forgotten_predicate_shows_nothing_more(ask: Ask, served: Storage, who: str) -> None:
    reads = who in ("administrator", "platform_administrator")
    assert await forgetful(served, getattr(PEOPLE, who)) == ([REASON] if reads else [])


async def test_who_asked_before_on_the_same_connection_is_forgotten(ask: Ask, served: Storage) -> None:
    narrow = Storage(served.url.render_as_string(hide_password=False), pool=1)
    found = [
        await forgetful(narrow, who) for who in (PEOPLE.administrator, PEOPLE.nobody, PEOPLE.foreign_administrator)
    ]
    async with narrow.reading() as read:
        without = await read.rows(sa.select(private.c.reason))
    await narrow.close()
    assert (found, without) == ([[REASON], [], []], [])


async def test_the_graph_is_served_by_a_role_that_owns_nothing(ask: Ask, served: Storage) -> None:
    comment = await add_comment(ask, await start_debate(ask), PEOPLE.mira)
    done = await act(ask, civic.HIDE, PEOPLE.moderator, commentId=comment, reason="SPAM")
    assert done["__typename"] == "CommentHidden"
    told = await ask("{ auditEvents { edges { node { action reason } } } }", as_=PEOPLE.administrator)
    assert [edge["node"] for edge in told["auditEvents"]["edges"]] == [
        {"action": "hideComment", "reason": "SPAM"},
        {"action": "grantRole", "reason": REASON},
    ]
    assert await behind(served, migrated()) == []


@pytest.mark.parametrize(
    "statement",
    [
        "alter table audit_private disable row level security",
        "drop policy audit_private_read on audit_private",
        "update audit_act set detail = ''",
        "delete from audit_private",
        "create table more (id int)",
        "set role postgres",
    ],
)
async def test_who_serves_cannot_take_the_wall_down(served: Storage, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"must be owner|permission denied"):
        await _run(served, statement)


@pytest.mark.parametrize(("who", "told"), [("nobody", 0), ("mira", 0), ("administrator", 1)])
async def test_only_who_has_an_office_pays_for_being_told_apart(
    ask: Ask, served: Storage, monkeypatch: pytest.MonkeyPatch, who: str, told: int
) -> None:
    """The way of hot reads stays one trip; and an office is told where something private is read alone."""
    seen: list[Office] = []
    fetch = served.lane.fetch

    async def noted(text: str, arguments: Sequence[Any], office: Office | None = None) -> Sequence[Any]:
        seen.extend([] if office is None else [office])
        return await fetch(text, arguments, office)

    monkeypatch.setattr(served.lane, "fetch", noted)
    viewer = getattr(PEOPLE, who)
    await ask("{ debates { totalCount edges { node { title } } } }", as_=viewer)
    await ask(
        "{ debates { edges { node { viewerCan { action allowed } comments { edges { node { id } } } } } } }", as_=viewer
    )
    await ask("{ auditEvents { edges { node { reason } } } }", as_=viewer)
    assert seen == [(KYIV, KYIV, KYIV, "", "", "")] * told
