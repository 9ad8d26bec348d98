"""Keyset pages: complete, without repetition, on both databases; cursors belong to their list."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col

from modules.civic.tables import CommentRow, DebateRow
from modules.kernel import keys
from modules.kernel.context import Context
from modules.kernel.keyset import Order
from modules.kernel.paging import Page, page, pages, totals_of_pages
from modules.kernel.refusals import InvalidInput
from modules.kernel.storage import Storage
from modules.kernel.tables import pick
from tests.asking import Ask
from tests.people import BEGAN, KYIV, PEOPLE

DEBATES = [UUID(int=9000 + number) for number in range(4)]
SIZES = [7, 0, 25, 1]
COMMENTS = pick(CommentRow, "id", "debate_id", "support_count")
BY_SUPPORT = Order(
    ((col(CommentRow.support_count), True), (col(CommentRow.created_at), False), (col(CommentRow.id), False))
)


@pytest.fixture
async def context(storage: Storage, ask: Ask) -> Context:
    debates = [
        {
            "id": key,
            "municipality_id": KYIV,
            "title": "T",
            "body": "B",
            "opened_by": None,
            "opens_at": BEGAN,
            "closes_at": None,
            "search_text": "",
        }
        for key in DEBATES
    ]
    comments = [
        {
            "id": keys.derived("test", f"{key}-{number}"),
            "debate_id": key,
            "municipality_id": KYIV,
            "body": "…",
            "created_at": BEGAN + timedelta(minutes=number // 3),
            "support_count": number % 4,
            "depth": 0,
            "oppose_count": 0,
        }
        for key, size in zip(DEBATES, SIZES, strict=True)
        for number in range(size)
    ]
    async with storage.writing() as work:
        await work.put(DebateRow, debates)
        await work.put(CommentRow, comments)
    return ask.context(PEOPLE.nobody)


def keys_of(shown: Page) -> list[UUID]:
    return [row["id"] for row in shown.rows]


async def walk(context: Context, first: int) -> list[UUID]:
    seen: list[UUID] = []
    after = None
    while True:
        shown = await page(context, COMMENTS, BY_SUPPORT, first=first, after=after)
        assert shown.has_previous_page is (after is not None)
        seen += keys_of(shown)
        if not shown.has_next_page:
            return seen
        assert len(shown.rows) == first
        after = shown.end_cursor


async def test_pages_of_any_size_give_the_whole_list_once_in_order(context: Context) -> None:
    whole = await walk(context, 100)
    assert len(whole) == len(set(whole)) == sum(SIZES)
    for first in (1, 2, 7, 32, 33):
        assert await walk(context, first) == whole


async def per_parent(context: Context, parents: Sequence[UUID], first: int, after: str | None = None) -> list[Page]:
    return await pages(context, COMMENTS, col(CommentRow.debate_id), parents, BY_SUPPORT, first=first, after=after)


async def test_a_page_for_each_parent_is_one_statement_in_their_order(context: Context, statements: list[str]) -> None:
    asked = [DEBATES[2], DEBATES[1], DEBATES[0], DEBATES[2], UUID(int=1)]
    shown = await per_parent(context, asked, 5)
    assert len(statements) == 1
    assert [len(each.rows) for each in shown] == [5, 0, 5, 5, 0]
    assert [each.has_next_page for each in shown] == [True, False, True, True, False]
    assert all(row["debate_id"] == DEBATES[2] for row in shown[0].rows)


async def test_a_parents_pages_walk_its_list_only(context: Context) -> None:
    seen: list[UUID] = []
    after = None
    for _ in range(5):
        (shown,) = await per_parent(context, [DEBATES[2]], 6, after)
        seen += keys_of(shown)
        after = shown.end_cursor
    assert len(set(seen)) == len(seen) == 25
    assert not shown.has_next_page


async def test_totals_are_counted_once_for_a_level(context: Context, statements: list[str]) -> None:
    shown = await per_parent(context, DEBATES, 2)
    root = await page(context, COMMENTS, BY_SUPPORT, first=1, after=None)
    statements.clear()
    info: Any = type("Info", (), {"context": context})
    assert await totals_of_pages([*shown, root], info) == [*SIZES, sum(SIZES)]
    assert len(statements) == 2


async def test_an_empty_page_tells_whether_there_is_more(context: Context) -> None:
    shown = await page(context, COMMENTS, BY_SUPPORT, first=0, after=None)
    assert (keys_of(shown), shown.has_next_page, shown.start_cursor, shown.end_cursor) == ([], True, None, None)


@pytest.mark.parametrize("first", [-1, 101])
async def test_a_page_size_out_of_bounds_is_refused(context: Context, first: int) -> None:
    with pytest.raises(InvalidInput, match="`first`"):
        await page(context, COMMENTS, BY_SUPPORT, first=first, after=None)


async def test_a_cursor_of_another_list_or_no_cursor_is_refused(context: Context) -> None:
    cursor = (await page(context, COMMENTS, BY_SUPPORT, first=1, after=None)).end_cursor
    filtered = Order(BY_SUPPORT.columns, filters=("only mine",))
    for order, after in ((filtered, cursor), (BY_SUPPORT, "%%%"), (BY_SUPPORT, "bm90IGpzb24"), (BY_SUPPORT, "")):
        with pytest.raises(InvalidInput, match="`after`"):
            await page(context, COMMENTS, order, first=1, after=after)
