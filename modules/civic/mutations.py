"""Root mutations of civic."""

from datetime import datetime
from typing import Annotated

import strawberry

from modules.civic import actions
from modules.civic.ports import Municipalities, Organisations
from modules.civic.refusals import DebateNotOpen
from modules.civic.tables import HideReason, ReactionKind
from modules.civic.types import (
    Comment,
    CommentAdded,
    CommentHidden,
    CommentReacted,
    Debate,
    DebateClosed,
    DebateStarted,
    Municipality,
    Organisation,
)
from modules.kernel import keys
from modules.kernel.context import Info
from modules.kernel.refusals import InvalidInput, NotAllowed, NotFound, NotSignedIn


@strawberry.input(description="A new debate.")
class StartDebateInput:
    municipality_id: strawberry.ID = strawberry.field(description="Whose debate it is.")
    title: str = strawberry.field(description="What it is about, 1 to 200 characters.")
    body: str = strawberry.field(description="What it is about, in full; Markdown, 1 to 10,000 characters.")
    opens_at: datetime | None = strawberry.field(
        default=None, description="When it begins, at most 5 years ahead; now when left out or past."
    )
    closes_at: datetime | None = strawberry.field(
        default=None, description="When it ends, at most 5 years ahead; never when left out."
    )
    as_organisation_id: strawberry.ID | None = strawberry.field(
        default=None, description="The organisation to speak for: its admins may, once it is verified."
    )


@strawberry.input(description="The debate to close.")
class CloseDebateInput:
    debate_id: strawberry.ID = strawberry.field(description="Which debate.")


@strawberry.input(description="A new comment.")
class AddCommentInput:
    debate_id: strawberry.ID = strawberry.field(description="In which debate.")
    parent_id: strawberry.ID | None = strawberry.field(default=None, description="The comment it answers, if it does.")
    body: str = strawberry.field(description="The text, 1 to 10,000 characters.")
    as_organisation_id: strawberry.ID | None = strawberry.field(
        default=None, description="The organisation to speak for: its admins may, once it is verified."
    )


@strawberry.input(description="What the viewer thinks of a comment.")
class ReactInput:
    comment_id: strawberry.ID = strawberry.field(description="Which comment.")
    reaction: ReactionKind | None = strawberry.field(default=None, description="Null takes the reaction back.")


@strawberry.input(description="A comment to hide.")
class HideCommentInput:
    comment_id: strawberry.ID = strawberry.field(description="Which comment.")
    reason: HideReason = strawberry.field(description="Why.")


StartDebateResult = Annotated[
    DebateStarted | NotSignedIn | NotAllowed | InvalidInput,
    strawberry.union("StartDebateResult", description="What came of `startDebate`."),
]
CloseDebateResult = Annotated[
    DebateClosed | NotSignedIn | NotAllowed | NotFound | DebateNotOpen | InvalidInput,
    strawberry.union("CloseDebateResult", description="What came of `closeDebate`."),
]
AddCommentResult = Annotated[
    CommentAdded | NotSignedIn | NotAllowed | NotFound | DebateNotOpen | InvalidInput,
    strawberry.union("AddCommentResult", description="What came of `addComment`."),
]
ReactResult = Annotated[
    CommentReacted | NotSignedIn | NotFound | DebateNotOpen | InvalidInput,
    strawberry.union("ReactResult", description="What came of `react`."),
]
HideCommentResult = Annotated[
    CommentHidden | NotSignedIn | NotAllowed | NotFound | InvalidInput,
    strawberry.union("HideCommentResult", description="What came of `hideComment`."),
]


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Start a debate in a municipality.")
    async def start_debate(
        self, info: Info, input: Annotated[StartDebateInput, strawberry.argument(description="The debate.")]
    ) -> StartDebateResult:
        async with info.context.writing() as work:
            debate_id = await actions.start_debate(
                work,
                info.context.viewer,
                info.context.port(Municipalities),
                municipality_id=keys.decode_code(Municipality, input.municipality_id, "municipalityId"),
                title=input.title,
                body=input.body,
                opens_at=input.opens_at,
                closes_at=input.closes_at,
                in_name_of=_in_name_of(info, input.as_organisation_id),
            )
        return DebateStarted(debate_id=debate_id)

    @strawberry.mutation(description="Close an open debate: who started it may, and officials of its municipality.")
    async def close_debate(
        self, info: Info, input: Annotated[CloseDebateInput, strawberry.argument(description="Which.")]
    ) -> CloseDebateResult:
        debate_id = keys.decode_uuid(Debate, input.debate_id, "debateId")
        async with info.context.writing() as work:
            await actions.close_debate(work, info.context.viewer, debate_id)
        return DebateClosed(debate_id=debate_id)

    @strawberry.mutation(description="Write a comment in an open debate, or answer one.")
    async def add_comment(
        self, info: Info, input: Annotated[AddCommentInput, strawberry.argument(description="The comment.")]
    ) -> AddCommentResult:
        debate_id = keys.decode_uuid(Debate, input.debate_id, "debateId")
        named = input.parent_id
        parent_id = None if named is None else keys.decode_uuid(Comment, named, "parentId")
        async with info.context.writing() as work:
            comment_id = await actions.add_comment(
                work,
                info.context.viewer,
                debate_id=debate_id,
                parent_id=parent_id,
                body=input.body,
                in_name_of=_in_name_of(info, input.as_organisation_id),
            )
        return CommentAdded(comment_id=comment_id)

    @strawberry.mutation(description="Support or oppose a comment, or take that back.")
    async def react(
        self, info: Info, input: Annotated[ReactInput, strawberry.argument(description="The reaction.")]
    ) -> ReactResult:
        comment_id = keys.decode_uuid(Comment, input.comment_id, "commentId")
        async with info.context.writing() as work:
            await actions.react(work, info.context.viewer, comment_id, input.reaction)
        return CommentReacted(comment_id=comment_id)

    @strawberry.mutation(description="Hide a comment: moderators of its municipality may.")
    async def hide_comment(
        self, info: Info, input: Annotated[HideCommentInput, strawberry.argument(description="Which, and why.")]
    ) -> HideCommentResult:
        comment_id = keys.decode_uuid(Comment, input.comment_id, "commentId")
        async with info.context.writing() as work:
            await actions.hide_comment(work, info.context.viewer, comment_id, input.reason)
        return CommentHidden(comment_id=comment_id)


def _in_name_of(info: Info, organisation: str | None) -> actions.InNameOf | None:
    """Raises InvalidInput for an id of something else."""
    if organisation is None:
        return None
    key = keys.decode_uuid(Organisation, organisation, "asOrganisationId")
    return actions.InNameOf(key, info.context.port(Organisations))
