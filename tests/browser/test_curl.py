"""curl follows a debate: the scripts that docs/live-clients.md shows, byte for byte."""

import asyncio
import json
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from tests.browser.pages import documented
from tests.browser.town import Debate, town

EVENT = re.compile(rb"event: next\nid: ([^\r\n]+)\ndata: ([^\r\n]+)\n\n")
PATIENCE = 20.0


class Curl:
    """A script that runs curl, and what it has printed. An event is its cursor and the words of its comment."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.printed = b""

    async def opened(self) -> None:
        """Returns at the first sign of life: the server listens on its behalf."""
        await self._read_until(b"\n:\n\n")

    async def events(self, count: int) -> list[tuple[str, str]]:
        """The first so many; everything printed up to their end is events and signs of life."""
        async with asyncio.timeout(PATIENCE):
            while len(EVENT.findall(self.printed)) < count:
                await self._more()
        assert not re.sub(rb"retry: \d+\n\n|:\n\n", b"", EVENT.sub(b"", self.printed)), self.printed
        return [(cursor.decode(), _words(data)) for cursor, data in EVENT.findall(self.printed)]

    async def _read_until(self, sign: bytes) -> None:
        async with asyncio.timeout(PATIENCE):
            while sign not in self.printed:
                await self._more()

    async def _more(self) -> None:
        assert self._process.stdout is not None
        chunk = await self._process.stdout.read(65_536)
        assert chunk, f"curl has ended: {self.printed!r}"
        self.printed += chunk


def _words(data: bytes) -> str:
    return str(json.loads(data)["data"]["debateEvents"]["event"]["comment"]["body"])


@asynccontextmanager
async def curl(script: str, debate: Debate, **variables: str) -> AsyncIterator[Curl]:
    """That example, stopped with the block."""
    environment = {**os.environ, "URL": f"http://{debate.server.address}/graphql", "DEBATE": debate.id, **variables}
    command = f"exec {documented()[script].strip()}"  # curl itself is the process that is stopped
    process = await asyncio.create_subprocess_shell(command, env=environment, stdout=subprocess.PIPE)
    try:
        yield Curl(process)
    finally:
        process.terminate()
        await process.communicate()


@pytest.fixture(scope="module")
def debate(settled: str) -> Iterator[Debate]:
    if shutil.which("curl") is None:
        pytest.skip("needs curl on PATH")
    with town(settled, "http://127.0.0.1") as made:
        yield made.debate()


async def test_curl_prints_events_in_plain_lines_and_resumes_after_the_last_of_them(debate: Debate) -> None:
    async with curl("by-post.sh", debate) as posted:
        await posted.opened()
        await asyncio.to_thread(debate.comment, "one", "two")
        heard = await posted.events(2)
    assert [words for _, words in heard] == ["one", "two"]
    await asyncio.to_thread(debate.comment, "three", "п'ять 🌻")
    async with curl("by-get.sh", debate, CURSOR=heard[-1][0]) as got:
        missed = await got.events(2)
        await asyncio.to_thread(debate.comment, "six")
        assert [words for _, words in await got.events(3)] == ["three", "п'ять 🌻", "six"]
    async with curl("by-get.sh", debate, CURSOR=missed[0][0]) as again:
        assert [words for _, words in await again.events(2)] == ["п'ять 🌻", "six"]
