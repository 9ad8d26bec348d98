"""Debates to test with, made through the graph."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

from modules.kernel.policy import Viewer
from tests.asking import Ask
from tests.people import PEOPLE, municipality_id

START = "mutation($i: StartDebateInput!) { r: startDebate(input: $i) { __typename ...R ... on DebateStarted { debate { id } } } }"
CLOSE = "mutation($i: CloseDebateInput!) { r: closeDebate(input: $i) { __typename ...R ... on DebateClosed { debate { id state } } } }"
COMMENT = "mutation($i: AddCommentInput!) { r: addComment(input: $i) { __typename ...R ... on CommentAdded { comment { id } } } }"
REACT = (
    "mutation($i: ReactInput!) { r: react(input: $i) { __typename ...R ... on CommentReacted "
    "{ comment { supportCount opposeCount viewerReaction } } } }"
)
HIDE = (
    "mutation($i: HideCommentInput!) { r: hideComment(input: $i) { __typename ...R ... on CommentHidden "
    "{ comment { body isHidden hiddenReason } } } }"
)
REFUSAL = " fragment R on Refusal { code message ... on InvalidInput { field } }"


async def act(ask: Ask, mutation: str, as_: Viewer, **input: Any) -> dict[str, Any]:
    """What came of a mutation: a member of its union."""
    result: dict[str, Any] = (await ask(mutation + REFUSAL, {"i": input}, as_=as_))["r"]
    return result


async def start_debate(ask: Ask, as_: Viewer = PEOPLE.mira, **input: Any) -> str:
    """The id of a new debate of Kyiv, open if nothing else is said."""
    about = {"municipalityId": municipality_id(), "title": "Парк чи парковка?", "body": "Що буде на пустирі?"}
    return str((await act(ask, START, as_, **(about | input)))["debate"]["id"])


async def add_comment(ask: Ask, debate: str, as_: Viewer = PEOPLE.mira, **input: Any) -> str:
    """The id of a new comment."""
    return str((await act(ask, COMMENT, as_, **({"debateId": debate, "body": "Парк."} | input)))["comment"]["id"])


@asynccontextmanager
async def following(ask: Ask, query: str, as_: Viewer = PEOPLE.nobody, **variables: Any) -> AsyncIterator[Any]:
    """A coroutine function that waits for the next push of a subscription."""
    async with aclosing(ask.follow(query, variables, as_=as_)) as pushes:
        yield pushes.__anext__
