"""A server on SQLite, and somebody who talks in its debates."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.deploy.town import COMMENT, SIGN_UP, START
from tests.people import municipality_id
from tests.processes import SECRET, Server, running
from tests.servers import free_port

SIGN_IN = "mutation($input: SignInInput!) { signIn(input: $input) { ... on SignedIn { token } } }"
MIRA = {"email": "mira@example.org", "password": "a long password"}


@dataclass(frozen=True)
class Debate:
    server: Server
    token: str
    id: str

    def comment(self, *words: str) -> None:
        """At the server itself, whatever became of the network."""
        for body in words:
            self.server.ask(COMMENT, {"input": {"debateId": self.id, "body": body}}, self.token)


@dataclass(frozen=True)
class Town:
    server: Server
    token: str

    def debate(self) -> Debate:
        """A new one."""
        asked = {"municipalityId": municipality_id(), "title": "T", "body": "B"}
        started: Any = self.server.ask(START, {"input": asked}, self.token)
        return Debate(self.server, self.token, started["startDebate"]["debate"]["id"])

    def sign_in(self) -> str:
        """The token of another session."""
        signed_in: Any = self.server.ask(SIGN_IN, {"input": MIRA})
        return str(signed_in["signIn"]["token"])


@contextmanager
def town(database_url: str, origin: str) -> Iterator[Town]:
    """On a database in which the people of `tests.people` have settled, for pages of that origin."""
    settings = {"database_url": database_url, "secret_key": SECRET, "allowed_origins": origin}
    with running(free_port(), settings) as server:
        signed_up: Any = server.ask(SIGN_UP, {"input": {"name": "Mira", **MIRA}})
        yield Town(server, signed_up["signUp"]["token"])
