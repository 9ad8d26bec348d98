"""Questions put to the vote, and the ballots."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from gateway.demo import debates, people
from gateway.demo.shapes import Ballot, Debate, Person, Poll, Resident


def texts() -> tuple[tuple[int, Mapping[str, Any]], ...]:
    """The position of the debate and the text of each poll, in the order of `polls`."""
    return tuple((debate, poll) for debate, text in enumerate(debates.texts()) for poll in text["polls"])


def polls(opened: Sequence[Debate], now: datetime) -> tuple[Poll, ...]:
    """Closed, open and scheduled polls, each opened by the one who opened its debate."""
    return tuple(_poll(debate, opened[debate], text, now) for debate, text in texts())


def live() -> int:
    """The position of the poll whose tally moves while the demo runs."""
    return next(position for position, (_, text) in enumerate(texts()) if text.get("is_live"))


def ballots(
    everybody: Sequence[Person], residents: Sequence[Resident], opened: Sequence[Debate], now: datetime
) -> tuple[Ballot, ...]:
    """As many people of the municipality as the text says, who had joined while the poll was open, and are verified residents
    where it asks for that.

    Those whom visitors of the demo play have not voted where they still can.
    """
    dice = Random("ballots")
    visitors = {login.person for login in people.logins()}
    verified = {resident.person for resident in residents if resident.is_verified}
    cast: list[Ballot] = []
    for position, (debate, text) in enumerate(texts()):
        last_call = now + timedelta(days=min(text["closes"], 0))
        municipality = opened[debate].municipality
        roll = [
            person
            for person, who in enumerate(everybody)
            if who.municipality == municipality
            and who.joined_at < last_call
            and not (text["closes"] > 0 and person in visitors)
            and (not text.get("is_for_residents") or person in verified)
        ]
        voters = dice.sample(roll, k=text["ballots"])
        choices = dice.choices(range(len(text["options"])), weights=text["weights"], k=len(voters))
        cast += [Ballot(position, person, option) for person, option in zip(voters, choices, strict=True)]
    return tuple(cast)


def _poll(debate: int, opened: Debate, text: Mapping[str, Any], now: datetime) -> Poll:
    closes_at = now + timedelta(days=text["closes"])
    return Poll(
        debate=debate,
        question=text["question"],
        options=tuple(text["options"]),
        opener=opened.opener,
        opens_at=now + timedelta(days=text["opens"], hours=-1),
        closes_at=closes_at,
        closed_at=closes_at if closes_at <= now else None,
        is_for_residents=text.get("is_for_residents", False),
    )
