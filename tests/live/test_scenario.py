"""Two server processes, PostgreSQL, Redis, and two live pages with the npm client graphql-ws; and what may befall them."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from signal import SIGTERM
from time import monotonic
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from modules.kernel.storage import Storage
from tests.accounts import joined_apart
from tests.node_packages import FOLDER, require_node_modules
from tests.people import municipality_id, settle
from tests.processes import SECRET, Server, running
from tests.servers import RedisServer, create_database, free_port

START = "mutation($input: StartDebateInput!) { startDebate(input: $input) { ... on DebateStarted { debate { id } } } }"
COMMENT = "mutation($input: AddCommentInput!) { addComment(input: $input) { ... on CommentAdded { comment { id } } } }"
OPEN = (
    "mutation($input: OpenPollInput!) { openPoll(input: $input) { ... on PollOpened { poll { id options { id } } } } }"
)
CAST = "mutation($input: CastBallotInput!) { castBallot(input: $input) { __typename } }"


@dataclass
class Page:
    """A live page in Node, and what it was told."""

    process: asyncio.subprocess.Process
    told: list[dict[str, Any]] = field(default_factory=list)

    async def until(self, reached: Callable[["Page"], bool], seconds: float = 20) -> None:
        """Read what it tells until that is reached."""
        assert self.process.stdout is not None
        async with asyncio.timeout(seconds):
            while not reached(self):
                line = await self.process.stdout.readline()
                assert line, f"the page ended; it was told {self.told[-3:]}"
                self.told.append(json.loads(line))
                assert "wrong" not in self.told[-1], self.told[-1]

    @property
    def comments(self) -> list[str]:
        return [each["debate"]["event"]["comment"]["body"] for each in self.told if "debate" in each]

    @property
    def seqs(self) -> list[int]:
        return [int(each["debate"]["cursor"].split(".")[-1]) for each in self.told if "debate" in each]

    @property
    def total(self) -> int:
        return int(next((each["tally"]["total"] for each in reversed(self.told) if "tally" in each), -1))

    @property
    def connections(self) -> int:
        return sum("connected" in each for each in self.told)


@asynccontextmanager
async def live_page(server: Server, debate: str, poll: str) -> AsyncIterator[Page]:
    command = ["node", "watch.mjs", f"ws://{server.address}/graphql", debate, poll]
    process = await asyncio.create_subprocess_exec(*command, cwd=FOLDER, stdout=asyncio.subprocess.PIPE)
    page = Page(process)
    try:
        await page.until(lambda page: page.total >= 0)
        yield page
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@dataclass
class Town:
    """Two servers on one database and one Redis, a debate and a poll in it, and somebody to act as."""

    servers: tuple[Server, Server]
    redis: RedisServer
    tokens: list[str]
    debate: str
    poll: str
    options: list[str]
    said: int = 0

    async def comment(self, at: int) -> str:
        """Say the next thing at one of the servers."""
        self.said += 1
        asked = {"input": {"debateId": self.debate, "body": f"comment {self.said}"}}
        await asyncio.to_thread(self.servers[at].ask, COMMENT, asked, self.tokens[0])
        return f"comment {self.said}"

    async def vote(self, at: int, who: int) -> None:
        asked = {"input": {"pollId": self.poll, "optionId": self.options[0]}}
        answer: Any = await asyncio.to_thread(self.servers[at].ask, CAST, asked, self.tokens[who])
        assert answer["castBallot"]["__typename"] == "BallotCast"


@pytest.fixture
async def town(postgres: str, postgres_template: str) -> AsyncIterator[Town]:
    require_node_modules()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(create_database(postgres, template=postgres_template))
        storage = Storage(make_url(url).render_as_string(hide_password=False))
        await settle(storage)
        await storage.close()
        redis = stack.enter_context(RedisServer())
        settings = {"database_url": url, "bus_url": redis.url, "secret_key": SECRET, "log_format": "json"}
        servers = tuple(stack.enter_context(running(free_port(), settings)) for _ in range(2))
        yield await asyncio.to_thread(found, url, (servers[0], servers[1]), redis)


def found(url: str, servers: tuple[Server, Server], redis: RedisServer) -> Town:
    """Sign up three people, start a debate with a poll."""
    tokens = []
    for name in ("mira", "taras", "lesia"):
        tokens.append(joined_apart(url, name=name, email=f"{name}@example.org"))
    started: Any = servers[0].ask(
        START, {"input": {"municipalityId": municipality_id(), "title": "T", "body": "B"}}, tokens[0]
    )
    debate = started["startDebate"]["debate"]["id"]
    opened: Any = servers[1].ask(
        OPEN, {"input": {"debateId": debate, "title": "?", "options": ["yes", "no"]}}, tokens[0]
    )
    poll = opened["openPoll"]["poll"]
    return Town(servers, redis, tokens, debate, poll["id"], [option["id"] for option in poll["options"]])


async def test_two_pages_on_two_servers_through_everything(town: Town) -> None:
    async with (
        live_page(town.servers[0], town.debate, town.poll) as near,
        live_page(town.servers[1], town.debate, town.poll) as far,
    ):
        pages = (near, far)

        async def all_hear(said: str, seconds: float) -> None:
            await asyncio.gather(*(page.until(lambda page: said in page.comments, seconds) for page in pages))

        for at in (0, 1, 0, 1):
            await all_hear(await town.comment(at), 20)
        await town.vote(0, who=1)
        await town.vote(1, who=2)
        await asyncio.gather(*(page.until(lambda page: page.total == 2) for page in pages))

        town.redis.kill()
        for at in (0, 1):
            await all_hear(await town.comment(at), 20)
        town.redis.start()
        for at in (0, 1, 0, 1):
            await all_hear(await town.comment(at), 20)

        town.servers[1].kill()
        for _ in range(5):
            last = await town.comment(0)
        await near.until(lambda page: last in page.comments)
        town.servers[1].start()
        await far.until(lambda page: last in page.comments, 40)
        await all_hear(await town.comment(1), 20)

        for page in pages:
            assert page.comments == [f"comment {number}" for number in range(1, town.said + 1)]
            assert page.seqs == list(range(1, town.said + 1)), "each once, in order, none missing"
        assert (near.connections, far.connections) == (1, 2)


async def test_a_server_that_is_told_to_stop_lets_its_pages_go_and_they_come_back(town: Town) -> None:
    async with live_page(town.servers[0], town.debate, town.poll) as page:
        first = await town.comment(0)
        await page.until(lambda page: first in page.comments)
        assert await asyncio.to_thread(town.servers[0].stop) in (0, -SIGTERM), "uvicorn ends by the signal it was sent"
        missed = await town.comment(1)
        await asyncio.to_thread(town.servers[0].start)
        await page.until(lambda page: missed in page.comments, 40)
        assert page.comments == [first, missed]
        assert {"closed": 1012} in page.told


@pytest.mark.soak
async def test_pages_miss_nothing_through_faults_drawn_by_lot(town: Town) -> None:
    """SPILNO_SOAK_SECONDS (120) of comments while Redis and the second server are killed, paused and started again."""
    dice, ends = Random(20261123), monotonic() + float(os.environ.get("SPILNO_SOAK_SECONDS", "120"))
    faults = 0
    async with (
        live_page(town.servers[0], town.debate, town.poll) as near,
        live_page(town.servers[1], town.debate, town.poll) as far,
    ):
        while monotonic() < ends:
            for _ in range(dice.randint(1, 20)):
                last = await town.comment(0)
            match dice.choice(("redis killed", "redis paused", "server killed", "nothing")):
                case "redis killed":
                    town.redis.restart()
                case "redis paused":
                    with town.redis.paused():
                        last = await town.comment(0)
                        await near.until(lambda page, said=last: said in page.comments)  # type: ignore[misc]
                case "server killed":
                    town.servers[1].kill()
                    last = await town.comment(0)
                    await asyncio.to_thread(town.servers[1].start)
                case "nothing":
                    faults -= 1
            faults += 1
            for page in (near, far):
                await page.until(lambda page, said=last: said in page.comments, 60)  # type: ignore[misc]
        for page in (near, far):
            assert page.seqs == list(range(1, town.said + 1)), "each once, in order, none missing"
    print(f"{town.said} comments, {faults} faults, {far.connections} connections of the page on the second server")  # noqa: T201 (what `make soak` tells)
