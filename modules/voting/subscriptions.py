"""Root subscriptions of voting."""

from uuid import UUID

import strawberry

from modules.kernel import clock
from modules.kernel.context import Info
from modules.kernel.keyset import LARGEST
from modules.kernel.live import State, StateTopic, followed
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.refusals import NotFound
from modules.kernel.storage import Row
from modules.voting import actions, events, rules
from modules.voting.ports import Debates
from modules.voting.relations import polls_by_debate, polls_by_id, tallies_at
from modules.voting.types import Debate, DebatePolls, Poll, PollTally


async def follows_polls(info: Info, debate_id: UUID) -> Viewer:
    """Everybody may follow the polls of a debate, and all see the same."""
    async with info.context.storage.reading() as read:
        debates = await info.context.port(Debates).debates_for_polls(read, [debate_id])
    if debate_id not in debates:
        raise NotFound(message="There is no such debate.")
    return NOBODY


async def polls(info: Info, debate_id: UUID) -> State:
    """The polls of now, and when the first of them changes by itself."""
    version, now = (await info.context.log.head(f"{events.POLLS}:{debate_id.hex}")).seq, clock.now()
    (found,) = await polls_by_debate([{"id": debate_id}], info, first=LARGEST)
    changes = [rules.next_change(poll["opens_at"], poll["closes_at"], now=now) for poll in found]
    changes_at = min((change for change in changes if change is not None), default=None)
    return State({"version": version, "polls": found}, version, changes_at)


async def follows_tally(info: Info, poll_id: UUID) -> Viewer:
    """Everybody may follow a poll, and all see the same."""
    await _poll(info, poll_id)
    return NOBODY


async def tally(info: Info, poll_id: UUID) -> State:
    """The tally of now; a final one has every ballot that was begun in time."""
    poll, now = await _poll(info, poll_id), clock.now()
    if rules.has_just_ended(poll["closes_at"], now=now):
        await actions.settle(info.context.storage, poll_id)
    (counted,) = await tallies_at([poll], info, now)
    changes_at = rules.next_change(poll["opens_at"], poll["closes_at"], now=now)
    return State(counted, version=counted["version"], changes_at=changes_at, is_final=counted["final"])


async def _poll(info: Info, poll_id: UUID) -> Row:
    (poll,) = await polls_by_id([{"id": poll_id}], info)
    if poll is None:
        raise NotFound(message="There is no such poll.")
    return poll


POLLS = StateTopic(kind=events.POLLS, of=Debate, authorize=follows_polls, load=polls)
TALLY = StateTopic(kind=events.TALLY, of=Poll, authorize=follows_tally, load=tally)


@strawberry.type
class Subscription:
    debate_polls: DebatePolls = followed(
        POLLS, "The polls of a debate: as they are now, then each time one is opened or closed, or its time has come."
    )
    poll_tally: PollTally = followed(
        TALLY,
        "The votes of a poll: as they are now, then each time they change, at most four times a second, the newest "
        "always. It ends with the final tally.",
    )
