"""A server on SQLite, and somebody who talks in its debates."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sqlalchemy.engine import make_url

from tests.accounts import joined_apart
from tests.deploy.town import COMMENT, START
from tests.people import municipality_id
from tests.processes import SECRET, SPILNO, Server, running
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
class Backup:
    """Of the database of a server that runs, as it was when this was made."""

    _database: Path
    _kept: Path

    @classmethod
    def of(cls, database_url: str) -> Self:
        database = Path(str(make_url(database_url).database))
        kept = database.with_suffix(".backup")
        with closing(sqlite3.connect(database)) as now, closing(sqlite3.connect(kept)) as then:
            now.backup(then)
        return cls(database, kept)

    def restore(self) -> None:
        """While no server runs, as the README says it is done."""
        for file in self._database.parent.glob(f"{self._database.name}*"):
            file.unlink()
        shutil.copy(self._kept, self._database)
        settings = {"SPILNO_DATABASE_URL": f"sqlite+aiosqlite:///{self._database}", "SPILNO_SECRET_KEY": SECRET}
        done = subprocess.run(
            [SPILNO, "migrate", "--restored"],
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


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
        yield Town(server, joined_apart(database_url, **MIRA))
