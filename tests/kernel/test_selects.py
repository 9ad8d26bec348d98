"""What a relation's statement reads: no more than is wanted, and with it what the rows refer to."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import col

from gateway.execution.answers import encoded
from modules.civic.tables import CommentRow, DebateRow, HideReason
from modules.identity.tables import MunicipalityRow, PersonRow
from modules.kernel.asks import Listing, One, page
from modules.kernel.keyset import Order
from modules.kernel.policy import NOBODY, Role, Viewer
from modules.kernel.predicates import same
from modules.kernel.prepared import Prepared, among, viewer_codes
from modules.kernel.relations import ByKey, Listed, Paged
from modules.kernel.selects import WRITTEN, Join, Wanted
from modules.kernel.storage import Storage
from modules.kernel.tables import pick
from tests.kernel.debates import COMMENTS, DEBATES, comment, debate
from tests.people import BEGAN, KYIV, PEOPLE

# What is hidden is there for moderators alone.
SEEN = sa.or_(col(CommentRow.hidden_at).is_(None), among(col(CommentRow.municipality_id), viewer_codes(Role.MODERATOR)))
COMMENT = pick(
    CommentRow,
    "id",
    "debate_id",
    "parent_id",
    "author_id",
    "municipality_id",
    "body",
    "created_at",
    "hidden_at",
    "hidden_reason",
).where(SEEN)
DEBATE = pick(DebateRow, "id", "municipality_id", "title", "opens_at")
MUNICIPALITY = pick(MunicipalityRow, "id", "name", "category")
PERSON = pick(PersonRow, "id", "name")

OLDEST = Order(((col(CommentRow.created_at), False), (col(CommentRow.id), False)))
LISTED = Listed(COMMENT, by=col(CommentRow.debate_id), order=OLDEST)
PAGED = Paged(COMMENT, by=col(CommentRow.debate_id), order=OLDEST)
BY_ID = ByKey(COMMENT, by=col(CommentRow.id))

PLACE = Join("municipality_id", MUNICIPALITY, col(MunicipalityRow.id), Wanted(("name",)))
DEBATE_OF = Join("debate_id", DEBATE, col(DebateRow.id), Wanted(("title", "opens_at"), (PLACE,)))
AUTHOR = Join("author_id", PERSON, col(PersonRow.id), Wanted(("name",)))
PARENT = Join("parent_id", COMMENT, col(CommentRow.id), Wanted(("body", "hidden_reason"), (AUTHOR,)))

DEBATE_ID, HIDDEN_ID = DEBATES[0], COMMENTS[0]["id"]
ROWS = [
    comment(DEBATE_ID, 0, body="", author_id=PEOPLE.mira.person_id, hidden_at=BEGAN, hidden_reason=HideReason.SPAM),
    comment(DEBATE_ID, 3, body="answer", author_id=PEOPLE.taras.person_id, parent_id=HIDDEN_ID),
    comment(DEBATE_ID, 6, body="of one who is gone", author_id=UUID(int=77)),
]


@pytest.fixture
async def stored(storage: Storage) -> Storage:
    async with storage.writing() as work:
        await work.put(DebateRow, [debate(DEBATE_ID, title="Парк")])
        await work.put(CommentRow, ROWS)
    return storage


async def read(storage: Storage, prepared: Prepared, viewer: Viewer = NOBODY, **values: Any) -> list[tuple[Any, ...]]:
    """Rows in the order of the statement's columns."""
    return [tuple(row.values()) for row in prepared.rows(await storage.fetch(prepared, values, viewer))]


def every(storage: Storage, wanted: Wanted) -> list[tuple[Prepared, dict[str, Any]]]:
    """Each kind of statement for all comments of the debate that are seen, oldest first, with its values."""
    keys = {"keys": LISTED.encoded(storage, [DEBATE_ID])}
    where = [same(col(CommentRow.debate_id), DEBATE_ID)]
    listing: Listing = page(OLDEST, 10, None, where=where)
    return [
        (LISTED.prepared(storage, wanted), keys),
        (PAGED.prepared(storage, wanted, PAGED.cut(first=10), ordered=False), keys),
        (listing.prepared(storage, COMMENT, wanted, ordered=False), listing.values),
    ]


def test_only_what_is_wanted_is_read(storage: Storage) -> None:
    for prepared, _ in every(storage, Wanted(("body", "id"))):
        assert [name for name in prepared.columns if name != "_parent"] == ["body", "id"]
        assert "title" not in prepared.text
        assert "hidden_reason" not in prepared.text
        assert "author_id" not in prepared.text


async def test_rows_have_the_wanted_columns_after_their_parent(stored: Storage) -> None:
    for prepared, values in every(stored, Wanted(("body",))):
        told = await read(stored, prepared, **values)
        assert [row[-1] for row in told] == ["answer", "of one who is gone"]
        if prepared.columns[0] == "_parent":
            assert {row[:-1] for row in told} == {(DEBATE_ID,)}


async def test_nothing_wanted_still_tells_how_many_there_are(stored: Storage) -> None:
    for prepared, values in every(stored, Wanted(())):
        assert len(await stored.fetch(prepared, values)) == 2


async def test_references_are_read_along_depth_first_each_after_its_key(stored: Storage) -> None:
    along = (DEBATE_ID, "Парк", BEGAN, KYIV, "Київ")
    for prepared, values in every(stored, Wanted(("body",), (DEBATE_OF, AUTHOR))):
        told = [row[-8:] for row in await read(stored, prepared, **values)]
        assert told == [
            ("answer", *along, PEOPLE.taras.person_id, "Taras"),
            ("of one who is gone", *along, None, None),
        ]


async def test_what_is_referred_to_is_told_with_its_key_and_null_when_it_is_missing(stored: Storage) -> None:
    taras = PEOPLE.taras.person_id
    for prepared, values in every(stored, Wanted(("body",), (AUTHOR,))):
        told = [row[-3:] for row in await read(stored, prepared, **values)]
        assert told == [("answer", taras, "Taras"), ("of one who is gone", None, None)]


@pytest.mark.parametrize("viewer", [PEOPLE.nobody, PEOPLE.foreign_moderator, PEOPLE.moderator])
async def test_what_the_viewer_may_not_see_is_missing_where_it_is_referred_to(stored: Storage, viewer: Viewer) -> None:
    mira = PEOPLE.mira.person_id
    hidden = ("", None, None, None, None, None)
    answer = ("answer", HIDDEN_ID, "", HideReason.SPAM, mira, "Mira")
    unseen = ("answer", None, None, None, None, None)
    gone = ("of one who is gone", None, None, None, None, None)
    for prepared, values in every(stored, Wanted(("body",), (PARENT,))):
        told = [row[-6:] for row in await read(stored, prepared, viewer, **values)]
        assert told == ([hidden, answer, gone] if viewer is PEOPLE.moderator else [unseen, gone])


async def test_one_and_by_key_read_along_too(stored: Storage) -> None:
    wanted, key = Wanted(("body",), (DEBATE_OF, AUTHOR)), ROWS[1]["id"]
    row = ("answer", DEBATE_ID, "Парк", BEGAN, KYIV, "Київ", PEOPLE.taras.person_id, "Taras")
    by_id = BY_ID.prepared(stored, wanted)
    assert await read(stored, by_id, keys=BY_ID.encoded(stored, [key])) == [(key, *row)]
    predicate = same(col(CommentRow.id), key)
    assert predicate is not None
    asked = One((predicate,))
    assert await read(stored, asked.prepared(stored, COMMENT, wanted), **asked.values) == [row]


def test_a_page_is_cut_before_what_it_refers_to_is_read(storage: Storage) -> None:
    listing: Listing = page(OLDEST, 1, None)
    text = listing.prepared(storage, COMMENT, Wanted(("body",), (DEBATE_OF,))).text
    assert -1 < text.index("LIMIT 2") < text.index("LEFT OUTER JOIN")


def test_a_reference_that_is_not_shown_itself_is_not_read_twice(storage: Storage) -> None:
    """The column of a join is read of the rows, but not answered: the target's key is."""
    prepared = PAGED.prepared(storage, Wanted(("body",), (AUTHOR,)), PAGED.cut(first=5))
    assert prepared.columns == ("_parent", "body", "_joined_2", "_joined_3", "_order_0", "_order_1")


def test_the_same_wish_is_the_same_statement(storage: Storage) -> None:
    wanted = Wanted(("body",))
    one = PAGED.prepared(storage, wanted, PAGED.cut(first=5))
    assert PAGED.prepared(storage, wanted, PAGED.cut(first=5)) is one
    for other in (
        PAGED.prepared(storage, Wanted(("body",)), PAGED.cut(first=5)),
        PAGED.prepared(storage, wanted, PAGED.cut(first=6)),
        PAGED.prepared(storage, wanted, PAGED.cut(first=5), ordered=False),
    ):
        assert other is not one
    assert PAGED.prepared(storage, wanted, PAGED.cut(first=4)).text != one.text
    assert (
        PAGED.prepared(storage, wanted, PAGED.cut(first=6), more=False).text
        == PAGED.prepared(storage, wanted, PAGED.cut(first=5)).text
    )


MOMENTS = [
    BEGAN,
    BEGAN + timedelta(microseconds=1),
    BEGAN + timedelta(microseconds=500_000),
    datetime(1, 1, 1, 0, 0, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
]


async def test_a_time_wanted_as_written_is_what_the_answer_would_show(storage: Storage) -> None:
    async with storage.writing() as work:
        await work.put(DebateRow, [debate(DEBATE_ID, opens_at=MOMENTS[1])])
        await work.put(CommentRow, [comment(DEBATE_ID, at, created_at=moment) for at, moment in enumerate(MOMENTS)])
    opened = Join("debate_id", DEBATE, col(DebateRow.id), Wanted((f"opens_at{WRITTEN}",)))
    plain = Wanted(("created_at",))
    for joins in ((), (opened,)):
        wanted = Wanted((f"created_at{WRITTEN}", f"hidden_at{WRITTEN}"), joins)
        for (prepared, values), (read_plainly, _) in zip(every(storage, wanted), every(storage, plain), strict=True):
            times = [row["created_at"] for row in read_plainly.rows(await storage.fetch(read_plainly, values))]
            assert sorted(times) == times == sorted(MOMENTS)
            rows = prepared.rows(await storage.fetch(prepared, values))
            assert [encoded(row[f"created_at{WRITTEN}"]) for row in rows] == [encoded(time) for time in times]
            assert {row[f"hidden_at{WRITTEN}"] for row in rows} == {None}
            if joins:
                assert {encoded(list(row.values())[-1]) for row in rows} == {encoded(MOMENTS[1])}
