"""The files of Decide Madrid (proposals.csv and comments.csv): citizens' proposals of a city with their comments.

Each proposal becomes a debate. The files name nobody: people are known by their number alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from modules.civic.imports import Comment, Debate
from modules.civic.rules import LONGEST_BODY, LONGEST_TITLE
from modules.kernel import keys
from modules.kernel.tabular import BadFile, Circle, Problem, parents_first, read_csv, refuse

PROPOSALS = ("id", "title", "userId", "date", "summary", "text", "status")
COMMENTS = ("id", "parentId", "proposalId", "userId", "date", "time", "text", "numPositiveVotes", "numNegativeVotes")

_NUMBER = re.compile(r"[0-9]{1,9}")
_DATE = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"0 days ([0-9]{2}:[0-9]{2}:[0-9]{2})")
_STATES = ("archived", "open")
_TOP = "-1"

Row = Mapping[str, str]
Placed = dict[str, tuple[int, Row]]  # rows with their lines, by id


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who proposed or commented; `joined_at` is the first time that is known of."""

    id: UUID
    name: str
    joined_at: datetime


@dataclass(frozen=True)
class Archive:
    """What the files have. Comments come each after its parent; `reported` is what was kept though it is not right.

    `proposals` are the keys of debates by the number that the files know them by.
    """

    authors: list[Author]
    debates: list[Debate]
    comments: list[Comment]
    proposals: dict[str, UUID]
    reported: list[Problem]


def read_decide_madrid(proposals: Path, comments: Path, municipality_id: str) -> Archive:
    """Both files, whole. Keys are derived, so that the same files for the same municipality have the same keys.

    A comment whose parent is missing is kept at the top level of its debate, one without text is kept empty; both are
    reported. Raises BadFile with everything else that is wrong.
    """
    problems: list[Problem] = []
    asked = _checked(proposals, PROPOSALS, problems)
    said = _checked(comments, COMMENTS, problems)
    problems += [
        Problem(comments.name, line, "proposalId", f"{proposals.name} has no such proposal", row["proposalId"])
        for line, row in said.values()
        if row["proposalId"] not in asked
    ]
    refuse(problems)
    return _archive(f"decide-madrid:{municipality_id}", municipality_id, asked, said, comments)


def _checked(path: Path, columns: tuple[str, ...], problems: list[Problem]) -> Placed:
    """The rows of a file, by id. What is wrong with them is added to the problems."""
    found: Placed = {}
    for line, row in read_csv(path, columns, problems):
        faults = _faults(row)
        if row["id"] in found:
            faults["id"] = f"is on line {found[row['id']][0]} already"
        problems += [Problem(path.name, line, field, reason, row[field]) for field, reason in faults.items()]
        found.setdefault(row["id"], (line, row))
    return found


def _faults(row: Row) -> dict[str, str]:
    """What is wrong with a row of either file: the reason by field."""
    found = {
        field: "is not a whole number"
        for field in ("id", "proposalId", "userId", "numPositiveVotes", "numNegativeVotes")
        if not _NUMBER.fullmatch(row.get(field, "0"))
    }
    if row.get("parentId", _TOP) != _TOP and not _NUMBER.fullmatch(row["parentId"]):
        found["parentId"] = f"is neither a whole number nor {_TOP} for none"
    if not _DATE.fullmatch(row["date"]) or not _exists(row["date"]):
        found["date"] = "is not a date like 2015-09-15"
    if "time" in row and not ((clock := _TIME.fullmatch(row["time"])) and _exists(f"2000-01-01T{clock[1]}")):
        found["time"] = "is not a time like 0 days 10:50:19"
    if row.get("status", "open") not in _STATES:
        found["status"] = f"is none of {', '.join(_STATES)}"
    if not 0 < len(row.get("title", "-").strip()) <= LONGEST_TITLE:
        found["title"] = f"does not have 1 to {LONGEST_TITLE} characters"
    if len(row.get("summary", "")) + len(row["text"]) > LONGEST_BODY:
        found["text"] = f"is longer than {LONGEST_BODY:,} characters"
    return found


def _exists(moment: str) -> bool:
    try:
        datetime.fromisoformat(moment)
    except ValueError:
        return False
    return True


def _archive(source: str, municipality_id: str, asked: Placed, said: Placed, file: Path) -> Archive:
    reported: list[Problem] = []
    parents = {number: _parent(number, said, file, reported) for number in said}
    reported += [
        Problem(file.name, line, "text", "there is no text; kept empty")
        for line, row in said.values()
        if not row["text"].strip()
    ]
    comments = [_comment(source, said[number][1], parents[number]) for number in _in_order(parents, said, file)]
    last: dict[UUID, datetime] = {}
    for comment in comments:
        last[comment.debate_id] = max(comment.created_at, last.get(comment.debate_id, comment.created_at))
    debates = {number: _debate(source, row, municipality_id, last) for number, (_, row) in asked.items()}
    return Archive(
        authors=_authors(source, asked, said),
        debates=list(debates.values()),
        comments=comments,
        proposals={number: debate.id for number, debate in debates.items()},
        reported=sorted(reported, key=lambda problem: problem.line),
    )


def _parent(number: str, said: Placed, file: Path, reported: list[Problem]) -> str | None:
    """The number of the comment that a comment answers; None, and reported, when its proposal has no such comment."""
    line, row = said[number]
    above = said.get(row["parentId"])
    if above is not None and above[1]["proposalId"] == row["proposalId"]:
        return row["parentId"]
    if row["parentId"] != _TOP:
        reason = "the proposal has no such comment; kept at the top level"
        reported.append(Problem(file.name, line, "parentId", reason, row["parentId"]))
    return None


def _in_order(parents: Mapping[str, str | None], said: Placed, file: Path) -> list[str]:
    """By the order of the file where parents stand before their answers, as they do; else parents first."""
    seen: set[str] = set()
    for number, parent in parents.items():
        if parent is not None and parent not in seen:
            break
        seen.add(number)
    else:
        return list(parents)
    try:
        return parents_first(parents)
    except Circle as circle:
        line, row = said[circle.key]
        reason = "the comment answers, through its parents, itself"
        raise BadFile([Problem(file.name, line, "parentId", reason, row["parentId"])]) from None


def _comment(source: str, row: Row, parent: str | None) -> Comment:
    return Comment(
        id=_key(source, "comment", row["id"]),
        debate_id=_key(source, "proposal", row["proposalId"]),
        parent_id=None if parent is None else _key(source, "comment", parent),
        author_id=_key(source, "person", row["userId"]),
        body=row["text"].strip(),
        created_at=_moment(row),
        supported=int(row["numPositiveVotes"]),
        opposed=int(row["numNegativeVotes"]),
    )


def _debate(source: str, row: Row, municipality_id: str, last: Mapping[UUID, datetime]) -> Debate:
    """An archived proposal closed at the end of the day of its last comment; without comments, of its own day."""
    key, opens_at = _key(source, "proposal", row["id"]), _moment(row)
    texts = (row["summary"].strip(), row["text"].strip())
    return Debate(
        id=key,
        municipality_id=municipality_id,
        title=row["title"].strip(),
        body="\n\n".join(text for text in texts if text),
        opened_by=_key(source, "person", row["userId"]),
        opens_at=opens_at,
        closes_at=_end_of_day(max(opens_at, last.get(key, opens_at))) if row["status"] == "archived" else None,
    )


def _authors(source: str, asked: Placed, said: Placed) -> list[Author]:
    joined: dict[str, datetime] = {}
    for _, row in (*asked.values(), *said.values()):
        joined[row["userId"]] = min(_moment(row), joined.get(row["userId"], _moment(row)))
    return [Author(_key(source, "person", user), f"Participante {user}", at) for user, at in joined.items()]


def _moment(row: Row) -> datetime:
    """When a row was written; a proposal tells its day alone, that is its first moment."""
    written = datetime.fromisoformat(f"{row['date']}T{row.get('time', '0 days 00:00:00').removeprefix('0 days ')}")
    return written.replace(tzinfo=_local()).astimezone(UTC)


def _end_of_day(at: datetime) -> datetime:
    following = at.astimezone(_local()).date() + timedelta(days=1)
    return datetime.combine(following, time(), _local()).astimezone(UTC)


def _local() -> ZoneInfo:
    return ZoneInfo("Europe/Madrid")  # asked when needed: a machine without time zones still serves


def _key(source: str, kind: str, number: str) -> UUID:
    return keys.derived(source, f"{kind}:{number}")
