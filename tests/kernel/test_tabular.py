"""Tables that people made: every wrong place is told, at the line that an editor shows."""

from collections.abc import Callable
from pathlib import Path

import pytest

from modules.kernel.tabular import SHOWN, BadFile, Circle, Problem, parents_first, read_csv

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def problems_of(path: Path, *columns: str) -> list[tuple[int, str, str]]:
    with pytest.raises(BadFile) as refused:
        list(read_csv(path, columns))
    assert {problem.file for problem in refused.value.problems} == {path.name}
    return [(problem.line, problem.field, problem.reason) for problem in refused.value.problems]


def test_rows_come_with_their_lines_and_names(write: Write) -> None:
    path = write('\ufeffcode, name,more\r\n1,Київ,a\r\n\r\n2," Біла ""Церква""",\r\n')
    assert list(read_csv(path, ["code", "name"])) == [
        (2, {"code": "1", "name": "Київ", "more": "a"}),
        (4, {"code": "2", "name": ' Біла "Церква"', "more": ""}),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_is_the_editors_even_after_quoted_line_ends(write: Write, end: str) -> None:
    path = write(end.join(["code,name", '1,"two', 'lines"', "2,x", '3,"a', "", 'b"', "4"]) + end)
    found: list[Problem] = []
    rows = list(read_csv(path, ["code"], found))
    assert [(line, row["code"]) for line, row in rows] == [(2, "1"), (4, "2"), (5, "3")]
    assert rows[0][1]["name"] == f"two{end}lines"
    assert found == [Problem(path.name, 8, "", "the row has 1 fields, the header 2")]


def test_rows_with_too_few_or_too_many_fields_are_told_after_the_last(write: Write) -> None:
    path = write("a,b\n1\n1,2\n1,2,3\n")
    assert problems_of(path, "a") == [
        (2, "", "the row has 1 fields, the header 2"),
        (4, "", "the row has 3 fields, the header 2"),
    ]


@pytest.mark.parametrize("content", ["", "code;name\n", "code\n1\n"])
def test_a_header_without_a_column_is_refused(write: Write, content: str) -> None:
    assert (1, "name", "the header has no such column") in problems_of(write(content), "code", "name")


def test_a_header_with_a_column_twice_is_refused(write: Write) -> None:
    assert problems_of(write("a,b,a\n"), "a", "b") == [(1, "a", "the header has this column twice")]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("a\n1\nКиїв\n".encode("cp1251"), 3),
        ("a\nКиїв\n".encode("utf-16"), 1),
        (b"a\n1\n2\0\n", 3),
        (b"a\n\xed\xa0\x80\n", 2),
    ],
    ids=["cp1251", "utf-16", "nul", "surrogate"],
)
def test_what_is_not_utf_8_is_told_with_its_line(write: Write, content: bytes, line: int) -> None:
    assert problems_of(write(content), "a") == [(line, "", "is not text in UTF-8")]


def test_a_quote_that_is_never_closed_is_told_where_its_row_begins(write: Write) -> None:
    ((line, _, reason),) = problems_of(write('a,b\n1,2\n3,"4\n5,6\n7,8\n'), "a")
    assert line == 3
    assert reason.startswith("is not CSV")


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    assert problems_of(tmp_path / "none.csv")[0] == (0, "", "cannot be read: No such file or directory")
    assert problems_of(tmp_path)[0] == (0, "", "cannot be read: Is a directory")


def test_the_message_shows_the_first_and_counts_the_rest() -> None:
    told = str(BadFile([Problem("f.csv", line, "code", "is wrong", "12") for line in range(1, SHOWN + 4)]))
    assert told.splitlines()[0] == "f.csv, line 1, code «12»: is wrong"
    assert told.splitlines()[SHOWN - 1].startswith(f"f.csv, line {SHOWN},")
    assert told.splitlines()[SHOWN:] == ["... and 3 more."]
    assert str(BadFile([Problem("f.csv", 0, "", "is bad")])) == "f.csv: is bad"


def test_parents_come_first() -> None:
    order = parents_first({"village": "hromada", "hromada": "raion", "raion": None, "city": "elsewhere"})
    assert sorted(order) == ["city", "hromada", "raion", "village"]
    assert order.index("raion") < order.index("hromada") < order.index("village")


def test_a_circle_is_refused() -> None:
    with pytest.raises(Circle) as refused:
        parents_first({"a": "b", "b": "c", "c": "a", "d": None})
    assert refused.value.key in {"a", "b", "c"}
