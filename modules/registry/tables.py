"""Rows of the registry, on its own metadata: no foreign key leaves the module."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from modules.kernel.tables import Moment, one_of
from modules.registry.rules import LegalEntityKind


class RegistryTable(SQLModel, registry=registry()):
    pass


class LegalEntityRow(RegistryTable, table=True):
    """A legal entity of the state register; its key is derived from its EDRPOU, so it is the same in every import."""

    __tablename__ = "registry_legal_entity"

    id: UUID = Field(primary_key=True)
    edrpou: str = Field(unique=True, max_length=8)  # 8 digits; some begin with zeros
    name: str
    short_name: str = ""
    kind: LegalEntityKind = Field(sa_type=one_of(LegalEntityKind))
    region: str = ""  # as the source writes it
    municipality_id: str | None = Field(default=None, max_length=40)  # identity's
    parent_id: UUID | None = Field(default=None, foreign_key="registry_legal_entity.id")
    is_verified: bool
    search_text: str
    updated_at: datetime = Field(sa_type=Moment)


_columns = LegalEntityRow.__table__.c  # type: ignore[attr-defined]
_by_name = (_columns.name, _columns.id)

# Lists are read by name, whole or within a kind, a municipality or a parent: each index ends in that order.
sa.Index("registry_legal_entity_name", *_by_name)
sa.Index("registry_legal_entity_kind", _columns.kind, *_by_name)
sa.Index("registry_legal_entity_municipality", _columns.municipality_id, *_by_name)
sa.Index("registry_legal_entity_parent", _columns.parent_id, *_by_name)
sa.Index("registry_legal_entity_updated", _columns.updated_at, _columns.id)
