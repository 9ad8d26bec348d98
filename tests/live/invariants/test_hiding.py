"""I13: after a moderation commit nothing that is rendered, or was rendered before, shows the hidden words."""

import asyncio
from typing import Any

import pytest

from gateway.live.groups import LogGroup
from tests.live.halls import hush
from tests.live.invariants.holding import Gate
from tests.live.invariants.nodes import Client, Ground, Node, fill, until

SECRET = "secret"


async def hide(*nodes: Node) -> None:
    """In the transaction that announces it, the words are gone."""
    for node in nodes:
        node.seen.hushed.add(SECRET)
    await hush(nodes[0].storage, SECRET)


async def hears_nothing_of_it(client: Client, count: int) -> None:
    told = await client.told(count)
    assert [each.seq for each in told] == list(range(told[0].seq, told[0].seq + count))
    # The word that it is hidden is an event too, and in this hall it names what is not to be heard.
    assert all(SECRET not in (each.words or "") for each in told if b'"Hushed"' not in each.payload)
    assert sum(b'"Hushed"' in each.payload for each in told) == 1


@pytest.mark.parametrize("more", [0, 400])
async def test_i13_replays_out_of_the_ring_and_out_of_blocks(ground: Ground, more: int) -> None:
    async with (
        ground.node(poll=0.05) as here,
        ground.node(poll=0.05) as there,
        here.listening() as near,
        there.listening() as far,
    ):
        await fill(here.storage, 30)
        await here.say(SECRET)
        await fill(here.storage, more)
        await asyncio.gather(near.told(31 + more), far.told(31 + more))
        for node in (here, there):
            async with node.listening(after=await node.at(0)) as client:
                assert SECRET in [each.words for each in await client.told(31 + more)]
        await hide(here, there)
        await asyncio.gather(near.told(1), far.told(1))
        for node in (here, there):
            for after in (0, 30):
                async with node.listening(after=await node.at(after)) as client:
                    await hears_nothing_of_it(client, 32 + more - after)


async def test_i13_what_is_being_rendered_is_rendered_again(embedded: Ground) -> None:
    async with embedded.node() as node, node.listening() as client:
        node.seen.renders.clear()
        await node.say(SECRET)
        await node.seen.reaches("rendered", 1)
        await hide(node)
        channel: Any = client.cursor.channel
        await until(lambda: channel.head == 2)
        node.seen.renders.set()
        await hears_nothing_of_it(client, 2)


async def test_i13_what_is_being_rendered_for_a_replay_is_rendered_again(embedded: Ground) -> None:
    async with embedded.node() as node, node.listening() as witness:
        await node.say(SECRET)
        await fill(node.storage, 300)
        await witness.told(301)
        node.seen.renders.clear()
        async with node.listening(after=await node.at(0)) as client:
            await node.seen.reaches("rendered", 302)
            await hide(node)
            channel: Any = client.cursor.channel
            await until(lambda: channel.head == 302)
            node.seen.renders.set()
            await hears_nothing_of_it(client, 302)


async def test_i13_what_was_fetched_for_a_client_that_does_not_read_is_forgotten(embedded: Ground) -> None:
    async with embedded.node() as node, node.listening() as witness:
        await node.say(SECRET)
        await fill(node.storage, 300)
        await witness.told(301)
        node.seen.renders.clear()
        async with node.listening(after=await node.at(0)) as client:
            await node.seen.reaches("rendered", 302)
            client.is_paused = True
            node.seen.renders.set()
            await until(lambda: len(client.cursor.backlog) > 0)
            await hide(node)
            await witness.told(1)
            client.read_on()
            await hears_nothing_of_it(client, 302)


async def test_i13_a_block_that_was_ready_a_moment_before_is_made_again(
    embedded: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with embedded.node() as node, node.listening() as witness:
        await node.say(SECRET)
        await fill(node.storage, 300)
        await witness.told(301)
        gate = Gate()
        monkeypatch.setattr(LogGroup, "_load", gate.behind(LogGroup._load))
        async with node.listening(after=await node.at(0)) as client:
            await gate.reached()
            await hide(node)
            await witness.told(1)
            gate.open()
            await hears_nothing_of_it(client, 302)
