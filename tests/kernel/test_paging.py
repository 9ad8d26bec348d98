"""Keyset pages: complete, without repetition, on both databases; cursors belong to their list."""

from uuid import UUID

import pytest
from sqlmodel import col

from modules.civic.tables import CommentRow
from modules.kernel.asks import page
from modules.kernel.context import Context
from modules.kernel.keyset import Cut, Order
from modules.kernel.paging import Page, totals_of_pages
from modules.kernel.refusals import InvalidInput
from modules.kernel.relations import Paged
from modules.kernel.tables import pick
from tests.kernel.debates import DEBATES, SIZES, info, parents

COMMENTS = pick(CommentRow, "id", "debate_id", "support_count")
BY_SUPPORT = Order(
    ((col(CommentRow.support_count), True), (col(CommentRow.created_at), False), (col(CommentRow.id), False))
)
BY_DEBATE = Paged(COMMENTS, by=col(CommentRow.debate_id), order=BY_SUPPORT)


async def shown(context: Context, first: int, after: str | None = None) -> Page:
    answer: Page = await page(BY_SUPPORT, first, after).answer(context, COMMENTS)
    return answer


def keys_of(page: Page) -> list[UUID]:
    return [row["id"] for row in page.rows]


async def walk(context: Context, first: int) -> list[UUID]:
    seen: list[UUID] = []
    after = None
    while True:
        found = await shown(context, first, after)
        assert found.has_previous_page is (after is not None)
        seen += keys_of(found)
        if not found.has_next_page:
            return seen
        assert len(found.rows) == first
        after = found.end_cursor


async def test_pages_of_any_size_give_the_whole_list_once_in_order(context: Context) -> None:
    whole = await walk(context, 100)
    assert len(whole) == len(set(whole)) == sum(SIZES)
    for first in (1, 2, 7, 32, 33):
        assert await walk(context, first) == whole


async def test_a_page_for_each_parent_is_one_statement_in_their_order(context: Context, statements: list[str]) -> None:
    asked = [DEBATES[2], DEBATES[1], DEBATES[0], DEBATES[2], UUID(int=1)]
    found = await BY_DEBATE(parents(*asked), info(context), first=5)
    assert len(statements) == 1
    assert [len(each.rows) for each in found] == [5, 0, 5, 5, 0]
    assert [each.has_next_page for each in found] == [True, False, True, True, False]
    assert all(row["debate_id"] == DEBATES[2] for row in found[0].rows)


async def test_a_parents_pages_walk_its_list_only(context: Context) -> None:
    seen: list[UUID] = []
    after = None
    for _ in range(5):
        (found,) = await BY_DEBATE(parents(DEBATES[2]), info(context), first=6, after=after)
        seen += keys_of(found)
        after = found.end_cursor
    assert len(set(seen)) == len(seen) == 25
    assert not found.has_next_page


async def test_totals_are_counted_once_for_a_level(context: Context, statements: list[str]) -> None:
    found = await BY_DEBATE(parents(*DEBATES), info(context), first=2)
    root = await shown(context, 1)
    statements.clear()
    assert await totals_of_pages([*found, root], info(context)) == [*SIZES, sum(SIZES)]
    assert len(statements) == 2


async def test_an_empty_page_tells_whether_there_is_more(context: Context) -> None:
    found = await shown(context, 0)
    assert (keys_of(found), found.has_next_page, found.start_cursor, found.end_cursor) == ([], True, None, None)


async def test_each_edge_has_the_cursor_that_continues_after_it(context: Context) -> None:
    found = await shown(context, 5)
    assert [edge.node["id"] for edge in found.edges] == keys_of(found)
    cursors = [edge.cursor for edge in found.edges]
    assert (found.page_info.start_cursor, found.page_info.end_cursor) == (cursors[0], cursors[-1])
    for place, cursor in enumerate(cursors[:-1]):
        assert keys_of(await shown(context, 1, cursor)) == [keys_of(found)[place + 1]]


@pytest.mark.parametrize("first", [-1, 101])
def test_a_page_size_out_of_bounds_is_refused(first: int) -> None:
    with pytest.raises(InvalidInput, match="`first`"):
        page(BY_SUPPORT, first, None)
    with pytest.raises(InvalidInput, match="`first`"):
        BY_DEBATE.cut(first=first)


async def test_a_cursor_of_another_list_or_no_cursor_is_refused(context: Context) -> None:
    cursor = (await shown(context, 1)).end_cursor
    other = Order(BY_SUPPORT.columns[:2])
    Cut(BY_SUPPORT, 1, cursor)
    for order, after, filters in (
        (BY_SUPPORT, cursor, ("only mine",)),
        (other, cursor, ()),
        (BY_SUPPORT, "%%%", ()),
        (BY_SUPPORT, "bm90IGpzb24", ()),
        (BY_SUPPORT, "", ()),
    ):
        with pytest.raises(InvalidInput, match="`after`"):
            page(order, 1, after, filters=filters)
