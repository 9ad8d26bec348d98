"""Providers to sign in with, as the settings name them."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


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
