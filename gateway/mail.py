"""Where letters leave: a server of mail, or the console when none is set."""

import sys
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from typing import Protocol, TextIO
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib

from gateway.settings import Settings

PATIENCE = 20.0  # seconds for each answer of the server
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class Letter(Protocol):
    @property
    def to(self) -> str: ...

    @property
    def subject(self) -> str: ...

    @property
    def text(self) -> str: ...


def mailer(settings: Settings) -> "Server | Console":
    url = settings.smtp_url.get_secret_value()
    return Server(settings.public_url, urlsplit(url), settings.mail_from) if url else Console(settings.public_url)


@dataclass(frozen=True)
class Server:
    """A server of mail: each letter by a connection of its own. `smtp://` is encrypted where the server offers it."""

    site: str
    url: SplitResult = field(repr=False)
    sender: str

    async def send(self, letter: Letter) -> None:
        await aiosmtplib.send(
            message(letter, self.sender),
            recipients=[letter.to],
            hostname=self.url.hostname,
            port=self.url.port or PORTS[self.url.scheme],
            username=unquote(self.url.username) if self.url.username else None,
            password=unquote(self.url.password) if self.url.password else None,
            use_tls=self.url.scheme == "smtps",
            start_tls={"smtp": None, "smtp+starttls": True, "smtps": False}[self.url.scheme],
            timeout=PATIENCE,
        )


@dataclass(frozen=True)
class Console:
    """Prints letters: for the demo, and for who works on a frontend."""

    site: str = ""
    to: TextIO | None = None

    async def send(self, letter: Letter) -> None:
        console = self.to or sys.stdout
        console.write(f"\n--- A letter to {letter.to}: {letter.subject}\n\n{letter.text}\n---\n")
        console.flush()


def message(letter: Letter, sender: str) -> EmailMessage:
    """A letter as servers of mail take it."""
    name, _, domain = letter.to.rpartition("@")
    made = EmailMessage(policy=SMTP if letter.to.isascii() else SMTPUTF8)
    made["From"] = sender
    made["To"] = Address(username=name, domain=domain)
    made["Subject"] = letter.subject
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(letter.text)
    return made
