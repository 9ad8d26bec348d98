"""Graph types of civic: what it owns, and what it adds to people, organisations and municipalities."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from modules.civic import rules
from modules.civic.permissions import permissions_by_comment, permissions_by_debate
from modules.civic.relations import (
    comment_counts_by_debate,
    comments_by_debate,
    comments_by_organisation,
    comments_by_person,
    debates_by_municipality,
    debates_by_organisation,
    live_cursors_by_debate,
    reactions_of_viewer,
    replies_by_comment,
    reply_counts_by_comment,
)
from modules.civic.tables import HideReason, ReactionKind
from modules.kernel.fields import Node, batched, column, computed, described, entity, part, reference
from modules.kernel.live import ResyncReason
from modules.kernel.paging import Connection
from modules.kernel.permissions import Permission, viewer_can
from modules.kernel.scalars import BigInt, Cursor

DebateState = described(
    rules.DebateState,
    "Where a debate is in its life.",
    SCHEDULED="Announced, not begun.",
    OPEN="Everybody may comment.",
    CLOSED="Over; it can be read.",
)


@part
class Person(Node):
    """identity's Person, as civic sees it."""

    comments: Connection["Comment"] = batched(comments_by_person, "What the person wrote and was not hidden.")


@part
class Organisation(Node):
    """identity's Organisation, as civic sees it."""

    comments: Connection["Comment"] = batched(
        comments_by_organisation, "What was written in its name and was not hidden."
    )
    debates: Connection["Debate"] = batched(
        debates_by_organisation, "Debates that were started in its name, newest first."
    )


@part(key=str)
class Municipality(Node):
    """identity's Municipality, as civic sees it."""

    debates: Connection["Debate"] = batched(debates_by_municipality, "Debates of the municipality, newest first.")


@entity("A public discussion of a municipality.", fresh_for=5)
class Debate(Node):
    title: str = column("What it is about, in a line.")
    body: str = column("What it is about, in full; Markdown.")
    municipality: Municipality | None = reference("municipality_id", "Whose debate it is.")
    opened_by: Person | None = reference("opened_by", "Who started it.")
    opened_by_organisation: Organisation | None = reference(
        "organisation_id", "In whose name it was started; null when in nobody's but the person's own."
    )
    opens_at: datetime = column("When it begins, or began.")
    closes_at: datetime | None = column("When it ends, or ended; null when it has no end.")
    state: DebateState = computed(rules.debate_state, ("opens_at", "closes_at"), "Where it is in its life.")  # type: ignore[valid-type]
    is_open: bool = computed(rules.is_open, ("opens_at", "closes_at"), "Whether comments are taken now.")
    comments: Connection["Comment"] = batched(
        comments_by_debate, "Comments on the debate itself; replies are below them."
    )
    comment_count: int = batched(comment_counts_by_debate, "How many comments there are at all levels.")
    live_cursor: Cursor = batched(
        live_cursors_by_debate,
        "Where its live updates stand: subscribe `debateEvents` after it. Safe for what is read below the same "
        "debate field: no later change of that is left out.",
        needs=("id", "live_seq"),
    )
    viewer_can: list[Permission] = viewer_can(
        permissions_by_debate, of="Debate", needs=("municipality_id", "opened_by", "opens_at", "closes_at")
    )


@entity("What somebody wrote in a debate.", fresh_for=5)
class Comment(Node):
    body: str | None = column("The text; null when it is hidden and the viewer is no moderator there.")
    debate: Debate | None = reference("debate_id", "The debate it belongs to.")
    parent: "Comment | None" = reference("parent_id", "The comment it answers, null at the top level.")
    author: Person | None = reference("author_id", "Who wrote it.")
    organisation: Organisation | None = reference(
        "organisation_id", "In whose name it was written; null when in nobody's but the author's own."
    )
    depth: int = column("How many comments it stands below; 0 at the top level.")
    created_at: datetime = column("When it was written.")
    support_count: int = column("How many people support it.")
    oppose_count: int = column("How many people oppose it.")
    is_hidden: bool = computed(rules.is_hidden, ("hidden_at",), "Whether a moderator has hidden it.")
    hidden_reason: HideReason | None = column("Why it was hidden, null when it is not.")
    viewer_reaction: ReactionKind | None = batched(reactions_of_viewer, "What the viewer thinks of it.", of_viewer=True)
    replies: Connection["Comment"] = batched(replies_by_comment, "Direct answers to it.")
    reply_count: int = batched(reply_counts_by_comment, "How many direct answers there are.")
    viewer_can: list[Permission] = viewer_can(
        permissions_by_comment, of="Comment", needs=("municipality_id", "debate_id", "hidden_at")
    )


@strawberry.type(description="A debate was started.")
class DebateStarted:
    debate_id: strawberry.Private[UUID]
    debate: Debate = reference("debate_id", "The debate.")


@strawberry.type(description="A debate was closed.")
class DebateClosed:
    debate_id: strawberry.Private[UUID]
    debate: Debate = reference("debate_id", "The debate.")


@strawberry.type(description="A comment was written.")
class CommentAdded:
    comment_id: strawberry.Private[UUID]
    comment: Comment = reference("comment_id", "The comment.")


@strawberry.type(description="A comment was hidden: clear its text.")
class CommentHidden:
    comment_id: strawberry.Private[UUID]
    comment: Comment = reference("comment_id", "The comment.")


@strawberry.type(description="Somebody supports or opposes a comment, or does no longer.")
class CommentReacted:
    comment_id: strawberry.Private[UUID]
    comment: Comment = reference("comment_id", "The comment, with its counts.")


DebateEvent = Annotated[
    CommentAdded | CommentHidden | DebateClosed,
    strawberry.union("DebateEvent", description="What can happen in a debate."),
]


@strawberry.type(description="Something new in a debate: an event, or word that the client has to query again.")
class DebateUpdate:
    cursor: Cursor = strawberry.field(description="Subscribe after it to miss nothing.")
    event: DebateEvent | None = strawberry.field(default=None, description="What happened; null for a resync.")
    resync: ResyncReason | None = strawberry.field(default=None, description="Why to query again; null for an event.")


@strawberry.type(description="How many support and oppose some comments of a debate at some moment.")
class ReactionCounts:
    version: BigInt = column("Grows with every reaction in the debate: of two counts the one with the larger is newer.")
    comments: list[Comment | None] = strawberry.field(
        description="The comments that were asked for, in their order; null for one that is not there."
    )


@strawberry.type(description="Who is here.")
class Presence:
    viewer_count: int = strawberry.field(
        description="How many pages have it open now, about: a page that was left without a word counts for some seconds."
    )
