"""The entities: of our tables, the columns that the five queries need."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Entity(SQLModel, registry=registry()):
    pass


_MOMENT = sa.DateTime(timezone=True)


class LegalEntity(Entity, table=True):
    __tablename__ = "registry_legal_entity"

    id: UUID = Field(primary_key=True)
    edrpou: str
    name: str
    short_name: str
    kind: str
    region: str
    is_verified: bool
    updated_at: datetime = Field(sa_type=_MOMENT)


class Person(Entity, table=True):
    __tablename__ = "identity_person"

    id: UUID = Field(primary_key=True)
    name: str


class Debate(Entity, table=True):
    __tablename__ = "civic_debate"

    id: UUID = Field(primary_key=True)
    municipality_id: str
    title: str
    opened_by: UUID | None
    opens_at: datetime = Field(sa_type=_MOMENT)


class Comment(Entity, table=True):
    __tablename__ = "civic_comment"

    id: UUID = Field(primary_key=True)
    debate_id: UUID
    parent_id: UUID | None
    author_id: UUID | None
    body: str
    created_at: datetime = Field(sa_type=_MOMENT)
    hidden_at: datetime | None = Field(sa_type=_MOMENT)


class Poll(Entity, table=True):
    __tablename__ = "voting_poll"

    id: UUID = Field(primary_key=True)
    debate_id: UUID
    title: str
    opens_at: datetime = Field(sa_type=_MOMENT)


class PollOption(Entity, table=True):
    __tablename__ = "voting_option"

    id: UUID = Field(primary_key=True)
    poll_id: UUID
    position: int
    text: str
