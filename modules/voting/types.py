"""Graph types of voting: what it owns, and what it adds to debates and municipalities."""

from datetime import datetime
from functools import partial
from uuid import UUID

import strawberry

from modules.kernel import keys
from modules.kernel.fields import Node, batched, column, computed, described, entity, part, reference
from modules.kernel.levels import Level
from modules.kernel.paging import Connection
from modules.kernel.permissions import Permission, viewer_can
from modules.kernel.scalars import BigInt
from modules.voting import rules
from modules.voting.permissions import permissions_by_poll
from modules.voting.relations import (
    ballot_counts_by_poll,
    options_by_poll,
    participations_of_viewer,
    polls_by_debate,
    polls_by_municipality,
    tallies_by_poll,
)

PollState = described(
    rules.PollState,
    "Where a poll is in its life.",
    SCHEDULED="Announced, not begun.",
    OPEN="Ballots are taken.",
    CLOSED="Over; the tally is final.",
)


@part
class Person(Node):
    """identity's Person, as voting sees it."""


@part
class Debate(Node):
    """civic's Debate, as voting sees it."""

    polls: list["Poll"] = batched(polls_by_debate, "Polls on the debate, oldest first.")


@part(key=str)
class Municipality(Node):
    """identity's Municipality, as voting sees it."""

    polls: Connection["Poll"] = batched(polls_by_municipality, "Polls of the municipality, newest first.")


@strawberry.type(description="Something to vote for.")
class PollOption:
    id: strawberry.ID = computed(partial(keys.encode, "PollOption"), ("id",), "Id to cast a ballot with.")
    text: str = column("What it says.")
    position: int = column("Its place on the ballot, from 1.")


@entity(
    "A question of a debate, with options to vote for: one person, one ballot, one option. No table says which "
    "ballot is whose; but the tally moves at once, so whoever sees somebody vote may see what for, and whoever runs the "
    "database could link the two.",
    fresh_for=5,
)
class Poll(Node):
    title: str = column("The question.")
    debate: Debate | None = reference("debate_id", "The debate that it is part of.")
    municipality: Municipality | None = reference("municipality_id", "Whose poll it is.")
    opened_by: Person | None = reference("opened_by", "Who opened it.")
    opens_at: datetime = column("When it begins, or began.")
    closes_at: datetime | None = column("When it ends, or ended; null when it has no end.")
    state: PollState = computed(rules.poll_state, ("opens_at", "closes_at"), "Where it is in its life.")  # type: ignore[valid-type]
    is_open: bool = computed(rules.is_open, ("opens_at", "closes_at"), "Whether ballots are taken now.")
    minimum_level: Level = computed(
        Level,
        ("minimum_level",),
        "Who may vote: everybody who is signed in, or only who holds this level in the municipality of the poll.",
    )
    options: list[PollOption] = batched(options_by_poll, "What can be voted for, as on the ballot.")
    ballot_count: int = batched(ballot_counts_by_poll, "How many ballots have been cast.")
    tally: "PollTally" = batched(
        tallies_by_poll, "The votes so far; `pollTally` follows them live.", needs=("id", "closes_at")
    )
    viewer_has_voted: bool = batched(participations_of_viewer, "Whether the viewer has cast a ballot.", of_viewer=True)
    viewer_can: list[Permission] = viewer_can(
        permissions_by_poll, of="Poll", needs=("municipality_id", "opened_by", "opens_at", "closes_at", "minimum_level")
    )


@strawberry.type(description="The votes for an option.")
class OptionTally:
    option: PollOption = column("The option.")
    votes: int = column("How many ballots are for it.")


@strawberry.type(description="The votes of a poll at some moment.")
class PollTally:
    poll: Poll = reference("poll_id", "The poll.")
    version: BigInt = column("Grows with every ballot: of two tallies the one with the larger version is newer.")
    options: list[OptionTally] = column("The votes for each option, as on the ballot.")
    total: int = column("How many ballots there are.")
    final: bool = column("Whether the poll is over.")


@strawberry.type(description="A poll was opened.")
class PollOpened:
    poll_id: strawberry.Private[UUID]
    poll: Poll = reference("poll_id", "The poll.")


@strawberry.type(description="The ballot was cast, and counts.")
class BallotCast:
    poll_id: strawberry.Private[UUID]
    poll: Poll = reference("poll_id", "The poll, with the ballot in its tally.")


@strawberry.type(description="A poll was closed; its tally is final.")
class PollClosed:
    poll_id: strawberry.Private[UUID]
    poll: Poll = reference("poll_id", "The poll.")


@strawberry.type(description="The polls of a debate at some moment.")
class DebatePolls:
    version: BigInt = column("Grows when a poll is opened or closed: of two lists the one with the larger is newer.")
    polls: list[Poll] = column("The polls, oldest first, at most 100.")
