"""Reading tables that people made: everything that is wrong is told with its place, and nothing is taken by halves."""

import csv
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
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
    rows = _rows(path)
    _, header = next(rows, (1, []))
    names = [name.strip() for name in header]
    missing = [Problem(path.name, 1, name, "the header has no such column") for name in columns if name not in names]
    twice = [
        Problem(path.name, 1, name, "the header has this column twice") for name in columns if names.count(name) > 1
    ]
    refuse([*missing, *twice])
    for line, fields in rows:
        if len(fields) == len(names):
            yield line, dict(zip(names, fields, strict=True))
        else:
            reason = f"the row has {len(fields)} fields, the header {len(names)}"
            found.append(Problem(path.name, line, "", reason))
    if problems is None:
        refuse(found)


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


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line that it begins on, fields) of every row that is not blank, the header too."""
    begins = 1
    try:
        # Line ends stay as they are inside of quotes; a byte that is not UTF-8 is found, with its line, as a surrogate.
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            reader = csv.reader(_text(path, file), strict=True)
            for fields in reader:
                if fields:
                    yield begins, fields
                begins = reader.line_num + 1
    except OSError as error:
        raise BadFile([Problem(path.name, 0, "", f"cannot be read: {error.strerror}")]) from error
    except csv.Error as error:
        raise BadFile([Problem(path.name, begins, "", f"is not CSV: {error}")]) from error


def _text(path: Path, lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if _NOT_TEXT.search(line):
            raise BadFile([Problem(path.name, number, "", "is not text in UTF-8")])
        yield line
