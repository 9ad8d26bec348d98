"""Decide Madrid: the real files whole, and files that cannot be taken."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import pytest
import sqlalchemy as sa
from sqlmodel import col

from gateway.commands.importing import put_authors
from modules.civic import actions
from modules.civic.decide_madrid import Archive, read_decide_madrid
from modules.civic.imports import put_debates
from modules.civic.tables import CommentRow, DebateRow, HideReason, ReactionKind
from modules.identity.tables import PersonRow
from modules.kernel import keys
from modules.kernel.policy import Role, Viewer
from modules.kernel.storage import Row, Storage
from modules.kernel.tables import pick
from modules.kernel.tabular import BadFile
from tests.asking import Ask
from tests.contents import announced, contents
from tests.madrid import COMMENT, PROPOSAL, THREAD, write_madrid
from tests.people import KYIV, People
from tests.real_data import real_file

MADRID = "ES-28079"


async def bring_in(storage: Storage, archive: Archive) -> None:
    async with storage.writing() as work:
        await put_authors(work, archive.authors, archive.debates[0].municipality_id)
        await put_debates(work, archive.debates, archive.comments)


async def comments(storage: Storage) -> Sequence[Row]:
    columns = pick(CommentRow, "id", "parent_id", "depth", "body", "support_count", "oppose_count", "debate_id")
    async with storage.reading() as read:
        return await read.rows(columns.order_by(col(CommentRow.created_at), col(CommentRow.id)))


async def count(storage: Storage, table: type) -> int:
    async with storage.reading() as read:
        return int(await read.value(sa.select(sa.func.count()).select_from(table)))


def real_archive() -> Archive:
    return read_decide_madrid(real_file("decide-madrid/proposals.csv"), real_file("decide-madrid/comments.csv"), MADRID)


def small_archive(folder: Path, municipality: str = MADRID) -> Archive:
    return read_decide_madrid(*write_madrid(folder), municipality)


def test_the_real_files_are_read_whole() -> None:
    archive = real_archive()
    assert (len(archive.debates), len(archive.comments)) == (80, 5_633)
    assert len({comment.author_id for comment in archive.comments}) == 2_251
    assert len(archive.authors) == 2_272  # with those who proposed and did not comment
    assert Counter(problem.field for problem in archive.reported) == {"parentId": 268, "text": 62}
    assert str(archive.reported[0]) == (
        "comments.csv, line 67, parentId «17710»: the proposal has no such comment; kept at the top level"
    )
    assert sum(comment.parent_id is None for comment in archive.comments) == 2_931
    assert sum(debate.closes_at is None for debate in archive.debates) == 5
    assert sum(comment.supported for comment in archive.comments) == 10_967
    assert sum(comment.opposed for comment in archive.comments) == 4_204


async def test_the_real_files_come_in_and_a_second_time_changes_nothing(storage: Storage) -> None:
    people, archive, began = await count(storage, PersonRow), real_archive(), process_time()
    await bring_in(storage, archive)
    assert process_time() - began < 3
    rows, first = await comments(storage), await contents(storage)
    assert await count(storage, DebateRow) == 80
    assert await count(storage, PersonRow) == people + 2_272
    assert len(rows) == 5_633
    assert {row["id"]: row["parent_id"] for row in rows} == {each.id: each.parent_id for each in archive.comments}
    depths = {row["id"]: row["depth"] for row in rows}
    assert all(row["depth"] == (depths[row["parent_id"]] + 1 if row["parent_id"] else 0) for row in rows)
    assert max(depths.values()) == 24
    assert sum(row["support_count"] for row in rows) == 10_967
    assert sum(row["oppose_count"] for row in rows) == 4_204
    assert sum(not row["body"] for row in rows) == 62

    await bring_in(storage, real_archive())
    assert await contents(storage) == first
    assert await announced(storage) == []


async def test_what_the_graph_shows_of_it(storage: Storage, ask: Ask, tmp_path: Path) -> None:
    archive = small_archive(tmp_path)
    await bring_in(storage, archive)
    shown = await ask(
        """query($id: ID!) { debate(id: $id) {
            title body state opensAt closesAt commentCount openedBy { name } municipality { code name category }
            comments(first: 5) { edges { node { body supportCount opposeCount depth createdAt author { name }
                replies(first: 5) { edges { node { body depth replies(first: 5) { edges { node { body depth } } } } } } } } } } }""",
        {"id": keys.encode("Debate", archive.proposals["7"])},
    )
    ending = {"edges": [{"node": {"body": "¿Y los domingos?", "depth": 2}}]}
    assert shown["debate"] == {
        "title": "Limpiar las calles",
        "body": "Algo tan básico como limpiar.",
        "state": "CLOSED",
        "opensAt": "2015-09-14T22:00:00Z",
        "closesAt": "2015-09-17T22:00:00Z",
        "commentCount": 4,
        "openedBy": {"name": "Participante 1"},
        "municipality": {"code": MADRID, "name": "Madrid", "category": "CITY"},
        "comments": {
            "edges": [
                {
                    "node": {
                        "body": "De acuerdo.",
                        "supportCount": 3,
                        "opposeCount": 1,
                        "depth": 0,
                        "createdAt": created_at,
                        "author": {"name": "Participante 2"},
                        "replies": {"edges": replies},
                    }
                }
                for created_at, replies in (
                    ("2015-09-15T08:50:19Z", [{"node": {"body": "", "depth": 1, "replies": ending}}]),
                    ("2015-09-17T08:50:19Z", []),
                )
            ]
        },
    }


async def test_reactions_count_on_from_what_the_source_had_counted(
    storage: Storage, people: People, tmp_path: Path
) -> None:
    proposals, said = write_madrid(tmp_path, proposals=[PROPOSAL | {"status": "open"}])
    archive = read_decide_madrid(proposals, said, MADRID)
    comment = archive.comments[0].id

    async def counts(kind: ReactionKind | None) -> tuple[int, int]:
        async with storage.writing() as work:
            await actions.react(work, people.mira, comment, kind)
        (row,) = (row for row in await comments(storage) if row["id"] == comment)
        return row["support_count"], row["oppose_count"]

    await bring_in(storage, archive)
    assert await counts(ReactionKind.OPPOSE) == (3, 2)
    assert await counts(ReactionKind.SUPPORT) == (4, 1)
    before = await contents(storage)
    await bring_in(storage, archive)
    assert await contents(storage) == before
    assert await counts(None) == (3, 1)


async def test_what_was_decided_here_stays(storage: Storage, tmp_path: Path) -> None:
    proposals, said = write_madrid(tmp_path, proposals=[PROPOSAL | {"status": "open"}])
    archive = read_decide_madrid(proposals, said, MADRID)
    await bring_in(storage, archive)
    official = Viewer(person_id=archive.authors[0].id, roles=frozenset({(Role.OFFICIAL, MADRID)}))
    async with storage.writing() as work:
        await actions.hide_comment(work, official, archive.comments[0].id, HideReason.SPAM)
        await actions.close_debate(work, official, archive.debates[0].id)
    before = await contents(storage)
    await bring_in(storage, archive)
    assert await contents(storage) == before


async def test_a_newer_file_brings_what_is_there_up_to_date(storage: Storage, tmp_path: Path) -> None:
    await bring_in(storage, small_archive(tmp_path))
    newer = [COMMENT | {"text": "Muy de acuerdo.", "numPositiveVotes": "5"}, *THREAD[1:]]
    await bring_in(storage, read_decide_madrid(*write_madrid(tmp_path, newer), MADRID))
    first, *rest = await comments(storage)
    assert (first["body"], first["support_count"], first["oppose_count"], len(rest)) == ("Muy de acuerdo.", 5, 1, 3)


async def test_two_municipalities_have_their_own_copies(storage: Storage, tmp_path: Path) -> None:
    await bring_in(storage, small_archive(tmp_path))
    await bring_in(storage, small_archive(tmp_path, KYIV))
    assert await count(storage, DebateRow) == 2
    assert await count(storage, CommentRow) == 8


async def test_an_archive_that_fails_on_its_way_leaves_nothing(storage: Storage, tmp_path: Path) -> None:
    before, archive = await contents(storage), small_archive(tmp_path)
    missing = replace(archive.comments[-1], parent_id=keys.new())
    with pytest.raises(KeyError):
        await bring_in(storage, replace(archive, comments=[*archive.comments[:-1], missing]))
    assert await contents(storage) == before


@pytest.mark.parametrize(
    ("date", "time", "at"),
    [
        ("2016-07-01", "00:30:00", datetime(2016, 6, 30, 22, 30, tzinfo=UTC)),
        ("2016-12-01", "23:59:59", datetime(2016, 12, 1, 22, 59, 59, tzinfo=UTC)),
        ("2016-03-27", "01:59:59", datetime(2016, 3, 27, 0, 59, 59, tzinfo=UTC)),
        ("2016-03-27", "03:00:00", datetime(2016, 3, 27, 1, tzinfo=UTC)),
    ],
)
def test_times_are_those_of_madrid(tmp_path: Path, date: str, time: str, at: datetime) -> None:
    files = write_madrid(tmp_path, [COMMENT | {"date": date, "time": f"0 days {time}"}])
    (comment,) = read_decide_madrid(*files, MADRID).comments
    assert comment.created_at == at
    assert comment.created_at.tzinfo is UTC


def test_a_proposal_closes_after_the_day_of_its_last_comment(tmp_path: Path) -> None:
    proposals = [PROPOSAL, PROPOSAL | {"id": "8"}, PROPOSAL | {"id": "9", "status": "open"}]
    said = [COMMENT | {"date": "2016-12-01", "time": "0 days 23:30:00"}]
    archive = read_decide_madrid(*write_madrid(tmp_path, said, proposals), MADRID)
    assert [debate.closes_at for debate in archive.debates] == [
        datetime(2016, 12, 1, 23, tzinfo=UTC),
        datetime(2015, 9, 15, 22, tzinfo=UTC),  # without comments: the end of its own day
        None,
    ]


def test_the_summary_and_the_text_make_the_body(tmp_path: Path) -> None:
    files = write_madrid(tmp_path, proposals=[PROPOSAL | {"text": " Dos veces al día. "}])
    (debate,) = read_decide_madrid(*files, MADRID).debates
    assert debate.body == "Algo tan básico como limpiar.\n\nDos veces al día."


def test_a_parent_on_another_proposal_is_no_parent(tmp_path: Path) -> None:
    said = [COMMENT, COMMENT | {"id": "101", "parentId": "100", "proposalId": "8"}]
    archive = read_decide_madrid(*write_madrid(tmp_path, said, [PROPOSAL, PROPOSAL | {"id": "8"}]), MADRID)
    assert [comment.parent_id for comment in archive.comments] == [None, None]
    assert [(each.line, each.field, each.value) for each in archive.reported] == [(3, "parentId", "100")]


def test_an_answer_may_stand_before_what_it_answers(tmp_path: Path) -> None:
    said = [COMMENT | {"id": "102", "parentId": "101"}, COMMENT | {"id": "101", "parentId": "100"}, COMMENT]
    archive = read_decide_madrid(*write_madrid(tmp_path, said), MADRID)
    assert archive.reported == []
    first, second, third = archive.comments
    assert (first.parent_id, second.parent_id, third.parent_id) == (None, first.id, second.id)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"id": "x1"}, "comments.csv, line 3, id «x1»: is not a whole number"),
        ({"id": "100"}, "comments.csv, line 3, id «100»: is on line 2 already"),
        ({"proposalId": "8"}, "comments.csv, line 3, proposalId «8»: proposals.csv has no such proposal"),
        ({"userId": ""}, "comments.csv, line 3, userId: is not a whole number"),
        ({"userId": "٣"}, "comments.csv, line 3, userId «٣»: is not a whole number"),
        ({"parentId": "-2"}, "comments.csv, line 3, parentId «-2»: is neither a whole number nor -1 for none"),
        ({"parentId": "101"}, "comments.csv, line 3, parentId «101»: the comment answers, through its parents, itself"),
        ({"date": "2015-02-30"}, "comments.csv, line 3, date «2015-02-30»: is not a date like 2015-09-15"),
        ({"date": "9999-12-31"}, "comments.csv, line 3, date «9999-12-31»: is not a date like 2015-09-15"),
        ({"time": "10:50:19"}, "comments.csv, line 3, time «10:50:19»: is not a time like 0 days 10:50:19"),
        (
            {"time": "0 days 24:00:00"},
            "comments.csv, line 3, time «0 days 24:00:00»: is not a time like 0 days 10:50:19",
        ),
        ({"numPositiveVotes": "-1"}, "comments.csv, line 3, numPositiveVotes «-1»: is not a whole number"),
        ({"numNegativeVotes": "1.5"}, "comments.csv, line 3, numNegativeVotes «1.5»: is not a whole number"),
        ({"text": "a" * 10_001}, f"comments.csv, line 3, text «{'a' * 60}»: is longer than 10,000 characters"),
    ],
)
def test_a_wrong_comment_is_told_by_its_line(tmp_path: Path, wrong: dict[str, str], told: str) -> None:
    files = write_madrid(tmp_path, [COMMENT, COMMENT | {"id": "101"} | wrong])
    with pytest.raises(BadFile) as refused:
        read_decide_madrid(*files, MADRID)
    assert str(refused.value) == told


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"title": " "}, "proposals.csv, line 3, title « »: does not have 1 to 200 characters"),
        ({"status": "gone"}, "proposals.csv, line 3, status «gone»: is none of archived, open"),
        ({"date": ""}, "proposals.csv, line 3, date: is not a date like 2015-09-15"),
        ({"id": "7"}, "proposals.csv, line 3, id «7»: is on line 2 already"),
        ({"userId": "?"}, "proposals.csv, line 3, userId «?»: is not a whole number"),
    ],
)
def test_a_wrong_proposal_is_told_by_its_line(tmp_path: Path, wrong: dict[str, str], told: str) -> None:
    files = write_madrid(tmp_path, proposals=[PROPOSAL, PROPOSAL | {"id": "8"} | wrong])
    with pytest.raises(BadFile) as refused:
        read_decide_madrid(*files, MADRID)
    assert str(refused.value) == told


def test_everything_that_is_wrong_in_both_files_is_told_at_once(tmp_path: Path) -> None:
    files = write_madrid(tmp_path, [COMMENT | {"date": "", "time": ""}], [PROPOSAL | {"status": ""}])
    with pytest.raises(BadFile) as refused:
        read_decide_madrid(*files, MADRID)
    assert {(each.file, each.field) for each in refused.value.problems} == {
        ("proposals.csv", "status"),
        ("comments.csv", "date"),
        ("comments.csv", "time"),
    }


def test_columns_that_are_missing_are_named(tmp_path: Path) -> None:
    proposals, _ = write_madrid(tmp_path)
    with pytest.raises(BadFile, match="parentId: the header has no such column"):
        read_decide_madrid(proposals, proposals, MADRID)
