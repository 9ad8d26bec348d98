"""Settings, read from the environment (`SPILNO_...`): the only reader of it."""

from dataclasses import fields
from email.utils import parseaddr
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from gateway.limiting.rates import Rate, Rates
from gateway.openid import ProviderSettings

SHORTEST_SECRET = 32
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _embedded() -> str:
    return f"sqlite+aiosqlite:///{user_data_path('spilno') / 'spilno.db'}"


class Settings(BaseSettings):
    """How this installation runs. Raises ValidationError naming the variable that is wrong."""

    model_config = SettingsConfigDict(env_prefix="SPILNO_", frozen=True)

    database_url: str = Field(default_factory=_embedded)
    bus_url: str = "memory://"
    secret_key: SecretStr = SecretStr("")
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    log_format: Literal["console", "json"] = "console"
    http: Literal["own", "stock"] = "own"  # the protocol class: ours or uvicorn's
    live_connections: int = Field(default=20_000, ge=0)  # sockets and streams at a time; 0 for any number
    live_connections_per_address: int = Field(default=1_000, ge=0)
    live_groups: int = Field(default=200, ge=1)  # different ways in which one topic is told at a time
    live_drain: float = Field(default=5.0, ge=0, le=60)  # seconds over which clients are let go
    oidc: tuple[ProviderSettings, ...] = ()  # a JSON list: with whom people may sign in
    passkey_domain: str = ""  # that passkeys are for; empty for the host of the first allowed origin
    limit_person: str = "2000000/minute"  # of the cost of operations; empty for any
    limit_address: str = "6000000/minute"  # of those whom nobody knows, from one address
    limit_sign_in: str = "60/minute"  # from one address
    limit_sign_up: str = "30/minute"  # and what sends mail
    limit_verification: str = "20/minute"  # by one person
    limit_exports: str = "10/hour"  # of one's own data, by one person
    limit_writes: str = "600/minute"  # by one person, or one address
    metrics_token: SecretStr = SecretStr("")  # for /metrics; without one it answers this machine alone
    smtp_url: SecretStr = SecretStr("")  # letters are printed to the console without one
    mail_from: str = ""
    public_url: str = "http://127.0.0.1:8000"  # of the pages that links in letters lead to
    documents: Path | None = None  # manifest of trusted documents
    documents_only: bool = False  # run nothing else
    module: str = ""  # serve this module alone, as a subgraph; empty for the stitched graph

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        try:
            driver = make_url(url).drivername
        except ArgumentError:
            raise ValueError("is not a database URL; an example: postgresql+asyncpg://user@host/database") from None
        if driver not in ("postgresql+asyncpg", "sqlite+aiosqlite"):
            raise ValueError(f"begins with postgresql+asyncpg:// or sqlite+aiosqlite://, not {driver}://")
        if make_url(url).database in (None, "", ":memory:"):
            raise ValueError("names no database; an example: sqlite+aiosqlite:////var/lib/spilno/spilno.db")
        return url

    @field_validator("bus_url")
    @classmethod
    def _known_bus(cls, url: str) -> str:
        if urlsplit(url).scheme not in ("memory", "redis", "rediss", "unix"):
            raise ValueError("begins with memory://, redis://, rediss:// or unix://")
        return url

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _separated_by_commas(cls, origins: str | tuple[str, ...]) -> tuple[str, ...]:
        listed = origins.split(",") if isinstance(origins, str) else origins
        return tuple(origin.strip().rstrip("/") for origin in listed if origin.strip())

    @field_validator("smtp_url")
    @classmethod
    def _known_server(cls, secret: SecretStr) -> SecretStr:
        url = secret.get_secret_value()
        if url and (urlsplit(url).scheme not in ("smtp", "smtps", "smtp+starttls") or not urlsplit(url).hostname):
            raise ValueError(
                "is smtp://, smtps:// or smtp+starttls:// and a host: smtps://user:password@mail.example.org"
            )
        return secret

    @field_validator("public_url")
    @classmethod
    def _without_slash(cls, url: str) -> str:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise ValueError("begins with https://; an example: https://spilno.example")
        return url.rstrip("/")

    @field_validator("mail_from")
    @classmethod
    def _one_address(cls, sender: str) -> str:
        if sender and "@" not in parseaddr(sender)[1]:
            raise ValueError("is an address; an example: SPILNO <spilno@example.org>")
        return sender

    @field_validator("secret_key", "metrics_token")
    @classmethod
    def _long_enough(cls, secret: SecretStr) -> SecretStr:
        if 0 < len(secret.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"has at least {SHORTEST_SECRET} characters")
        return secret

    @field_validator("oidc")
    @classmethod
    def _each_once(cls, oidc: tuple[ProviderSettings, ...]) -> tuple[ProviderSettings, ...]:
        if len({each.name for each in oidc}) < len(oidc):
            raise ValueError("two providers have the same name")
        if oidc and not find_spec("authlib"):
            raise ValueError("needs what `pip install 'spilno[oidc]'` installs")
        return oidc

    @field_validator(
        *("limit_person", "limit_address", "limit_sign_in", "limit_sign_up"),
        *("limit_verification", "limit_exports", "limit_writes"),
    )
    @classmethod
    def _known_rate(cls, text: str) -> str:
        try:
            Rate.parse(text)
        except ValueError:
            raise ValueError("is a number in a time, `60/minute` or `1000/2 hours`, or empty") from None
        return text

    @field_validator("documents", mode="before")
    @classmethod
    def _empty_is_none(cls, path: str | Path | None) -> str | Path | None:
        return path or None

    @model_validator(mode="after")
    def _only_what_is_known(self) -> Self:
        if self.smtp_url.get_secret_value() and not self.mail_from:
            raise ValueError("SPILNO_MAIL_FROM: letters need a sender: SPILNO <spilno@example.org>")
        if self.documents_only and self.documents is None:
            raise ValueError("SPILNO_DOCUMENTS_ONLY: name the documents to run by SPILNO_DOCUMENTS=<manifest>")
        return self

    @property
    def passkeys_for(self) -> str:
        """The domain that passkeys open."""
        first = next(iter(self.allowed_origins), "")
        return self.passkey_domain or urlsplit(first).hostname or "localhost"

    @property
    def has_secure_cookies(self) -> bool:
        """Whether browsers send them by HTTPS alone: everywhere but where pages are looked at on the machine that serves."""
        public = urlsplit(self.public_url)
        return public.scheme == "https" or public.hostname not in LOOPBACK

    @property
    def rates(self) -> Rates:
        """How much may be asked and done in what time."""
        given = {field.name: getattr(self, f"limit_{field.name}") for field in fields(Rates)}
        return Rates(**{name: Rate.parse(text) for name, text in given.items()})

    @property
    def is_embedded(self) -> bool:
        return self.database_url.startswith("sqlite")

    def require_secret(self) -> None:
        """Raises RuntimeError when an installation on PostgreSQL has no secret: it would not be fit to serve."""
        if not self.is_embedded and not self.secret_key.get_secret_value():
            raise RuntimeError(
                "SPILNO_SECRET_KEY: to serve from PostgreSQL, set a secret, the same in every process. "
                "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
            )

    @property
    def database_file(self) -> Path | None:
        """Where the embedded database lies."""
        path = make_url(self.database_url).database
        return Path(path) if self.is_embedded and path else None
