"""The files of Decide Madrid: what is read of them, and what cannot be taken."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from modules.civic.decide_madrid import read_decide_madrid
from modules.kernel.tabular import BadFile
from tests.madrid import COMMENT, PROPOSAL, write_madrid

MADRID = "ES-28079"


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
