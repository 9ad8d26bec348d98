"""A server on SQLite, a debate, somebody who talks in it, and the pages that follow it through a network that fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.browser.pages import Pages
from tests.deploy.town import COMMENT, SIGN_UP, START
from tests.people import municipality_id
from tests.processes import SECRET, Server, running
from tests.servers import free_port

SIGN_IN = "mutation($input: SignInInput!) { signIn(input: $input) { ... on SignedIn { token } } }"
MIRA = {"email": "mira@example.org", "password": "a long password"}


@dataclass(frozen=True)
class Town:
    server: Server
    token: str
    debate: str

    def comment(self, *words: str) -> None:
        """At the server itself, whatever became of the network."""
        for body in words:
            self.server.ask(COMMENT, {"input": {"debateId": self.debate, "body": body}}, self.token)

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
        token = signed_up["signUp"]["token"]
        asked = {"municipalityId": municipality_id(), "title": "T", "body": "B"}
        started: Any = server.ask(START, {"input": asked}, token)
        yield Town(server, token, started["startDebate"]["debate"]["id"])


def addresses(pages: Pages, place: Town, url: str, *clients: str) -> dict[str, str]:
    return {client: pages.address(client, url, place.debate) for client in clients}
