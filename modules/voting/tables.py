"""Rows of voting, on its own registry. Debates are civic's, people and municipalities identity's: plain keys here.

Who voted (`voting_participation`) and what was voted (`voting_ballot`) share nothing but the poll: no person beside a
tracker, no time, no sequence. SQLite numbers rows as they come unless told otherwise: that would pair the two tables.
Who reads PostgreSQL's own transaction numbers still can: see docs/decisions/0010.
"""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from modules.kernel.tables import Moment


class VotingTable(SQLModel, registry=registry()):
    pass


class PollRow(VotingTable, table=True):
    """`closes_at` is the planned end, or the actual one. `minimum_level` is a Level: what whoever votes has shown of where
    they live."""

    __tablename__ = "voting_poll"
    __table_args__ = (
        sa.CheckConstraint("closes_at is null or closes_at >= opens_at", name="voting_poll_window"),
        sa.CheckConstraint("minimum_level IN (1, 2, 3)", name="voting_poll_minimum_level"),
        sa.Index("voting_poll_newest", "opens_at", "id"),
        sa.Index("voting_poll_debate", "debate_id", "opens_at", "id"),
        sa.Index("voting_poll_municipality", "municipality_id", "opens_at", "id"),
    )

    id: UUID = Field(primary_key=True)
    debate_id: UUID
    municipality_id: str
    title: str
    opened_by: UUID | None
    opens_at: datetime = Field(sa_type=Moment)
    closes_at: datetime | None = Field(default=None, sa_type=Moment)
    minimum_level: int = Field(default=1, sa_type=sa.SmallInteger, sa_column_kwargs={"server_default": "1"})


class OptionRow(VotingTable, table=True):
    """`position` counts from 1."""

    __tablename__ = "voting_option"
    __table_args__ = (
        sa.UniqueConstraint("poll_id", "position", name="voting_option_position"),
        sa.UniqueConstraint("poll_id", "id", name="voting_option_poll"),  # what a ballot refers to
    )

    id: UUID = Field(primary_key=True)
    poll_id: UUID = Field(foreign_key="voting_poll.id")
    position: int
    text: str


class ParticipationRow(VotingTable, table=True):
    """Who has cast a ballot."""

    __tablename__ = "voting_participation"
    __table_args__ = ({"sqlite_with_rowid": False},)

    poll_id: UUID = Field(primary_key=True, foreign_key="voting_poll.id")
    person_id: UUID = Field(primary_key=True)


class BallotRow(VotingTable, table=True):
    """A ballot; its tracker is a UUIDv4, which tells nothing about when or whose."""

    __tablename__ = "voting_ballot"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["poll_id", "option_id"], ["voting_option.poll_id", "voting_option.id"], name="voting_ballot_option"
        ),
        sa.Index("voting_ballot_votes", "poll_id", "option_id"),
        {"sqlite_with_rowid": False},
    )

    poll_id: UUID = Field(primary_key=True)
    tracker: UUID = Field(primary_key=True)
    option_id: UUID
