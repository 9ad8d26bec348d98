"""Reading tables that people made: everything that is wrong is told with its place, and nothing is taken by halves."""

import csv
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from io import StringIO
from pathlib import Path

SHOWN = 20
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")  # no database takes NUL


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a value.

    `line` counts from 1, as an editor shows it; 0 is the whole file. `field` is empty when it is the whole line.
    """

    file: str
    line: int
    field: str
    reason: str
    value: str = ""

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        named = f", {self.field}" if self.field else ""
        quoted = f" «{self.value[:60]}»" if self.value else ""
        return f"{place}{named}{quoted}: {self.reason}"


class BadFile(Exception):
    """A file that cannot be taken as it is; says where and why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(problems)

    def __str__(self) -> str:
        more = len(self.problems) - SHOWN
        lines = [str(problem) for problem in self.problems[:SHOWN]]
        return "\n".join([*lines, f"... and {more} more."] if more > 0 else lines)


def refuse(problems: Sequence[Problem]) -> None:
    """Raises BadFile when there is any problem, in the order of their lines."""
    if problems:
        raise BadFile(sorted(problems, key=lambda problem: problem.line))


def read_csv(
    path: Path, columns: Collection[str], problems: list[Problem] | None = None
) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a UTF-8 CSV file as (the line that they begin on, value by column name).

    A row with too few or too many fields is left out and told: added to `problems`, or, without such a list, raised as
    BadFile after the last row. Raises BadFile at once for a file that cannot be opened or read on, and for a header
    without exactly one of each of `columns`; other columns are read too.
    """
    found: list[Problem] = [] if problems is None else problems
    yield from _named(path.name, _rows(path), columns, found)
    if problems is None:
        refuse(found)


def parse_csv(
    text: str, columns: Collection[str], problems: list[Problem], name: str
) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a text in CSV, as `read_csv` reads those of a file; problems call it `name`."""
    yield from _named(name, _fields(name, StringIO(text.removeprefix("\ufeff"), newline="")), columns, problems)


def parents_first(parents: Mapping[str, str | None]) -> list[str]:
    """The keys of a {key: key of its parent} in an order that has each after its parent. Raises Circle."""
    order: TopologicalSorter[str] = TopologicalSorter()
    for key, parent in parents.items():
        order.add(key, *([parent] if parent is not None and parent in parents else []))
    try:
        return list(order.static_order())
    except CycleError as error:
        raise Circle(error.args[1][0]) from None


class Circle(Exception):
    """A thing lies below itself. `key` is one of the circle."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)


def _named(
    name: str, rows: Iterator[tuple[int, list[str]]], columns: Collection[str], problems: list[Problem]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows below their header, which is held against `columns`."""
    _, header = next(rows, (1, []))
    names = [each.strip() for each in header]
    missing = [Problem(name, 1, each, "the header has no such column") for each in columns if each not in names]
    twice = [Problem(name, 1, each, "the header has this column twice") for each in columns if names.count(each) > 1]
    refuse([*missing, *twice])
    for line, fields in rows:
        if len(fields) == len(names):
            yield line, dict(zip(names, fields, strict=True))
        else:
            problems.append(Problem(name, line, "", f"the row has {len(fields)} fields, the header {len(names)}"))


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line that it begins on, fields) of every row that is not blank, the header too."""
    try:
        # Line ends stay as they are inside of quotes; a byte that is not UTF-8 is found, with its line, as a surrogate.
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            yield from _fields(path.name, file)
    except OSError as error:
        raise BadFile([Problem(path.name, 0, "", f"cannot be read: {error.strerror}")]) from error


def _fields(name: str, lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    begins = 1
    try:
        reader = csv.reader(_text(name, lines), strict=True)
        for fields in reader:
            if fields:
                yield begins, fields
            begins = reader.line_num + 1
    except csv.Error as error:
        raise BadFile([Problem(name, begins, "", f"is not CSV: {error}")]) from error


def _text(name: str, lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if _NOT_TEXT.search(line):
            raise BadFile([Problem(name, number, "", "is not text in UTF-8")])
        yield line
