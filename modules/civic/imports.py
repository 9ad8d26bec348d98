"""Debates with their comments and reactions, brought in together from elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col

from modules.civic.counts import recount
from modules.civic.tables import CommentRow, DebateRow, HiddenTextRow, HideReason, ReactionKind, ReactionRow
from modules.kernel.search import searchable
from modules.kernel.storage import OnProgress, Work
from modules.kernel.tables import pick

__all__ = ["Comment", "Debate", "Hidden", "HideReason", "OnProgress", "Reaction", "ReactionKind", "put_debates"]


_STEP = 1_000  # rows between two words of progress


@dataclass(frozen=True, slots=True)
class Debate:
    """A debate of another source. `opened_by` is a person's key; without `closes_at` it has no end."""

    id: UUID
    municipality_id: str
    title: str
    body: str
    opened_by: UUID | None
    opens_at: datetime
    closes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hidden:
    """A moderator's decision. `by` is the moderator's key, None when that is not known."""

    at: datetime
    reason: HideReason
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of another source; how deep it stands follows from its parents.

    `supported` and `opposed` are votes that the source had counted without telling whose they are.
    """

    id: UUID
    debate_id: UUID
    parent_id: UUID | None
    author_id: UUID | None
    body: str
    created_at: datetime
    supported: int = 0
    opposed: int = 0
    hidden: Hidden | None = None


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a person thinks of a comment: one for each comment and person."""

    comment_id: UUID
    person_id: UUID
    kind: ReactionKind


async def put_debates(
    work: Work,
    debates: Sequence[Debate],
    comments: Sequence[Comment],
    reactions: Sequence[Reaction] = (),
    on_progress: OnProgress = lambda done, total: None,
) -> None:
    """Write debates, comments on them (each after its parent) and reactions to these comments.

    What is there already is brought up to date, but what was decided here stays: the end of a debate, a hidden comment.
    Nothing is announced: who looks at one of these debates queries again. Progress counts comments.
    """
    await work.put(DebateRow, [_debate_row(debate) for debate in debates], fixed=("closes_at",))
    rows, decided = _comment_rows(debates, comments), ("support_count", "oppose_count", *_HIDDEN)
    texts = await _take_hidden(work, rows)
    await work.put(CommentRow, rows, fixed=decided, on_progress=on_progress)
    for start in range(0, len(texts), _STEP):
        await work.run(work.insert(HiddenTextRow).values(texts[start : start + _STEP]).on_conflict_do_nothing())
    told = [{"comment_id": each.comment_id, "person_id": each.person_id, "kind": each.kind} for each in reactions]
    await work.put(ReactionRow, told, key=("comment_id", "person_id"))
    for start in range(0, len(rows), _STEP):
        await recount(work, col(CommentRow.id).in_([row["id"] for row in rows[start : start + _STEP]]))


_HIDDEN = ("hidden_at", "hidden_reason", "hidden_by")


async def _take_hidden(work: Work, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Take the texts out of rows of comments that are hidden, there or here: as rows of their own."""
    hidden = {row["id"] for row in rows if row["hidden_at"]}
    for start in range(0, len(rows), _STEP):
        ours = col(CommentRow.id).in_([row["id"] for row in rows[start : start + _STEP]])
        found = await work.rows(pick(CommentRow, "id").where(ours, col(CommentRow.hidden_at).is_not(None)))
        hidden.update(row["id"] for row in found)
    texts = []
    for row in rows:
        if row["id"] in hidden:
            texts.append(
                {"comment_id": row["id"]} | {name: row[name] for name in ("municipality_id", "author_id", "body")}
            )
            row["body"] = ""
    return texts


def _debate_row(debate: Debate) -> dict[str, Any]:
    return {
        "id": debate.id,
        "municipality_id": debate.municipality_id,
        "title": debate.title,
        "body": debate.body,
        "opened_by": debate.opened_by,
        "opens_at": debate.opens_at,
        "closes_at": debate.closes_at,
        "search_text": searchable(debate.title, debate.body),
    }


def _comment_rows(debates: Sequence[Debate], comments: Sequence[Comment]) -> list[dict[str, Any]]:
    """Rows with their municipality and depth. A debate or parent that is not given here is a KeyError."""
    municipalities = {debate.id: debate.municipality_id for debate in debates}
    depths: dict[UUID, int] = {}
    rows = []
    for comment in comments:
        depths[comment.id] = 0 if comment.parent_id is None else depths[comment.parent_id] + 1
        rows.append(_comment_row(comment, municipalities[comment.debate_id], depths[comment.id]))
    return rows


def _comment_row(comment: Comment, municipality_id: str, depth: int) -> dict[str, Any]:
    hidden = comment.hidden
    return {
        "id": comment.id,
        "debate_id": comment.debate_id,
        "municipality_id": municipality_id,
        "parent_id": comment.parent_id,
        "author_id": comment.author_id,
        "depth": depth,
        "body": comment.body,
        "created_at": comment.created_at,
        "support_count": 0,
        "oppose_count": 0,
        "source_support_count": comment.supported,
        "source_oppose_count": comment.opposed,
        "hidden_at": hidden.at if hidden else None,
        "hidden_reason": hidden.reason if hidden else None,
        "hidden_by": hidden.by if hidden else None,
    }
