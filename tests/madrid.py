"""Files in the form of Decide Madrid, made up."""

import csv
from collections.abc import Sequence
from pathlib import Path

Row = dict[str, str]

PROPOSAL: Row = {
    "": "0",
    "id": "7",
    "title": "Limpiar las calles",
    "userId": "1",
    "date": "2015-09-15",
    "summary": "Algo tan básico como limpiar.",
    "text": "",
    "status": "archived",
}
COMMENT: Row = {
    "": "0",
    "id": "100",
    "parentId": "-1",
    "proposalId": "7",
    "userId": "2",
    "date": "2015-09-15",
    "time": "0 days 10:50:19",
    "text": "De acuerdo.",
    "numPositiveVotes": "3",
    "numNegativeVotes": "1",
}
THREAD: tuple[Row, ...] = (
    COMMENT,
    COMMENT | {"id": "101", "parentId": "100", "userId": "1", "time": "0 days 10:50:29", "text": ""},
    COMMENT | {"id": "102", "parentId": "101", "userId": "3", "date": "2015-09-16", "text": "¿Y los domingos?"},
    COMMENT | {"id": "103", "parentId": "99", "userId": "2", "date": "2015-09-17"},
)


def write_madrid(
    folder: Path, comments: Sequence[Row] = THREAD, proposals: Sequence[Row] = (PROPOSAL,)
) -> tuple[Path, Path]:
    """proposals.csv and comments.csv. The second line of a file is its first row."""
    return _write(folder / "proposals.csv", proposals), _write(folder / "comments.csv", comments)


def _write(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
