"""Rows of identity, on its own registry: no foreign key leaves the module."""

from datetime import datetime
from enum import Enum
from uuid import UUID

import sqlalchemy as sa
import strawberry
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from modules.kernel.policy import Role
from modules.kernel.tables import Moment, one_of


class IdentityTable(SQLModel, registry=registry()):
    pass


@strawberry.enum(name="MunicipalityCategory", description="What a unit of the codifier KATOTTG is.")
class Category(Enum):
    OBLAST = strawberry.enum_value("O", description="Oblast, or the Autonomous Republic of Crimea.")
    SPECIAL_CITY = strawberry.enum_value("K", description="City with a special status: Kyiv, Sevastopol.")
    RAION = strawberry.enum_value("P", description="Raion.")
    HROMADA = strawberry.enum_value(
        "H", description="Hromada: the territorial community, where local self-government is."
    )
    CITY = strawberry.enum_value("M", description="City or town.")
    SETTLEMENT = strawberry.enum_value("X", description="Settlement.")
    VILLAGE = strawberry.enum_value("C", description="Village.")
    CITY_DISTRICT = strawberry.enum_value("B", description="District of a city.")


class MunicipalityRow(IdentityTable, table=True):
    """A unit of the codifier; its code is its key."""

    __tablename__ = "identity_municipality"

    id: str = Field(primary_key=True, max_length=40)
    parent_id: str | None = Field(default=None, foreign_key="identity_municipality.id")
    category: Category = Field(sa_type=one_of(Category))
    name: str
    search_text: str


class PersonRow(IdentityTable, table=True):
    """Somebody; who was erased stays as somebody without a name, so that what they contributed stays."""

    __tablename__ = "identity_person"
    __table_args__ = (sa.CheckConstraint("erased_at is null or name = ''", name="identity_person_erased"),)

    id: UUID = Field(primary_key=True)
    name: str
    about: str = ""
    avatar: str | None = None
    locale: str = Field(default="uk", max_length=2)
    municipality_id: str | None = Field(default=None, foreign_key="identity_municipality.id")
    joined_at: datetime = Field(sa_type=Moment)
    erased_at: datetime | None = Field(default=None, sa_type=Moment)
    search_text: str


class AccountRow(IdentityTable, table=True):
    """How a person signs in; people brought in by an import have none."""

    __tablename__ = "identity_account"

    person_id: UUID = Field(primary_key=True, foreign_key="identity_person.id")
    email: str = Field(unique=True)  # lower case
    password_hash: str
    email_confirmed_at: datetime | None = Field(default=None, sa_type=Moment)


class SessionRow(IdentityTable, table=True):
    __tablename__ = "identity_session"

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="identity_person.id", index=True)
    token_hash: str = Field(unique=True, max_length=64)  # SHA-256 of the token, hex
    device: str = ""
    created_at: datetime = Field(sa_type=Moment)
    last_used_at: datetime = Field(sa_type=Moment)  # some minutes late: see accounts
    expires_at: datetime = Field(sa_type=Moment)


class RoleRow(IdentityTable, table=True):
    __tablename__ = "identity_role"

    person_id: UUID = Field(primary_key=True, foreign_key="identity_person.id")
    municipality_id: str = Field(primary_key=True, foreign_key="identity_municipality.id")
    role: Role = Field(sa_type=one_of(Role))


sa.Index("identity_role_municipality", RoleRow.__table__.c.municipality_id, RoleRow.__table__.c.person_id)  # type: ignore[attr-defined]
_places = MunicipalityRow.__table__.c  # type: ignore[attr-defined]
sa.Index("identity_municipality_name", _places.name, _places.id)
sa.Index("identity_municipality_parent", _places.parent_id, _places.name, _places.id)
_people = PersonRow.__table__.c  # type: ignore[attr-defined]
sa.Index("identity_person_joined", _people.joined_at, _people.id)
sa.Index("identity_person_name", _people.name, _people.id)
sa.Index("identity_person_municipality", _people.municipality_id, _people.name, _people.id)
