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
ACTS = {"comment": 70, "answer": 15, "vote": 10, "hide": 5}

COMMENT = "mutation($input: AddCommentInput!) { act: addComment(input: $input) { __typename ... on CommentAdded { comment { id } } } }"
HIDE = "mutation($input: HideCommentInput!) { act: hideComment(input: $input) { __typename } }"
CAST = "mutation($input: CastBallotInput!) { act: castBallot(input: $input) { __typename } }"


class Desk:
    """Acts of people through servers: what came of one, or None when nobody can know."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._http = httpx2.AsyncClient(timeout=PATIENCE)

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
        return key


class Writer:
    """`on_hidden` is told of each hiding that was acknowledged."""

    def __init__(self, town: Town, desk: Desk, dice: Random, on_hidden: Callable[[Debate, str], None]) -> None:
        self._town, self._desk, self._dice, self._on_hidden = town, desk, dice, on_hidden
        self._comments: list[tuple[Debate, str]] = []

    async def write(self, rate: float) -> None:
        """For ever, at `rate` acts a second when servers answer at once."""
        while True:
            await asyncio.sleep(self._dice.expovariate(rate))
            kind = self._dice.choices(list(ACTS), list(ACTS.values()))[0]
            server = self._dice.randrange(len(self._town.servers))
            match kind:
                case "vote":
                    await self._vote(server)
                case "hide" if self._comments:
                    await self._hide(server)
                case "answer" if self._comments:
                    debate, parent = self._dice.choice(self._comments)
                    await self._comment(server, debate, keys.encode("Comment", UUID(hex=parent)))
                case _:
                    await self._comment(server, self._dice.choice(self._town.debates))

    async def _comment(self, server: int, debate: Debate, parent: str | None = None) -> None:
        author = self._dice.choice(self._town.citizens)
        comment = await self._desk.comment(server, author, debate, parent)
        if comment is not None:
            self._comments = [*self._comments[1 - RECENT :], (debate, comment)]

    async def _hide(self, server: int) -> None:
        debate, comment = self._comments.pop(self._dice.randrange(len(self._comments)))
        self._town.history.unsure.add(comment)
        hiding = {"commentId": keys.encode("Comment", UUID(hex=comment)), "reason": "SPAM"}
        done = await self._desk.act(server, self._town.moderator, HIDE, hiding)
        if done is not None:
            assert done["__typename"] == "CommentHidden", done
            self._town.history.hidings.append(Hiding(comment, time()))
            self._on_hidden(debate, comment)

    async def _vote(self, server: int) -> None:
        poll, voter = self._dice.choice(self._town.polls), self._dice.choice(self._town.citizens)
        ballot = {"pollId": poll.id, "optionId": keys.encode("PollOption", self._dice.choice(poll.options))}
        done = await self._desk.act(server, voter, CAST, ballot)
        assert done is None or done["__typename"] in ("BallotCast", "AlreadyVoted"), done
