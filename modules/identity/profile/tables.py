"""Rows of what people care about."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from modules.identity.tables import IdentityTable


class InterestRow(IdentityTable, table=True):
    """Something that a person cares about, tidy as `rules.tidy_interests` leaves it; `position` counts from 0."""

    __tablename__ = "identity_interest"
    __table_args__ = (sa.Index("identity_interest_people", "interest", "person_id"),)

    person_id: UUID = Field(primary_key=True, foreign_key="identity_person.id")
    interest: str = Field(primary_key=True)
    position: int = Field(sa_type=sa.SmallInteger)
