"""Comments that are published on time, by the server's own mutation over HTTP."""

from collections.abc import Sequence
from itertools import cycle
from time import monotonic_ns

import orjson

from bench.client import check, http_request
from bench.fanout.crowd import Crowd
from bench.fanout.lines import Line

LINES = 64  # at a time: what is due goes out even when a flooded server answers late
MESSAGE_BYTES = 470
MUTATION = """
mutation AddComment($input: AddCommentInput!) {
  addComment(input: $input) { __typename ... on CommentAdded { comment { id } } }
}"""


class Publisher:
    """Each comment says its number and the moment when it was sent. `padding` makes all messages equally long."""

    def __init__(self, crowd: Crowd, port: int, tokens: Sequence[str], debate_id: str) -> None:
        self.published = self.answered = 0
        self.padding = 1
        self.answers: list[int] = []  # nanoseconds that each answer took
        self._tokens, self._debate_id = cycle(tokens), debate_id
        self._lines = [Line(crowd, port) for _ in range(LINES)]
        self._began = self._every = 0
        self._due = 0
        crowd.ticking = self._tick

    @property
    def is_settled(self) -> bool:
        return self.answered == self.published

    def publish(self) -> bool:
        """Send one now; False when all lines are busy."""
        line = next((each for each in self._lines if not each.is_busy), None)
        if line is None:
            return False
        sent = monotonic_ns()
        line.ask(self._request(sent), lambda status, body: self._answered(sent, status, body))
        self.published += 1
        return True

    def begin(self, rate: float) -> None:
        """Publish so many a second from now on. Each has its moment: a late one does not delay the next."""
        self._began, self._every, self._due = monotonic_ns(), round(1e9 / rate), 0

    def end(self) -> None:
        self._every = 0

    def close(self) -> None:
        for line in self._lines:
            line.close()

    def _tick(self) -> None:
        while self._every and monotonic_ns() >= self._began + self._due * self._every and self.publish():
            self._due += 1

    def _request(self, sent: int) -> bytes:
        body = f"{self.published:07} {sent:016} {'.' * self.padding}"
        variables = {"input": {"debateId": self._debate_id, "body": body}}
        return http_request(orjson.dumps({"query": MUTATION, "variables": variables}), next(self._tokens))

    def _answered(self, sent: int, status: int, body: bytes) -> None:
        check(status, body)
        if b'"CommentAdded"' not in body:
            check(0, body)
        self.answered += 1
        self.answers.append(monotonic_ns() - sent)
