"""Both gateways are restarted, one after the other, while people talk and watch: as deploy/README.md tells to do it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic

import httpx2

from tests.deploy.town import COMMENT, Town
from tests.deploy.watching import Reader, Watcher, watching
from tests.processes import Server

WATCHERS = (Watcher,) * 6 + (Reader,) * 2


@dataclass
class Writer:
    """Somebody who says one thing after the other, through nginx."""

    place: Town
    debate: str
    said: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)  # nobody said whether these were taken

    async def write(self) -> None:
        async with httpx2.AsyncClient(timeout=20) as client:
            while True:
                await self._say(client, f"comment {len(self.said) + len(self.unsure) + 1}")

    async def _say(self, client: httpx2.AsyncClient, body: str) -> None:
        asked = {"query": COMMENT, "variables": {"input": {"debateId": self.debate, "body": body}}}
        headers = {"authorization": f"Bearer {self.place.token}"}
        answer = await client.post(self.place.url, json=asked, headers=headers)
        if answer.status_code == 502:
            self.unsure.append(body)
            return
        assert answer.json()["data"]["addComment"]["comment"]["id"], answer.text
        self.said.append(body)


@asynccontextmanager
async def writing(place: Town, debate: str) -> AsyncIterator[Writer]:
    writer = Writer(place, debate)
    task = asyncio.create_task(writer.write())
    try:
        yield writer
        assert not task.done(), "it had an answer that it did not understand"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def restart(place: Town, gateway: Server) -> None:
    """As systemd does it. Returns when it is ready and nginx sends it requests again."""
    await asyncio.to_thread(gateway.stop)
    await asyncio.to_thread(gateway.start)
    before, deadline = len(place.proxy.lines), monotonic() + 20
    while gateway.address not in {line["gateway"] for line in place.proxy.lines[before:]}:
        assert monotonic() < deadline, "nginx does not find it again"
        await asyncio.to_thread(place.ask, "{ __typename }")


async def test_no_comment_is_lost_or_told_twice_while_gateways_are_restarted(place: Town) -> None:
    debate, cursor = await asyncio.to_thread(place.debate)
    async with watching(place.url, debate, cursor, *WATCHERS) as watchers, asyncio.timeout(300):
        async with writing(place, debate) as writer:
            for gateway in place.gateways:
                await restart(place, gateway)
        await asyncio.to_thread(place.comment, debate, "the last word")
        await asyncio.gather(*(watcher.until("the last word") for watcher in watchers))

    written = await asyncio.to_thread(place.comments, debate)
    for watcher in watchers:
        assert watcher.comments == written, "each once, in order, none missing"
        assert set(watcher.farewells) == ({None} if isinstance(watcher, Reader) else {1012})
    assert [body for body in written if body in {*writer.said}] == writer.said, "what was answered is there"
    assert len(writer.said) > 50
    assert len(writer.unsure) <= len(place.gateways), "a request that was on its way when its gateway went"
