"""How commands tell of long work and of what came of it. Imported when there is something to tell: rich takes its time."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from gateway.commands.program import errors
from modules.kernel.tabular import SHOWN, Problem

OnProgress = Callable[[int, int], None]

console = Console(highlight=False)


@dataclass(frozen=True)
class Counted:
    """One kind of thing in a file: how many were read, and how many of them are new in the database."""

    what: str
    read: int
    new: int


@dataclass(frozen=True)
class Outcome:
    """What came of an import. `reported` is what was taken though it is not right."""

    counted: Sequence[Counted]
    reported: Sequence[Problem] = ()


@contextmanager
def progress(told: str) -> Iterator[OnProgress]:
    """A bar on stderr while the block runs: call it with (done, total)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bars:
        task = bars.add_task(told, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def tell(outcome: Outcome) -> None:
    """The summary of an import."""
    table = Table("", box=None, padding=(0, 3, 0, 0), header_style="dim")
    for heading in ("read", "new", "already there"):
        table.add_column(heading, justify="right")
    for counted in outcome.counted:
        already = counted.read - counted.new
        table.add_row(counted.what, f"{counted.read:,}", f"{counted.new:,}", f"{already:,}")
    console.print(table)
    if outcome.reported:
        console.print(f"\nNot right, and taken all the same: {len(outcome.reported):,}")
    for problem in outcome.reported[:SHOWN]:
        console.print(f"  {problem}", markup=False, soft_wrap=True)
    if len(outcome.reported) > SHOWN:
        console.print(f"  ... and {len(outcome.reported) - SHOWN:,} more.")


def write_report(path: Path, problems: Sequence[Problem]) -> None:
    """All problems as CSV: file, line, field, value, reason. Raises OSError."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "line", "field", "value", "reason"))
        writer.writerows((each.file, each.line, each.field, each.value, each.reason) for each in problems)
