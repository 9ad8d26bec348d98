"""People who comment, answer, vote and moderate at whichever server answers, and remember what was acknowledged."""

import asyncio
from collections.abc import Callable, Mapping
from random import Random
from time import time
from typing import Any
from uuid import UUID

import httpx2

from modules.kernel import keys
from tests.live.faults.history import Hiding, Write
from tests.live.faults.messages import key_of
from tests.live.faults.town import Debate, Session, Town

PATIENCE = 5.0
RECENT = 60  # comments that are answered and hidden
# Of debates. In a lively one the next hint makes up for a lost one; in one where only faults speak, nothing but the poll.
LIVELINESS = (60, 40, 0)
ACTS = {"comment": 70, "answer": 15, "vote": 10, "hide": 5}

COMMENT = "mutation($input: AddCommentInput!) { act: addComment(input: $input) { __typename ... on CommentAdded { comment { id } } } }"
HIDE = "mutation($input: HideCommentInput!) { act: hideComment(input: $input) { __typename } }"
CAST = "mutation($input: CastBallotInput!) { act: castBallot(input: $input) { __typename } }"


class Desk:
    """Acts of people through servers: what came of one, or None when nobody can know.

    `recent` are comments that were taken and that nobody tried to hide, `on_hidden` is told of those that were hidden.
    """

    def __init__(self, town: Town) -> None:
        self._town = town
        self._http = httpx2.AsyncClient(timeout=PATIENCE)
        self.recent: list[tuple[Debate, str]] = []
        self.on_hidden: Callable[[Debate, str], None] = lambda debate, comment: None

    async def close(self) -> None:
        await self._http.aclose()

    async def act(
        self, server: int, session: Session, query: str, given: Mapping[str, object] | None = None
    ) -> dict[str, Any] | None:
        url, body = f"http://{self._town.servers[server].address}/graphql", {"query": query}
        headers = {"authorization": f"Bearer {session.token}"}
        try:
            answer = await self._http.post(url, json={**body, "variables": {"input": given}}, headers=headers)
        except httpx2.HTTPError:
            return None
        told = answer.json() if answer.status_code == 200 else {}
        data = told.get("data")
        return data["act"] if data and "errors" not in told else None

    async def comment(self, server: int, session: Session, debate: Debate, parent: str | None = None) -> str | None:
        """The key of a comment that was written for certain."""
        comment = {"debateId": debate.id, "body": f"Word {next(self._town.words)}", "parentId": parent}
        done = await self.act(server, session, COMMENT, comment)
        if done is None:
            return None
        assert done["__typename"] == "CommentAdded", done
        key = key_of(done["comment"]["id"])
        self._town.history.writes.append(Write(key, server, time()))
        self.recent = [*self.recent[1 - RECENT :], (debate, key)]
        return key

    async def hide(self, server: int, debate: Debate, comment: str) -> None:
        self.recent.remove((debate, comment))
        self._town.history.unsure.add(comment)
        hiding = {"commentId": keys.encode("Comment", UUID(hex=comment)), "reason": "SPAM"}
        done = await self.act(server, self._town.moderator, HIDE, hiding)
        if done is not None:
            assert done["__typename"] == "CommentHidden", done
            self._town.history.hidings.append(Hiding(comment, time()))
            self.on_hidden(debate, comment)


class Writer:
    def __init__(self, town: Town, desk: Desk, dice: Random) -> None:
        self._town, self._desk, self._dice = town, desk, dice

    async def write(self, rate: float) -> None:
        """For ever, at `rate` acts a second when servers answer at once."""
        while True:
            await asyncio.sleep(self._dice.expovariate(rate))
            await self._write(self._dice.choices(list(ACTS), list(ACTS.values()))[0])

    async def _write(self, act: str) -> None:
        server, author = self._dice.randrange(len(self._town.servers)), self._dice.choice(self._town.citizens)
        match act:
            case "vote":
                await self._vote(server, author)
            case "hide" if self._desk.recent:
                await self._desk.hide(server, *self._dice.choice(self._desk.recent))
            case "answer" if self._desk.recent:
                debate, parent = self._dice.choice(self._desk.recent)
                await self._desk.comment(server, author, debate, keys.encode("Comment", UUID(hex=parent)))
            case _:
                (debate,) = self._dice.choices(self._town.debates, LIVELINESS)
                await self._desk.comment(server, author, debate)

    async def _vote(self, server: int, voter: Session) -> None:
        poll = self._dice.choice(self._town.polls)
        ballot = {"pollId": poll.id, "optionId": keys.encode("PollOption", self._dice.choice(poll.options))}
        done = await self._desk.act(server, voter, CAST, ballot)
        assert done is None or done["__typename"] in ("BallotCast", "AlreadyVoted"), done
