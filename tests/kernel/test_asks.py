"""Root fields that ask for rows: predicates are constants, what is asked for are values."""

from typing import Any
from uuid import UUID

from sqlmodel import col

from modules.civic.queries import Query
from modules.civic.tables import CommentRow
from modules.kernel.asks import one, page
from modules.kernel.context import Context
from modules.kernel.fields import MARK, Asked
from modules.kernel.keyset import Order
from modules.kernel.paging import totals_of_pages
from modules.kernel.predicates import same
from modules.kernel.selects import Wanted
from modules.kernel.tables import pick
from tests.kernel.debates import COMMENTS, DEBATES, info

COMMENT = pick(CommentRow, "id", "debate_id", "support_count")
NEWEST = Order(((col(CommentRow.created_at), True), (col(CommentRow.id), True)))
SUPPORTED = [row for row in COMMENTS if row["support_count"] == 3 and row["debate_id"] == DEBATES[2]]
NEWEST_FIRST = [
    row["id"] for row in sorted(SUPPORTED, key=lambda row: (row["created_at"], row["id"].int), reverse=True)
]


def supported(first: int, after: str | None = None, *, of: UUID | None = DEBATES[2]) -> Any:
    where = [same(col(CommentRow.debate_id), of), same(col(CommentRow.support_count), 3)]
    return page(NEWEST, first, after, where=where, filters=(of,))


async def test_the_row_that_fits_all_or_none(context: Context) -> None:
    wanted = COMMENTS[0]

    async def found(key: UUID, support: int) -> Any:
        predicates = same(col(CommentRow.id), key), None, same(col(CommentRow.support_count), support)
        return await one(*predicates).answer(context, COMMENT)

    assert await found(wanted["id"], 0) == {name: wanted[name] for name in ("id", "debate_id", "support_count")}
    assert await found(wanted["id"], 1) is None
    assert await found(UUID(int=1), 0) is None


async def test_a_page_of_the_rows_that_fit_all(context: Context) -> None:
    first = await supported(4).answer(context, COMMENT)
    assert [row["id"] for row in first.rows] == NEWEST_FIRST[:4]
    assert (first.has_next_page, first.has_previous_page) == (True, False)
    rest = await supported(4, first.end_cursor).answer(context, COMMENT)
    assert [row["id"] for row in rest.rows] == NEWEST_FIRST[4:]
    assert (rest.has_next_page, rest.has_previous_page) == (False, True)


async def test_totals_count_what_fits_and_no_cursor_narrows_them(context: Context, statements: list[str]) -> None:
    first = await supported(1).answer(context, COMMENT)
    second = await supported(1, first.end_cursor).answer(context, COMMENT)
    none = await supported(1, of=DEBATES[1]).answer(context, COMMENT)
    everywhere = await supported(1, of=None).answer(context, COMMENT)
    statements.clear()
    total = sum(row["support_count"] == 3 for row in COMMENTS)
    told = await totals_of_pages([first, second, none, everywhere], info(context))
    assert told == [len(SUPPORTED), len(SUPPORTED), 0, total]


async def test_other_values_are_the_same_statement_and_no_value_is_another(
    context: Context, statements: list[str]
) -> None:
    for debate in (DEBATES[0], DEBATES[2], None):
        await supported(2, of=debate).answer(context, COMMENT)
    assert statements[0] == statements[1] != statements[2]
    storage, wanted = context.storage, Wanted(("id",))
    prepared = [supported(2, of=debate).prepared(storage, COMMENT, wanted) for debate in (*DEBATES, None)]
    assert len({id(each) for each in prepared}) == 2


async def test_a_listing_reads_one_row_more_and_the_order_only_when_asked(context: Context) -> None:
    storage, asked = context.storage, supported(3)
    for more in (True, False):
        for ordered in (True, False):
            prepared = asked.prepared(storage, COMMENT, Wanted(("id",)), more=more, ordered=ordered)
            rows = prepared.rows(await storage.fetch(prepared, asked.values))
            assert [row["id"] for row in rows] == NEWEST_FIRST[: 3 + more]
            assert prepared.columns == ("id", *(("_order_0", "_order_1") if ordered else ()))


def test_a_value_that_is_not_given_narrows_nothing_and_a_false_one_does() -> None:
    column = col(CommentRow.support_count)
    assert same(column, None) is None
    zero, one = same(column, 0), same(column, 1)
    assert zero is not None
    assert one is not None
    assert zero.clause is one.clause
    assert (zero.values, one.values) == ({"support_count_is": 0}, {"support_count_is": 1})


def test_a_root_field_tells_what_it_asks_of_which_rows() -> None:
    fields = {field.name: field.metadata[MARK] for field in Query.__strawberry_definition__.fields}  # type: ignore[attr-defined]
    assert all(isinstance(mark, Asked) for mark in fields.values())
    assert fields["debate"].source is fields["debates"].source
