"""Two gateways on one PostgreSQL and one Redis behind nginx, a debate, and somebody who talks in it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from tests.accounts import joined_apart
from tests.deploy.proxies import Proxy, nginx
from tests.people import municipality_id
from tests.processes import SECRET, Server, running
from tests.servers import RedisServer, free_port

START = """mutation($input: StartDebateInput!) {
  startDebate(input: $input) { ... on DebateStarted { debate { id liveCursor } } }
}"""
COMMENT = "mutation($input: AddCommentInput!) { addComment(input: $input) { ... on CommentAdded { comment { id } } } }"
COMMENTS = """query($id: ID!, $after: Cursor) {
  debate(id: $id) { comments(first: 100, after: $after) { edges { node { body } } pageInfo { hasNextPage endCursor } } }
}"""


@dataclass(frozen=True)
class Town:
    gateways: tuple[Server, Server]
    proxy: Proxy
    token: str
    municipality: str

    @property
    def url(self) -> str:
        return f"http://{self.proxy.address}/graphql"

    def ask(self, query: str, variables: dict[str, Any] | None = None) -> Any:
        """The data of an answer without errors, through nginx."""
        answer = self.proxy.post(query, {"authorization": f"Bearer {self.token}"}, variables=variables).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def debate(self) -> tuple[str, str]:
        """A new one: its id, and the cursor at which its updates stand."""
        asked = {"municipalityId": self.municipality, "title": "T", "body": "B"}
        debate = self.ask(START, {"input": asked})["startDebate"]["debate"]
        return debate["id"], debate["liveCursor"]

    def comment(self, debate: str, body: str) -> None:
        self.ask(COMMENT, {"input": {"debateId": debate, "body": body}})

    def comments(self, debate: str) -> list[str]:
        """What the database holds, oldest first."""
        bodies: list[str] = []
        after, more = None, True
        while more:
            page = self.ask(COMMENTS, {"id": debate, "after": after})["debate"]["comments"]
            bodies += [edge["node"]["body"] for edge in page["edges"]]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        return bodies


@contextmanager
def town(database_url: str) -> Iterator[Town]:
    """On a database in which the people of `tests.people` have settled."""
    with ExitStack() as stack:
        redis = stack.enter_context(RedisServer())
        settings = {"database_url": database_url, "bus_url": redis.url, "secret_key": SECRET, "log_format": "json"}
        settings["limit_writes"] = ""  # the writer is one person, and never rests
        one, other = (stack.enter_context(running(free_port(), settings)) for _ in range(2))
        proxy = stack.enter_context(nginx(one.address, other.address))
        yield Town((one, other), proxy, joined_apart(database_url), municipality_id())
