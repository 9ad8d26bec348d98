"""Cursors that this server never gave: refused like those of another list, whatever values they carry."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import col

from modules.civic.tables import CommentRow, DebateRow
from modules.kernel import log
from modules.kernel.asks import page
from modules.kernel.keyset import Order
from modules.kernel.refusals import InvalidInput
from modules.kernel.relations import Paged
from modules.registry.imports import LONGEST_NAME, Entity, put_legal_entities
from modules.registry.rules import LegalEntityKind
from modules.registry.tables import LegalEntityRow
from tests.asking import Ask
from tests.civic.scenes import add_comment, start_debate
from tests.people import KYIV, PEOPLE

KEY = UUID(int=1)
# A column that a list may be ordered by, and a parent of such lists.
MOMENT = (col(DebateRow.opens_at), col(DebateRow.municipality_id), KYIV)
ID = (col(DebateRow.id), col(DebateRow.municipality_id), KYIV)
NUMBER = (col(CommentRow.support_count), col(CommentRow.debate_id), KEY)
LARGE_NUMBER = (log.topics.c.seq, log.topics.c.name, "debate:1")
TEXT = (col(LegalEntityRow.name), col(LegalEntityRow.parent_id), KEY)
FORGED = [
    (MOMENT, ["2026-01-01", "2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "soon", "", 5, None, []]),
    (MOMENT, ["9999-12-31T23:59:59-14:00"]),
    (ID, [5, None, True, "", "5", "x" * 32, [KEY.hex], ["0"] * 32]),
    (NUMBER, [2**31, -(2**31) - 1, 2**63, 2**70, True, False, 1.5, "1", None, []]),
    (LARGE_NUMBER, [2**63, -(2**63) - 1, 2**70, False, 1.0, "1"]),
    (TEXT, ["a\x00b", "\ud800", "\udfff", 5, None, ["a"], {}]),
]
TRUE = [
    (MOMENT, ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999+00:00", "2026-01-01T02:00:00+02:00"]),
    (ID, [KEY.hex]),
    (NUMBER, [0, 2**31 - 1, -(2**31)]),
    (LARGE_NUMBER, [2**31, 2**63 - 1, -(2**63)]),
    (TEXT, ["", "Їжа 🥕", "x" * 500]),
]


def forged(fingerprint: str, *values: Any) -> str:
    return urlsafe_b64encode(json.dumps([fingerprint, *values]).encode()).decode().rstrip("=")


def changed(cursor: str, place: int, value: Any) -> str:
    """A true cursor with another value in it."""
    parts = json.loads(urlsafe_b64decode(cursor + "=="))
    parts[place] = value
    return forged(*parts)


async def read(ask: Ask, kind: Any, value: Any, *, by_parent: bool) -> None:
    """A page, or the page of a parent, after a cursor with this value."""
    column, parent, key = kind
    order, context = Order(((column, False),)), ask.context(PEOPLE.nobody)
    after = forged(order.fingerprint(), value)
    if by_parent:
        info: Any = SimpleNamespace(context=context)
        await Paged(sa.select(column), by=parent, order=order)([{"id": key}], info, first=1, after=after)
    else:
        await page(order, 1, after).answer(context, sa.select(column))


@pytest.mark.parametrize(("kind", "values"), FORGED)
async def test_a_value_that_the_column_cannot_hold_is_no_cursor(ask: Ask, kind: Any, values: list[Any]) -> None:
    for value in values:
        for by_parent in (False, True):
            with pytest.raises(InvalidInput, match="`after` is not a cursor of this list"):
                await read(ask, kind, value, by_parent=by_parent)


@pytest.mark.parametrize(("kind", "values"), TRUE)
async def test_what_the_column_can_hold_is_taken(ask: Ask, kind: Any, values: list[Any]) -> None:
    for value in values:
        await read(ask, kind, value, by_parent=False)
        await read(ask, kind, value, by_parent=True)


FORGED_DEBATES = [(1, "2026-01-01"), (1, "0001-01-01T00:00:00+14:00"), (1, "9999-12-31T23:59:59-14:00"), (2, 5)]


async def test_the_graph_refuses_a_forged_cursor_of_debates(ask: Ask) -> None:
    await start_debate(ask)
    query = "query($after: Cursor) { debates(first: 1, after: $after) { pageInfo { endCursor } } }"
    cursor = (await ask(query))["debates"]["pageInfo"]["endCursor"]
    await ask(query, {"after": cursor})
    for place, value in FORGED_DEBATES:
        answer = await ask.answer(query, {"after": changed(cursor, place, value)})
        told = answer["errors"][0]["extensions"]
        assert (told["code"], told.get("field")) == ("BAD_USER_INPUT", "after")


async def test_the_graph_refuses_a_forged_cursor_of_comments(ask: Ask) -> None:
    debate = await start_debate(ask)
    await add_comment(ask, debate)
    query = """query($id: ID!, $after: Cursor) { debate(id: $id) {
        comments(orderBy: MOST_SUPPORTED, first: 1, after: $after) { pageInfo { endCursor } } } }"""
    cursor = (await ask(query, {"id": debate}))["debate"]["comments"]["pageInfo"]["endCursor"]
    await ask(query, {"id": debate, "after": cursor})
    for value in (2**31, 2**63, True, "1"):
        answer = await ask.answer(query, {"id": debate, "after": changed(cursor, 1, value)})
        told = answer["errors"][0]["extensions"]
        assert (told["code"], told.get("field")) == ("BAD_USER_INPUT", "after")


async def test_the_longest_name_has_a_cursor_that_is_taken(ask: Ask) -> None:
    async with ask.storage.writing() as work:
        entities = [Entity(f"0000000{end}", "Ї" * LONGEST_NAME, LegalEntityKind.OTHER) for end in range(2)]
        await put_legal_entities(work, entities)
    query = """query($after: Cursor) { legalEntities(first: 1, after: $after) {
        edges { node { edrpou } } pageInfo { endCursor } } }"""
    first = (await ask(query))["legalEntities"]
    second = (await ask(query, {"after": first["pageInfo"]["endCursor"]}))["legalEntities"]
    assert {page["edges"][0]["node"]["edrpou"] for page in (first, second)} == {"00000000", "00000001"}
