"""Providers to sign in with, as the settings name them."""

from ipaddress import ip_address
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator, model_validator


def _path(given: object) -> object:
    return (given,) if isinstance(given, str) else given


Claim = Annotated[tuple[str, ...], BeforeValidator(_path), Field(min_length=1)]
"""The name of a claim, or a list: of a claim, and of what lies in it."""


class VouchingSettings(BaseModel):
    """Which claims of a provider verify people as residents, and at what level."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    level: Literal["resident", "confirmed"] = "resident"
    date_of_birth: Claim = ("birthdate",)
    municipality: Claim | None = None
    postal_code: Claim | None = None
    document_number: Claim | None = None
    document_type: Literal["id_card", "passport", "residence_permit"] | None = None

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.municipality is None and self.postal_code is None:
            raise ValueError("name the claim `municipality` or `postal_code`: nobody is a resident of anywhere")
        if self.document_type is not None and self.document_number is None:
            raise ValueError("a `document_type` without `document_number` is a type of nothing")
        return self


class ProviderSettings(BaseModel):
    """One of SPILNO_OIDC."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    title: str = ""
    issuer: str
    client_id: str
    client_secret: SecretStr = SecretStr("")
    redirect_uri: str
    scope: str = "openid profile email"
    vouches: VouchingSettings | None = None

    @field_validator("issuer", "redirect_uri")
    @classmethod
    def _over_tls(cls, url: str) -> str:
        parts = urlsplit(url)
        if not (parts.scheme == "https" and parts.hostname) and not (
            parts.scheme == "http" and _is_here(parts.hostname)
        ):
            raise ValueError("begins with https://")
        return url


def _is_here(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
