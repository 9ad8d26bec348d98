"""A real server of mail for tests: aiosmtpd on a free port of 127.0.0.1, in the loop of the test."""

import asyncio
import email
import re
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

PATIENCE = 10.0


@dataclass(frozen=True)
class Received:
    to: list[str]
    message: EmailMessage

    @property
    def text(self) -> str:
        return str(self.message.get_content()).replace("\r\n", "\n")

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def token(self) -> str:
        """What the link of the letter holds."""
        found = re.search(r"#token=(\S+)", self.text)
        assert found, self.text
        return found[1]


class PostOffice:
    """Takes letters, unless it `refuses` them."""

    def __init__(self) -> None:
        self.port, self.refuses = 0, False
        self.tried = 0
        self.logins: list[tuple[bytes, bytes]] = []
        self._letters: asyncio.Queue[Received] = asyncio.Queue()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.tried += 1
        if self.refuses:
            return "451 Try again later"
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self._letters.put_nowait(Received([str(each) for each in envelope.rcpt_tos], message))
        return "250 Taken"

    def login(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.logins.append((given.login, given.password))
        return AuthResult(success=given.password == b"secret@word", handled=False)

    async def letter(self) -> Received:
        """The next one that comes."""
        async with asyncio.timeout(PATIENCE):
            return await self._letters.get()

    @property
    def is_empty(self) -> bool:
        return self._letters.empty()


@asynccontextmanager
async def post_office(*, needs_password: bool = False) -> AsyncIterator[PostOffice]:
    office, loop = PostOffice(), asyncio.get_running_loop()
    asking: dict[str, Any] = (
        {"authenticator": office.login, "auth_required": True, "auth_require_tls": False} if needs_password else {}
    )

    def protocol() -> SMTP:
        with warnings.catch_warnings(action="ignore"):  # that it asks for passwords in the clear
            return SMTP(office, loop=loop, hostname="post.example", enable_SMTPUTF8=True, **asking)

    server = await loop.create_server(protocol, "127.0.0.1", 0)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
        await server.wait_closed()
