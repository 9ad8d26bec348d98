"""Polls brought in from elsewhere: in bulk, without announcing anything."""

from collections.abc import Sequence

from modules.kernel import keys
from modules.kernel.storage import Row, Work
from modules.voting.tables import BallotRow, OptionRow, ParticipationRow, PollRow


async def put_polls(
    work: Work, polls: Sequence[Row], options: Sequence[Row], participations: Sequence[Row], ballots: Sequence[Row]
) -> None:
    """Rows of the four tables, with all their columns; a ballot is {poll_id, option_id}, its tracker is made here.

    Each poll has as many ballots as participations. A tracker that could be made again would tell whose ballot it is:
    so the rows of polls, options and participations may come twice, ballots not.
    """
    await work.put(PollRow, polls)
    await work.put(OptionRow, options)
    await work.put(ParticipationRow, participations, key=("poll_id", "person_id"))
    anonymous = [{**ballot, "tracker": keys.unordered()} for ballot in ballots]
    await work.put(BallotRow, anonymous, key=("poll_id", "tracker"))
