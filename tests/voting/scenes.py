"""Polls to test with, made through the graph."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from modules.kernel import keys
from modules.kernel.policy import Viewer
from tests.asking import Ask
from tests.civic.scenes import act, start_debate
from tests.people import PEOPLE

OPEN = (
    "mutation($i: OpenPollInput!) { r: openPoll(input: $i) { __typename ...R ... on PollOpened "
    "{ poll { id title state opensAt closesAt options { id text position } } } } }"
)
CAST = (
    "mutation($i: CastBallotInput!) { r: castBallot(input: $i) { __typename ...R ... on BallotCast "
    "{ poll { viewerHasVoted ballotCount } } } }"
)
CLOSE = "mutation($i: ClosePollInput!) { r: closePoll(input: $i) { __typename ...R ... on PollClosed { poll { state isOpen } } } }"
TALLY = "query($id: ID!) { poll(id: $id) { tally { version total final options { option { text } votes } } } }"


@dataclass(frozen=True)
class Poll:
    """Global ids of a poll and of its options, in their order."""

    id: str
    options: Sequence[str]

    @property
    def key(self) -> UUID:
        return UUID(hex=keys.split(self.id)[1])

    @property
    def topic(self) -> str:
        return f"poll:{self.key.hex}"


async def open_poll(ask: Ask, debate: str = "", as_: Viewer = PEOPLE.official, **input: Any) -> Poll:
    """A poll in Kyiv with three options, open if nothing else is said; on a new debate if none is given."""
    about = {
        "debateId": debate or await start_debate(ask),
        "title": "Що будуємо?",
        "options": ["Парк", "Школу", "Ринок"],
    }
    poll = (await act(ask, OPEN, as_, **(about | input)))["poll"]
    return Poll(poll["id"], [option["id"] for option in poll["options"]])


async def cast(ask: Ask, poll: Poll, as_: Viewer = PEOPLE.mira, option: int = 0) -> str:
    """The name of what came of casting a ballot."""
    return str((await act(ask, CAST, as_, pollId=poll.id, optionId=poll.options[option]))["__typename"])


async def votes(ask: Ask, poll: Poll) -> list[int]:
    """The votes of each option, as the tally tells them."""
    tally = (await ask(TALLY, {"id": poll.id}))["poll"]["tally"]
    counted = [option["votes"] for option in tally["options"]]
    assert tally["total"] == sum(counted)
    return counted
