"""Relations answer what a list in Python would: for each parent, in order, cut at the page."""

from itertools import product
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col

from modules.civic.tables import CommentRow, DebateRow
from modules.identity.tables import MunicipalityRow
from modules.kernel.context import Context
from modules.kernel.keyset import Order
from modules.kernel.paging import Page
from modules.kernel.refusals import InvalidInput
from modules.kernel.relations import ByKey, Listed, Paged
from modules.kernel.selects import Wanted
from modules.kernel.storage import Row
from modules.kernel.tables import pick
from tests.kernel.debates import COMMENTS, DEBATES, SIZES, info, parents
from tests.people import BILA_TSERKVA, KYIV
from tests.spending import spent

BY = ("support_count", "created_at", "id")
DIRECTIONS = [tuple(zip(BY, each, strict=True)) for each in product((False, True), repeat=3)]
ORDERS = {
    directions: Order(tuple((col(getattr(CommentRow, name)), descending) for name, descending in directions))
    for directions in DIRECTIONS
}
COMMENT = pick(CommentRow, "id", "debate_id", "support_count", "created_at")
DEBATE = pick(DebateRow, "id", "title")
BY_DEBATE = Paged(COMMENT, by=col(CommentRow.debate_id), order=ORDERS)
PLAIN = Paged(COMMENT, by=col(CommentRow.debate_id), order=ORDERS[DIRECTIONS[0]], cursors=False)
LISTED = Listed(COMMENT, by=col(CommentRow.debate_id), order=ORDERS[DIRECTIONS[0]])
BY_ID = ByKey(DEBATE, by=col(DebateRow.id))
PARTS = Paged(
    pick(MunicipalityRow, "id", "parent_id"),
    by=col(MunicipalityRow.parent_id),
    order=Order(((col(MunicipalityRow.id), False),)),
)


def in_python(directions: Any, debate: UUID) -> list[UUID]:
    rows = [row for row in COMMENTS if row["debate_id"] == debate]
    for name, descending in reversed(directions):
        rows.sort(key=lambda row: row[name].int if name == "id" else row[name], reverse=descending)
    return [row["id"] for row in rows]


def ids(rows: Any) -> list[UUID]:
    return [row["id"] for row in rows]


@pytest.mark.parametrize("directions", DIRECTIONS, ids=lambda each: "".join("-" if down else "+" for _, down in each))
async def test_a_page_after_any_cursor_is_a_slice_of_the_list(context: Context, directions: Any) -> None:
    debate = DEBATES[2]
    whole = in_python(directions, debate)
    (all_of_it,) = await BY_DEBATE(parents(debate), info(context), first=100, order_by=directions)
    assert ids(all_of_it.rows) == whole
    for place, edge in enumerate(all_of_it.edges):
        for first in (1, 4):
            (found,) = await BY_DEBATE(
                parents(debate), info(context), first=first, after=edge.cursor, order_by=directions
            )
            assert ids(found.rows) == whole[place + 1 :][:first]
            assert found.has_next_page is (place + 1 + first < len(whole))
            assert found.has_previous_page


@pytest.mark.parametrize("directions", [DIRECTIONS[0], DIRECTIONS[7], DIRECTIONS[5]])
async def test_a_cursor_cuts_the_lists_of_all_parents_at_the_same_values(context: Context, directions: Any) -> None:
    (whole,) = await BY_DEBATE(parents(DEBATES[0]), info(context), first=100, order_by=directions)
    cut = whole.edges[3]
    found = await BY_DEBATE(parents(*DEBATES), info(context), first=100, after=cut.cursor, order_by=directions)
    for debate, page in zip(DEBATES, found, strict=True):
        both = [row for row in COMMENTS if row["debate_id"] == debate] + [cut.node]
        for name, descending in reversed(directions):
            both.sort(key=lambda row: row[name].int if name == "id" else row[name], reverse=descending)
        after = max(place for place, row in enumerate(both) if row["id"] == cut.node["id"]) + 1
        assert ids(page.rows) == ids(both[after:])


@pytest.mark.parametrize("more", [True, False])
@pytest.mark.parametrize("ordered", [True, False])
async def test_the_statement_reads_one_row_more_and_the_order_only_when_asked(
    context: Context, more: bool, ordered: bool
) -> None:
    storage, order_by = context.storage, DIRECTIONS[4]
    prepared = BY_DEBATE.prepared(
        storage, Wanted(("id",)), BY_DEBATE.cut(first=3, order_by=order_by), more=more, ordered=ordered
    )
    keys = BY_DEBATE.encoded(storage, [DEBATES[2], DEBATES[0]])
    rows = prepared.rows(await storage.fetch(prepared, {"keys": keys}))
    assert "_order_0" in prepared.text.rpartition("ORDER BY")[2]  # databases happen to keep the order of the pages
    assert prepared.columns == ("_parent", "id", *(("_order_0", "_order_1", "_order_2") if ordered else ()))
    for debate in (DEBATES[2], DEBATES[0]):
        own = [row for row in rows if row["_parent"] == debate]
        assert ids(own) == in_python(order_by, debate)[: 3 + more]
    assert len(rows) == 2 * (3 + more)
    if ordered:
        support = {row["id"]: row["support_count"] for row in COMMENTS}
        assert all(row["_order_0"] == support[row["id"]] and row["_order_2"] == row["id"] for row in rows)


async def test_the_first_order_is_the_one_that_is_not_named_unless_another_is_the_default(context: Context) -> None:
    (found,) = await BY_DEBATE(parents(DEBATES[2]), info(context))
    assert ids(found.rows) == in_python(DIRECTIONS[0], DEBATES[2])[:20]


async def test_without_cursors_it_is_a_list_of_the_first_rows(context: Context) -> None:
    found = await PLAIN(parents(DEBATES[2], DEBATES[1], DEBATES[3]), info(context), first=4)
    assert [ids(rows) for rows in found] == [
        in_python(DIRECTIONS[0], each)[:4] for each in (DEBATES[2], *DEBATES[1::2])
    ]


async def test_keys_that_are_twice_none_or_unknown_have_their_place(context: Context, statements: list[str]) -> None:
    asked = parents(DEBATES[0], None, DEBATES[0], UUID(int=1), DEBATES[3])
    whole = [in_python(DIRECTIONS[0], each) for each in (DEBATES[0], DEBATES[3])]
    wanted = [whole[0], [], whole[0], [], whole[1]]
    assert [ids(page.rows) for page in await BY_DEBATE(asked, info(context))] == wanted
    assert [ids(rows) for rows in await PLAIN(asked, info(context))] == wanted
    assert [ids(rows) for rows in await LISTED(asked, info(context))] == wanted
    found = await BY_ID(asked, info(context))
    assert [row and row["id"] for row in found] == [DEBATES[0], None, DEBATES[0], None, DEBATES[3]]
    assert spent(statements) == 4


@pytest.mark.parametrize("asked", [[], [None, None]])
async def test_without_keys_nothing_is_asked(context: Context, statements: list[str], asked: list[None]) -> None:
    for relation in (BY_DEBATE, PLAIN, LISTED, BY_ID):
        told = await relation(parents(*asked), info(context))
        assert [each.rows if isinstance(each, Page) else each or [] for each in told] == [[] for _ in asked]
    assert await BY_DEBATE.totals(context, []) == {}
    assert statements == []


async def test_keys_that_are_texts_work_like_any(context: Context) -> None:
    (oblast,) = await PARTS(parents("UA32000000000030281"), info(context))
    assert ids(oblast.rows) == ["UA32020000000057002"]
    none: list[Page] = await PARTS(parents(KYIV, BILA_TSERKVA), info(context))
    assert [page.rows for page in none] == [[], []]


async def test_totals_are_of_the_whole_list_and_leave_out_who_has_none(context: Context) -> None:
    keys = BY_DEBATE.encoded(context.storage, DEBATES)
    counted = await BY_DEBATE.totals(context, [*keys, keys[0]])
    assert counted == {key: size for key, size in zip(keys, SIZES, strict=True) if size}


async def test_a_page_that_cannot_be_is_refused_before_anything_is_asked(
    context: Context, statements: list[str]
) -> None:
    for asked in ({"first": 101}, {"first": -1}, {"after": "nothing"}):
        with pytest.raises(InvalidInput):
            await BY_DEBATE(parents(*DEBATES), info(context), **asked)
    assert statements == []


async def test_many_keys_are_one_parameter(context: Context, statements: list[str]) -> None:
    strangers: list[Row] = parents(*(UUID(int=number) for number in range(2_000)))
    found = await BY_DEBATE([*strangers, *parents(DEBATES[3])], info(context), first=1)
    assert sum(len(page.rows) for page in found) == 1
    await BY_DEBATE(parents(DEBATES[3]), info(context), first=1)
    assert spent(statements) == 2
    assert len({each for each in statements if " live_" not in each}) == 1
