"""What people do in debates."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from modules.civic import events, policy, rules
from modules.civic.counts import recount
from modules.civic.ports import Municipalities, Organisations
from modules.civic.tables import CommentRow, DebateRow, HiddenTextRow, HideReason, ReactionKind, ReactionRow
from modules.kernel import clock, keys
from modules.kernel.audit import Act
from modules.kernel.policy import Viewer
from modules.kernel.refusals import InvalidInput, NotAllowed, NotFound
from modules.kernel.search import searchable
from modules.kernel.storage import Row, Work
from modules.kernel.tables import pick


@dataclass(frozen=True)
class InNameOf:
    """The organisation that somebody wants to speak for, and who tells whether they may."""

    organisation_id: UUID
    organisations: Organisations


async def start_debate(
    work: Work,
    viewer: Viewer,
    places: Municipalities,
    *,
    municipality_id: str,
    title: str,
    body: str,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    in_name_of: InNameOf | None = None,
) -> UUID:
    """Open a debate, now or at `opens_at`; its key. Raises NotSignedIn, NotAllowed or InvalidInput."""
    opened_by, now = policy.may_start_debate(viewer), clock.now()
    title, body = _text(title, "title", rules.LONGEST_TITLE), _text(body, "body", rules.LONGEST_BODY)
    opens_at = _opening(opens_at, closes_at, now)
    if not await places.exists(work, municipality_id):
        raise InvalidInput(field="municipalityId", message="There is no such municipality.")
    debate = DebateRow(
        id=keys.new(),
        municipality_id=municipality_id,
        title=title,
        body=body,
        opened_by=opened_by,
        organisation_id=await _speaks_for(work, opened_by, in_name_of),
        opens_at=opens_at,
        closes_at=closes_at,
        search_text=searchable(title, body),
    )
    work.session.add(debate)
    return debate.id


async def close_debate(work: Work, viewer: Viewer, debate_id: UUID) -> None:
    """Close an open debate now. Raises NotSignedIn, NotFound, NotAllowed or DebateNotOpen."""
    debate = await _debate(work, debate_id, changing=True)
    actor_id = policy.may_close(viewer, debate)
    own = (col(DebateRow.id) == debate_id, col(DebateRow.municipality_id) == debate["municipality_id"])
    await work.run(sa.update(DebateRow).where(*own).values(closes_at=clock.now()))
    work.record(events.DebateClosed(debate_id))
    if debate["opened_by"] != actor_id:  # who opened it needs no office to close it
        subject, place = keys.encode("Debate", debate_id), debate["municipality_id"]
        work.audit(Act("closeDebate", place, actor_id, subject, debate["opened_by"]))


async def add_comment(
    work: Work,
    viewer: Viewer,
    *,
    debate_id: UUID,
    parent_id: UUID | None,
    body: str,
    in_name_of: InNameOf | None = None,
) -> UUID:
    """Write a comment, or an answer to one; its key.

    Raises NotSignedIn, NotAllowed, InvalidInput, NotFound or DebateNotOpen.
    """
    body = _text(body, "body", rules.LONGEST_BODY)
    debate = await _debate(work, debate_id)
    author_id = policy.may_comment(viewer, debate)
    comment = CommentRow(
        id=keys.new(),
        debate_id=debate_id,
        municipality_id=debate["municipality_id"],
        parent_id=parent_id,
        author_id=author_id,
        organisation_id=await _speaks_for(work, author_id, in_name_of),
        depth=0 if parent_id is None else await _depth(work, debate_id, parent_id) + 1,
        body=body,
        created_at=clock.now(),
    )
    work.session.add(comment)
    await work.session.flush()
    work.record(events.CommentAdded(debate_id, comment.id))
    return comment.id


async def react(work: Work, viewer: Viewer, comment_id: UUID, kind: ReactionKind | None) -> None:
    """Support or oppose a comment, or take that back with None. Raises NotSignedIn, NotFound or DebateNotOpen."""
    comment = await _comment(work, comment_id)
    person_id = policy.may_react(viewer, comment, await _debate(work, comment["debate_id"]))
    if kind is None:
        own = (col(ReactionRow.comment_id) == comment_id, col(ReactionRow.person_id) == person_id)
        await work.run(sa.delete(ReactionRow).where(*own))
    else:
        row = {"comment_id": comment_id, "person_id": person_id, "kind": kind}
        await work.put(ReactionRow, [row], key=("comment_id", "person_id"))
    await recount(work, col(CommentRow.id) == comment_id)
    work.record(events.CommentReacted(comment["debate_id"], comment_id))


async def hide_comment(work: Work, viewer: Viewer, comment_id: UUID, reason: HideReason) -> None:
    """Take a comment's text from view, behind the wall. Raises NotSignedIn, NotFound or NotAllowed. Again is no error, and no news."""
    comment = await _comment(work, comment_id)
    moderator_id = policy.may_hide(viewer, comment)
    shown = (
        col(CommentRow.id) == comment_id,
        col(CommentRow.municipality_id) == comment["municipality_id"],
        col(CommentRow.hidden_at).is_(None),
    )
    hidden = {"body": "", "hidden_at": clock.now(), "hidden_reason": reason, "hidden_by": moderator_id}
    text = pick(CommentRow, "id", "municipality_id", "author_id", "body").where(*shown)
    kept = sa.insert(HiddenTextRow).from_select(["comment_id", "municipality_id", "author_id", "body"], text)
    if await work.run(kept):
        await work.run(sa.update(CommentRow).where(*shown).values(hidden))
        work.record(events.CommentHidden(comment["debate_id"], comment_id))
        work.record(events.CountsHidden(comment["debate_id"], comment_id))
        subject, place = keys.encode("Comment", comment_id), comment["municipality_id"]
        work.audit(Act("hideComment", place, moderator_id, subject, comment["author_id"], reason=reason.name))


async def _speaks_for(work: Work, person_id: UUID, in_name_of: InNameOf | None) -> UUID | None:
    """In whose name it is said, None when in the person's own; kept as it is now, whoever leaves later. Raises NotAllowed."""
    if in_name_of is None:
        return None
    if not await in_name_of.organisations.may_speak(work, person_id, in_name_of.organisation_id):
        raise NotAllowed(message="You may not speak for this organisation: admins of a verified one may.")
    return in_name_of.organisation_id


async def _debate(work: Work, debate_id: UUID, *, changing: bool = False) -> Row:
    """The debate, kept from changing by others until this work ends."""
    columns = pick(DebateRow, "id", "municipality_id", "opened_by", "opens_at", "closes_at")
    debate = await work.row(columns.where(col(DebateRow.id) == debate_id).with_for_update(read=not changing))
    if debate is None:
        raise NotFound(message="There is no such debate.")
    return debate


async def _comment(work: Work, comment_id: UUID) -> Row:
    """The comment, locked: its reactions are counted under this lock."""
    columns = pick(CommentRow, "id", "debate_id", "municipality_id", "author_id", "hidden_at")
    comment = await work.row(columns.where(col(CommentRow.id) == comment_id).with_for_update())
    if comment is None:
        raise NotFound(message="There is no such comment.")
    return comment


async def _depth(work: Work, debate_id: UUID, comment_id: UUID) -> int:
    statement = pick(CommentRow, "depth").where(
        col(CommentRow.id) == comment_id, col(CommentRow.debate_id) == debate_id
    )
    depth: int | None = await work.value(statement)
    if depth is None:
        raise InvalidInput(field="parentId", message="The comment that this answers is not in this debate.")
    return depth


def _opening(opens_at: datetime | None, closes_at: datetime | None, now: datetime) -> datetime:
    """When it opens: not before now. Raises InvalidInput."""
    for field, at in (("opensAt", opens_at), ("closesAt", closes_at)):
        if at is not None and at > now + rules.FURTHEST_AHEAD:
            raise InvalidInput(field=field, message=f"`{field}` is at most 5 years ahead.")
    opens_at = max(opens_at or now, now)
    if closes_at is not None and closes_at <= opens_at:
        raise InvalidInput(field="closesAt", message="A debate closes after it opens.")
    return opens_at


def _text(text: str, field: str, longest: int) -> str:
    tidy = rules.tidy_text(text, longest)
    if tidy is None:
        raise InvalidInput(field=field, message=f"`{field}` has 1 to {longest:,} characters.")
    return tidy
