"""What voting holds of people: that they took part. What they voted for is beside no person: see docs/decisions/0010."""

from modules.kernel.personal import Personal, Trace
from modules.kernel.tables import col
from modules.voting.tables import ParticipationRow, PollRow

PERSONAL = Personal(
    (
        Trace(
            column=col(PollRow.opened_by),
            told="Polls that you opened.",
            file="polls",
            shows=("id", "debate_id", "municipality_id", "title", "opens_at", "closes_at"),
            stays="Others have voted in them: they stay, of a person without a name.",
        ),
        Trace(
            column=col(ParticipationRow.person_id),
            told="Polls in which you voted. For what is nowhere written beside you.",
            file="participations",
            shows=("poll_id",),
            stays="As many have voted as there are ballots: it stays, of a person without a name.",
        ),
    )
)
