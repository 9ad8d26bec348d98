"""The audit: what is written into it, who reads how much of it, and that it only grows."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from modules.kernel.audit import Act, acts, private
from modules.kernel.refusals import NotAllowed
from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.civic import scenes as civic
from tests.civic.scenes import act, add_comment, start_debate
from tests.contents import contents
from tests.identity.municipal import CONFIGURE, GRANT, REVOKE
from tests.people import KYIV, PEOPLE, municipality_id, person_id
from tests.voting import scenes as voting
from tests.voting.scenes import open_poll

EVENTS = """query($f: AuditFilter, $n: Int, $after: Cursor) { auditEvents(filter: $f, first: $n, after: $after) {
  totalCount pageInfo { endCursor } edges { node { id action detail municipality { code } actor { name } subject
  person { name } reason } } } }"""
READERS = ("administrator", "platform_administrator")


async def events(ask: Ask, who: str = "administrator", **filter: Any) -> list[dict[str, Any]]:
    """The acts that somebody reads, without their ids."""
    page = (await ask(EVENTS, {"f": filter, "n": 100}, as_=getattr(PEOPLE, who)))["auditEvents"]
    nodes = [edge["node"] for edge in page["edges"]]
    assert page["totalCount"] == len(nodes)
    return [{name: value for name, value in node.items() if name != "id"} for node in nodes]


def shown(action: str, actor: str, subject: str, person: str | None, reason: str = "", detail: str = "") -> Any:
    who = {"actor": {"name": actor}, "person": person and {"name": person}}
    told = {"action": action, "subject": subject, "reason": reason, "detail": detail}
    return who | told | {"municipality": {"code": KYIV}}


async def hide(ask: Ask, **input: Any) -> str:
    """The id of a comment of Mira's that the moderator of Kyiv has hidden."""
    comment = await add_comment(ask, await start_debate(ask, PEOPLE.taras), PEOPLE.mira)
    await act(ask, civic.HIDE, PEOPLE.moderator, commentId=comment, reason="SPAM")
    return comment


async def test_every_act_of_office_is_in_it(ask: Ask) -> None:
    comment = await hide(ask)
    debate = await start_debate(ask, PEOPLE.taras)
    poll = await open_poll(ask, debate, PEOPLE.taras)
    place, mira = municipality_id(), person_id(PEOPLE.mira)
    await act(ask, voting.CLOSE, PEOPLE.official, pollId=poll.id)
    await act(ask, civic.CLOSE, PEOPLE.official, debateId=debate)
    await act(ask, CONFIGURE, PEOPLE.administrator, municipalityId=place, moderation={"hideAfterReports": 9})
    told = {"personId": mira, "municipalityId": place}
    await act(ask, GRANT, PEOPLE.administrator, **told, role="OFFICIAL", reason=" Обрана ")
    await act(ask, REVOKE, PEOPLE.administrator, **told, reason="Звільнена")

    assert await events(ask) == [
        shown("revokeRole", "Administrator", mira, "Mira", "Звільнена", "OFFICIAL"),
        shown("grantRole", "Administrator", mira, "Mira", "Обрана", "OFFICIAL"),
        shown("configureMunicipality", "Administrator", place, None, "", "moderation.hideAfterReports"),
        shown("closeDebate", "Official", debate, "Taras"),
        shown("closePoll", "Official", poll.id, "Taras"),
        shown("hideComment", "Moderator", comment, "Mira", "SPAM"),
    ]


async def test_what_needs_no_office_is_not(ask: Ask) -> None:
    debate = await start_debate(ask, PEOPLE.taras)
    await act(ask, civic.CLOSE, PEOPLE.taras, debateId=debate)
    comment = await hide(ask)
    await act(ask, civic.HIDE, PEOPLE.moderator, commentId=comment, reason="OTHER")  # again: no act

    assert [each["action"] for each in await events(ask)] == ["hideComment"]


@pytest.mark.parametrize("who", vars(PEOPLE))
async def test_everybody_reads_what_and_when_and_administrators_the_rest(ask: Ask, who: str) -> None:
    comment = await hide(ask)
    [event] = await events(ask, who)
    whole = shown("hideComment", "Moderator", comment, "Mira", "SPAM")
    private = dict.fromkeys(("actor", "subject", "person", "reason"))
    assert event == (whole if who in READERS else whole | private)

    page = await ask(EVENTS, {"n": 1})
    node = "query($id: ID!) { node(id: $id) { ... on AuditEvent { happenedAt reason subject } } }"
    by_id = await ask(node, {"id": page["auditEvents"]["edges"][0]["node"]["id"]}, as_=getattr(PEOPLE, who))
    assert by_id["node"]["happenedAt"]
    assert by_id["node"]["reason"] == ("SPAM" if who in READERS else None)


async def test_it_is_filtered_and_read_a_page_at_a_time(ask: Ask) -> None:
    await hide(ask)
    await act(
        ask,
        CONFIGURE,
        PEOPLE.platform_administrator,
        municipalityId=municipality_id("UA32020010000093088"),
        isActive=True,
    )
    await hide(ask)

    everything = [each["action"] for each in await events(ask)]
    assert everything == ["hideComment", "configureMunicipality", "hideComment"]
    assert len(await events(ask, municipalityId=municipality_id())) == 2
    assert len(await events(ask, action="configureMunicipality")) == 1
    first = (await ask(EVENTS, {"n": 2}))["auditEvents"]
    rest = (await ask(EVENTS, {"n": 2, "after": first["pageInfo"]["endCursor"]}))["auditEvents"]
    assert [len(page["edges"]) for page in (first, rest)] == [2, 1]
    wrong = await ask.answer(EVENTS, {"f": {"municipalityId": person_id(PEOPLE.mira)}})
    assert wrong["errors"][0]["message"] == "`filter.municipalityId` is not the id of a Municipality."


async def test_an_act_that_is_undone_leaves_nothing_in_it(storage: Storage) -> None:
    before = await contents(storage)
    with pytest.raises(NotAllowed):
        async with storage.writing() as work:
            work.audit(Act("hideComment", KYIV, None, "Comment_1"))
            raise NotAllowed()
    assert await contents(storage) == before


@pytest.mark.parametrize(
    "change",
    [
        sa.update(acts).values(detail="Інше"),
        sa.delete(acts),
        sa.update(private).values(reason="Інша"),
        sa.delete(private),
    ],
    ids=["update", "delete", "update-private", "delete-private"],
)
async def test_the_database_lets_nobody_change_it(storage: Storage, owner: Storage, change: Any) -> None:
    async with storage.writing() as work:
        work.audit(Act("hideComment", KYIV, None, "Comment_1", reason="SPAM"))
    before = await contents(storage)
    with pytest.raises(DBAPIError, match="the audit only grows"):
        async with owner.writing() as work:
            await work.run(change)
    assert await contents(storage) == before


async def test_postgresql_lets_nobody_empty_it(owner: Storage) -> None:
    if owner.url.get_backend_name() != "postgresql":
        pytest.skip("SQLite empties a table by DELETE")
    with pytest.raises(DBAPIError, match="the audit only grows"):
        async with owner.writing() as work:
            await work.run(sa.text("truncate audit_private"))
