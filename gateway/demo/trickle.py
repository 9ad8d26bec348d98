"""What keeps the demo alive: comments and ballots through the graph itself, as any client would send them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any
from uuid import UUID

import structlog

from gateway.demo.lively import Remark, choices, remarks
from gateway.demo.loading import Loaded
from gateway.demo.shapes import Ballot
from gateway.execution.engine import Engine
from gateway.services import Services
from modules.kernel import keys
from modules.kernel.policy import Viewer

PAUSE = (1.0, 4.0)  # seconds between two remarks
log = structlog.get_logger()

_COMMENT = """
mutation($input: AddCommentInput!) {
  addComment(input: $input) { ... on CommentAdded { comment { id } } ... on Refusal { code message } }
}
"""
_BALLOT = """
mutation($input: CastBallotInput!) {
  castBallot(input: $input) { ... on BallotCast { poll { id } } ... on Refusal { code message } }
}
"""


@asynccontextmanager
async def trickling(held: Services, engine: Engine, loaded: Loaded) -> AsyncIterator[None]:
    """People talk and vote while the block runs."""
    task = asyncio.create_task(_talk_and_vote(held, engine, loaded), name="demo trickle")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _talk_and_vote(held: Services, engine: Engine, loaded: Loaded) -> None:
    dice = Random(7)
    said: list[UUID | None] = [*loaded.comments]
    ballots = choices(loaded.demo)
    for remark in remarks(loaded.demo):
        await asyncio.sleep(dice.uniform(*PAUSE))
        said.append(await _comment(held, engine, loaded, remark, said))
        ballot = next(ballots, None)
        if ballot is not None:
            await _vote(held, engine, loaded, ballot)


async def _comment(
    held: Services, engine: Engine, loaded: Loaded, remark: Remark, said: list[UUID | None]
) -> UUID | None:
    """The key of the new comment; None when it was refused (somebody closed the debate, or hid what it answers)."""
    parent = None if remark.parent is None else said[remark.parent]
    debate = loaded.debates[loaded.demo.live_debate]
    asked = {
        "debateId": keys.encode("Debate", debate),
        "parentId": keys.encode("Comment", parent) if parent else None,
        "body": remark.body,
    }
    answer = await _ask(held, engine, _COMMENT, asked, loaded.people[remark.author])
    comment = (answer or {}).get("addComment", {}).get("comment")
    return UUID(hex=keys.split(comment["id"])[1]) if comment else None


async def _vote(held: Services, engine: Engine, loaded: Loaded, ballot: Ballot) -> None:
    asked = {
        "pollId": keys.encode("Poll", loaded.polls[ballot.poll]),
        "optionId": keys.encode("PollOption", loaded.options[ballot.poll][ballot.option]),
    }
    await _ask(held, engine, _BALLOT, asked, loaded.people[ballot.person])


async def _ask(held: Services, engine: Engine, text: str, asked: dict[str, Any], person: UUID) -> dict[str, Any] | None:
    context = held.context(Viewer(person_id=person), request_id="demo-trickle")
    answer = await engine.execute(engine.prepare(text), context=context, variables={"input": asked})
    if "errors" in answer:
        log.warning("demo_trickle_failed", errors=answer["errors"])
    data: dict[str, Any] | None = answer.get("data")
    return data
