"""Rows of municipalities that take part, and of who administers the platform."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlmodel import Field

from modules.identity.municipalities import rules
from modules.identity.tables import IdentityTable
from modules.kernel.tables import Moment


class Words(sa.TypeDecorator[tuple[str, ...]]):
    """A few short words without spaces, in their order, kept as one text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else " ".join(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...] | None:
        return None if value is None else tuple(value.split())


class SettingsRow(IdentityTable, table=True):
    """How a municipality takes part, while `active_since` is set; what was set before or after stays."""

    __tablename__ = "identity_municipality_settings"

    municipality_id: str = Field(primary_key=True, foreign_key="identity_municipality.id")
    active_since: datetime | None = Field(default=None, sa_type=Moment)
    languages: tuple[str, ...] = Field(default=rules.LANGUAGES[:1], sa_type=Words)
    verification_handlers: tuple[str, ...] = Field(default=(), sa_type=Words)
    minimum_age: int = rules.USUAL_AGE
    postal_codes: tuple[str, ...] = Field(default=(), sa_type=Words)
    hide_after_reports: int | None = None
    shown_name: str | None = None
    colour: str | None = None
    logo_url: str | None = None


class PlatformAdministratorRow(IdentityTable, table=True):
    """Who may make municipalities, and their administrators."""

    __tablename__ = "identity_platform_administrator"

    person_id: UUID = Field(primary_key=True, foreign_key="identity_person.id")
    since: datetime = Field(sa_type=Moment)
