"""Root mutations of voting."""

from datetime import datetime
from typing import Annotated

import strawberry

from modules.kernel import keys
from modules.kernel.context import Info
from modules.kernel.levels import Level
from modules.kernel.refusals import InvalidInput, NotAllowed, NotFound, NotSignedIn, NotVerified
from modules.voting import actions
from modules.voting.ports import Debates, Residents
from modules.voting.refusals import AlreadyVoted, PollNotOpen
from modules.voting.types import BallotCast, Debate, Poll, PollClosed, PollOpened, PollOption


@strawberry.input(description="A new poll.")
class OpenPollInput:
    debate_id: strawberry.ID = strawberry.field(description="On which debate.")
    title: str = strawberry.field(description="The question, 1 to 200 characters.")
    options: list[str] = strawberry.field(description="2 to 20, each 1 to 300 characters, no two alike.")
    opens_at: datetime | None = strawberry.field(
        default=None, description="When it begins, at most 5 years ahead; now when left out or past."
    )
    closes_at: datetime | None = strawberry.field(
        default=None, description="When it ends, at most 5 years ahead; never when left out."
    )
    minimum_level: Level = strawberry.field(
        default=Level.REGISTERED,
        description="Who may vote: everybody who is signed in, or only who holds this level in the municipality of the debate.",
    )


@strawberry.input(description="A ballot.")
class CastBallotInput:
    poll_id: strawberry.ID = strawberry.field(description="In which poll.")
    option_id: strawberry.ID = strawberry.field(description="For which of its options.")


@strawberry.input(description="The poll to close.")
class ClosePollInput:
    poll_id: strawberry.ID = strawberry.field(description="Which poll.")


OpenPollResult = Annotated[
    PollOpened | NotSignedIn | NotAllowed | NotFound | InvalidInput,
    strawberry.union("OpenPollResult", description="What came of `openPoll`."),
]
CastBallotResult = Annotated[
    BallotCast | AlreadyVoted | PollNotOpen | NotSignedIn | NotVerified | NotFound | InvalidInput,
    strawberry.union("CastBallotResult", description="What came of `castBallot`."),
]
ClosePollResult = Annotated[
    PollClosed | NotSignedIn | NotAllowed | NotFound | PollNotOpen | InvalidInput,
    strawberry.union("ClosePollResult", description="What came of `closePoll`."),
]


@strawberry.type
class Mutation:
    @strawberry.mutation(
        description="Open a poll on an open debate: who started the debate may, and officials of its municipality."
    )
    async def open_poll(
        self, info: Info, input: Annotated[OpenPollInput, strawberry.argument(description="The poll.")]
    ) -> OpenPollResult:
        debate_id = keys.decode_uuid(Debate, input.debate_id, "debateId")
        async with info.context.writing() as work:
            poll_id = await actions.open_poll(
                work,
                info.context.viewer,
                info.context.port(Debates),
                debate_id=debate_id,
                title=input.title,
                options=input.options,
                opens_at=input.opens_at,
                closes_at=input.closes_at,
                minimum_level=input.minimum_level,
            )
        return PollOpened(poll_id=poll_id)

    @strawberry.mutation(description="Vote in an open poll: once, and it stays. Who may, `Poll.minimumLevel` tells.")
    async def cast_ballot(
        self, info: Info, input: Annotated[CastBallotInput, strawberry.argument(description="The ballot.")]
    ) -> CastBallotResult:
        poll_id = keys.decode_uuid(Poll, input.poll_id, "pollId")
        option_id = keys.decode_uuid(PollOption, input.option_id, "optionId")
        async with info.context.writing() as work:
            await actions.cast_ballot(work, info.context.viewer, info.context.port(Residents), poll_id, option_id)
        return BallotCast(poll_id=poll_id)

    @strawberry.mutation(description="Close an open poll: who opened it may, and officials of its municipality.")
    async def close_poll(
        self, info: Info, input: Annotated[ClosePollInput, strawberry.argument(description="Which.")]
    ) -> ClosePollResult:
        poll_id = keys.decode_uuid(Poll, input.poll_id, "pollId")
        async with info.context.writing() as work:
            await actions.close_poll(work, info.context.viewer, poll_id)
        return PollClosed(poll_id=poll_id)
