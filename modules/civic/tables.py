"""Rows of civic, on its own registry. People, organisations and municipalities are identity's: plain keys here."""

from datetime import datetime
from enum import Enum
from uuid import UUID

import sqlalchemy as sa
import strawberry
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from modules.kernel.tables import Moment, one_of
from modules.kernel.walls import Wall, behind


class CivicTable(SQLModel, registry=registry()):
    pass


@strawberry.enum(description="What somebody thinks of a comment.")
class ReactionKind(Enum):
    SUPPORT = strawberry.enum_value("support", description="In favour.")
    OPPOSE = strawberry.enum_value("oppose", description="Against.")


@strawberry.enum(description="Why a comment was hidden.")
class HideReason(Enum):
    SPAM = strawberry.enum_value("spam", description="Advertising, or the same thing over and over.")
    OFFENSIVE = strawberry.enum_value("offensive", description="Insults or threatens.")
    OFF_TOPIC = strawberry.enum_value("off_topic", description="Not about the subject.")
    PERSONAL_DATA = strawberry.enum_value("personal_data", description="Tells what is somebody's own business.")
    OTHER = strawberry.enum_value("other", description="Another reason.")


class DebateRow(CivicTable, table=True):
    __tablename__ = "civic_debate"
    __table_args__ = (
        sa.CheckConstraint("closes_at is null or closes_at >= opens_at", name="civic_debate_window"),
        sa.Index("civic_debate_newest", "opens_at", "id"),
        sa.Index("civic_debate_municipality", "municipality_id", "opens_at", "id"),
        sa.Index("civic_debate_organisation", "organisation_id", "opens_at", "id"),
    )

    id: UUID = Field(primary_key=True)
    municipality_id: str
    title: str
    body: str
    opened_by: UUID | None
    organisation_id: UUID | None = None  # in whose name it was opened
    opens_at: datetime = Field(sa_type=Moment)
    closes_at: datetime | None = Field(default=None, sa_type=Moment)
    search_text: str


class CommentRow(CivicTable, table=True):
    """`depth` counts from 0. `body` is empty while it is hidden: `HiddenTextRow` has it. `support_count` and `oppose_count` are kept by the act of reacting, for ordering.

    `source_..._count` is what the source of an imported comment had counted without telling who: the counts begin there.
    """

    __tablename__ = "civic_comment"
    __table_args__ = (
        sa.CheckConstraint("(hidden_at is null) = (hidden_reason is null)", name="civic_comment_hidden"),
        sa.CheckConstraint("hidden_at is null or body = ''", name="civic_comment_hidden_text"),
        sa.Index("civic_comment_debate", "debate_id", "parent_id", "created_at", "id"),
        sa.Index("civic_comment_parent", "parent_id", "created_at", "id"),
        sa.Index("civic_comment_author", "author_id", "created_at", "id"),
        sa.Index("civic_comment_organisation", "organisation_id", "created_at", "id"),
    )

    id: UUID = Field(primary_key=True)
    debate_id: UUID = Field(foreign_key="civic_debate.id")
    municipality_id: str
    parent_id: UUID | None = Field(default=None, foreign_key="civic_comment.id")
    author_id: UUID | None
    organisation_id: UUID | None = None  # in whose name it was written
    depth: int = 0
    body: str
    created_at: datetime = Field(sa_type=Moment)
    support_count: int = 0
    oppose_count: int = 0
    source_support_count: int = 0
    source_oppose_count: int = 0
    hidden_at: datetime | None = Field(default=None, sa_type=Moment)
    hidden_reason: HideReason | None = Field(default=None, sa_type=one_of(HideReason))
    hidden_by: UUID | None = None


class HiddenTextRow(CivicTable, table=True):
    """The text of a hidden comment, for moderators of its municipality, and for its author's own export: a row of its own, so that
    the database can hide it."""

    __tablename__ = "civic_hidden_text"
    __table_args__ = (behind(Wall.OFFICES),)

    comment_id: UUID = Field(primary_key=True, foreign_key="civic_comment.id")
    municipality_id: str
    author_id: UUID | None
    body: str


class ReactionRow(CivicTable, table=True):
    __tablename__ = "civic_reaction"

    comment_id: UUID = Field(primary_key=True, foreign_key="civic_comment.id")
    person_id: UUID = Field(primary_key=True)
    kind: ReactionKind = Field(sa_type=one_of(ReactionKind))
