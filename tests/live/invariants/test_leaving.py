"""I12: when all are gone nothing is left of them: no group, no topic, no task."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from structlog.testing import capture_logs

from modules.kernel.log import ACCESS
from modules.kernel.policy import Viewer
from modules.kernel.refusals import NotAllowed
from tests.live.invariants.holding import Gate
from tests.live.invariants.nodes import HEARD, Ground, Node, fill, until
from tests.live.invariants.people import commit, ended
from tests.live.invariants.test_access import STAGES, held

QUERIES = {
    "log": HEARD,
    "state": "subscription ($hall: ID!) { counted(hallId: $hall) }",
    "audience": "subscription ($hall: ID!) { audience(hallId: $hall) }",
}


@asynccontextmanager
async def left_as_it_was(node: Node) -> AsyncIterator[None]:
    """Nothing is left of what the block does."""
    before = asyncio.all_tasks()
    yield
    await until(lambda: asyncio.all_tasks() <= before)
    hub = node.hub
    assert (hub.channels, hub.groups, hub.cursors, len(node.live.people)) == ({}, 0, 0, 0)
    assert set(hub.feed.topics) == {ACCESS}


async def test_i12_nothing_is_left_of_clients_that_left(ground: Ground) -> None:
    """In the middle of replays, of rendering, of asking again who they are."""
    async with ground.node() as node:
        await fill(node.storage, 500)
        async with left_as_it_was(node), AsyncExitStack() as stack:
            for number, query in enumerate(QUERIES.values()):
                for token in ("", "mira", "olena"):
                    await stack.enter_async_context(node.listening(token, query=query, hall=f"hall {number % 2}"))
            clients = [
                await stack.enter_async_context(node.listening("taras", after=await node.at(after)))
                for after in (0, 100, 499)
            ]
            assert (len(node.hub.channels), node.hub.groups, node.hub.cursors) == (4, 4, 12)
            await until(lambda: clients[0].heard)
            node.seen.renders.clear()
            await node.say("last")
            await commit(node.storage, ended("mira"))
        node.seen.renders.set()


@pytest.mark.parametrize("kind", QUERIES)
async def test_i12_nothing_is_left_of_who_was_refused(embedded: Ground, kind: str) -> None:
    def enters(viewer: Viewer, hall: object) -> Viewer:
        raise NotAllowed(message="This hall is closed.")

    async with embedded.node() as node:
        node.seen.authorize = enters
        async with left_as_it_was(node), node.listening("mira", query=QUERIES[kind]) as client:
            assert client.errors[0]["message"] == "This hall is closed."
            assert (node.hub.channels, node.hub.groups) == ({}, 0)


@pytest.mark.parametrize("stage", STAGES)
async def test_i12_nothing_is_left_of_who_left_while_joining(
    embedded: Ground, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with embedded.node() as node:
        await fill(node.storage, 300)
        after, gate = await node.at(10), held(stage, node, monkeypatch)

        async def join() -> None:
            async with node.listening("mira", after=after):
                raise AssertionError("it has not joined")

        async with left_as_it_was(node):
            joining = asyncio.create_task(join())
            await gate.reached()
            assert len(node.hub.channels) == 1
            joining.cancel()
            await asyncio.wait([joining])
            assert joining.cancelled()
            if stage == "asked who":
                gate.open()  # others may have asked with the same statement: it ends by itself


async def test_i12_nothing_is_left_while_the_topic_cannot_be_read(
    embedded: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with embedded.node() as node:
        gate = Gate()
        monkeypatch.setattr(node.hub.log, "read", gate.before(node.hub.log.read))
        async with left_as_it_was(node):
            joining = asyncio.create_task(node.listening().__aenter__())
            await gate.reached()
            joining.cancel()
            await asyncio.wait([joining])


@pytest.mark.parametrize("kind", ["log", "state"])
async def test_i12_nothing_is_left_of_a_group_that_failed(
    embedded: Ground, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the password is hunter2")

    async with embedded.node() as node, left_as_it_was(node), AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(node.listening(query=QUERIES[kind])) for _ in range(3)]
        monkeypatch.setattr(node.hub, "render", broken)
        with capture_logs() as logs:
            await node.say("one")
            for client in clients:
                await client.over()
                assert [each["message"] for each in client.errors] == ["Something went wrong on our side."]
        assert [each["event"] for each in logs] == ["request_failed"]
        assert (node.hub.channels, node.hub.groups) == ({}, 0)
        monkeypatch.undo()
        async with node.listening(query=QUERIES[kind]) as client:
            await node.say("two")
            await client.raw(1)
