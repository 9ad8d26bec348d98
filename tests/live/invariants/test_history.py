"""I7: a cursor that cannot be continued is answered with `resync`, never with silence."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.live.cursors import Cursor
from modules.kernel import log
from modules.kernel.migrating import renew_epoch
from modules.kernel.storage import Storage
from tests.live.halls import topic_of
from tests.live.invariants.holding import Gate
from tests.live.invariants.nodes import Ground, Node, Update, fill, until

COUNTED = "subscription ($hall: ID!) { counted(hallId: $hall) }"


async def restore(storage: Storage, seq: int, *, is_told: bool = True) -> None:
    """The database of an earlier time, where the hall had `seq` events; `is_told`: with `spilno migrate --restored`."""
    async with storage.writing() as work:
        await work.run(sa.delete(log.events).where(log.events.c.topic == topic_of(), log.events.c.seq > seq))
        await work.run(sa.update(log.topics).where(log.topics.c.name == topic_of()).values(seq=seq))
        if is_told:
            await work.run(sa.update(log.epochs).values(id=log.fresh_epoch()))


def look(node: Node) -> None:
    """What the poll does when it sees another history."""
    for channel in node.hub.channels.values():
        channel.look()


async def trim(storage: Storage, floor: int) -> None:
    async with storage.writing() as work:
        await work.run(sa.delete(log.events).where(log.events.c.topic == topic_of(), log.events.c.seq <= floor))
        await work.run(sa.update(log.topics).where(log.topics.c.name == topic_of()).values(floor=floor))


def shown(told: list[Update]) -> list[tuple[int, str | None]]:
    return [(each.seq, each.resync or each.words) for each in told]


async def test_i7_a_cursor_of_another_history_is_told_at_joining(ground: Ground) -> None:
    async with ground.node() as node:
        await fill(node.storage, 3)
        old = await node.at(3)
        await renew_epoch(node.storage)
        async with node.listening(after=old) as client:
            await node.say("new")
            first, second = await client.told(2)
        assert shown([first, second]) == [(3, "EPOCH_CHANGED"), (4, "new")]
        async with node.listening(after=first.cursor) as client:
            assert shown(await client.told(1)) == [(4, "new")]


async def test_i7_whoever_follows_is_told_when_a_backup_is_restored(ground: Ground) -> None:
    """Where nothing happens afterwards, and where it does; one client does not read meanwhile, another is far behind."""
    async with ground.node(poll=0.05) as here, ground.node(poll=0.05) as there:
        await fill(here.storage, 400)
        async with (
            here.listening() as near,
            there.listening() as far,
            here.listening(after=await here.at(0)) as paused,
        ):
            await paused.told(400)
            paused.is_paused = True
            await fill(here.storage, 300)
            await asyncio.gather(near.told(300), far.told(300))
            await restore(here.storage, 200)
            for client in (near, far):
                (told,) = await client.told(1)
                assert (told.resync, told.seq) == ("EPOCH_CHANGED", 200)
            await here.say("after")
            for client in (near, far):
                assert shown(await client.told(1)) == [(201, "after")]
            paused.read_on()
            assert shown(await paused.told(2)) == [(200, "EPOCH_CHANGED"), (201, "after")]


async def test_i7_a_history_that_shrank_without_a_word_is_noticed(embedded: Ground) -> None:
    async with embedded.node() as node, node.listening() as client:
        await fill(node.storage, 5)
        await client.told(5)
        await restore(node.storage, 2, is_told=False)
        await node.hint(6)
        assert shown(await client.told(1)) == [(2, "EPOCH_CHANGED")]
        await node.say("three")
        assert shown(await client.told(1)) == [(3, "three")]


async def test_i7_a_state_is_told_anew_when_a_backup_is_restored(ground: Ground) -> None:
    async with ground.node(poll=0.05) as node, node.listening(query=COUNTED) as client:
        await fill(node.storage, 5)
        while await client.data() != {"counted": 5}:
            pass
        await restore(node.storage, 2)
        while await client.data() != {"counted": 2}:
            pass
        await node.say("three")
        while await client.data() != {"counted": 3}:
            pass


async def test_i7_what_was_trimmed_is_told_at_joining(ground: Ground) -> None:
    async with ground.node() as node:
        await fill(node.storage, 10)
        await trim(node.storage, 7)
        for after in (0, 6):
            async with node.listening(after=await node.at(after)) as client:
                assert shown(await client.told(1)) == [(10, "TRIMMED")]
        async with node.listening(after=await node.at(7)) as client:
            assert await client.seqs(3) == [8, 9, 10]


@pytest.mark.parametrize("floor", [100, 130, 200, 399, 400])
async def test_i7_what_was_trimmed_is_told_to_who_was_slow(embedded: Ground, floor: int) -> None:
    async with embedded.node() as node, node.listening() as witness, node.listening() as client:
        await node.say("one")
        await client.told(1)
        client.is_paused = True
        await fill(node.storage, 399)
        await witness.told(400)
        await trim(node.storage, floor)
        client.read_on()
        assert shown(await client.told(1)) == [(400, "TRIMMED")]
        await node.say("now")
        assert shown(await client.told(1)) == [(401, "now")]


async def test_i7_what_was_trimmed_before_a_group_rendered_it_is_told(embedded: Ground) -> None:
    async with embedded.node() as node, node.listening() as client:
        node.seen.renders.clear()
        await node.say("one")
        await fill(node.storage, 599)
        channel: Any = client.cursor.channel
        await until(lambda: channel.head == 600)
        await trim(node.storage, 500)
        node.seen.renders.set()
        told = shown(await client.told(2))
        assert told == [(1, "one"), (600, "TRIMMED")]
        await node.say("now")
        assert shown(await client.told(1)) == [(601, "now")]


@pytest.mark.parametrize("floor", [4, 5])
async def test_i7_what_was_trimmed_before_a_node_read_it_is_told(ground: Ground, floor: int) -> None:
    async with ground.node() as node, ground.elsewhere() as other, node.listening() as client:
        await node.say("one")
        assert await client.seqs(1) == [1]
        await fill(other, 4)
        await trim(other, floor)
        await node.hint(5)
        assert shown(await client.told(1)) == [(5, "TRIMMED")]
        await node.say("now")
        assert shown(await client.told(1)) == [(6, "now")]


async def test_i7_who_is_too_far_behind_is_told(embedded: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.live.channels.FURTHEST", 50)
    async with embedded.node() as node:
        await fill(node.storage, 60)
        async with node.listening(after=await node.at(9)) as client:
            assert shown(await client.told(1)) == [(60, "TOO_FAR")]
            await node.say("now")
            assert shown(await client.told(1)) == [(61, "now")]
        async with node.listening(after=await node.at(11)) as client:
            assert await client.seqs(50) == list(range(12, 62))


async def test_i7_a_backup_that_is_restored_while_somebody_joins(embedded: Ground) -> None:
    async with embedded.node() as node, node.listening() as witness, asyncio.TaskGroup() as group:
        await fill(node.storage, 8)
        await witness.told(8)
        gate = Gate()
        node.hub.render = gate.behind(node.hub.render)  # type: ignore[method-assign, assignment]

        async def join() -> list[tuple[int, str | None]]:
            async with node.listening(after=await node.at(1, epoch="other")) as client:
                return shown(await client.told(2))

        joining = group.create_task(join())
        await gate.reached()
        await restore(node.storage, 2)
        look(node)
        assert shown(await witness.told(1)) == [(2, "EPOCH_CHANGED")]
        gate.open()
        await until(lambda: node.hub.cursors == 2 and all(each.has_begun for each in _cursors(node)))
        await node.say("three")
        assert await joining == [(2, "EPOCH_CHANGED"), (3, "three")]


def _cursors(node: Node) -> list[Cursor]:
    return [
        cursor
        for channel in node.hub.channels.values()
        for group in channel.groups.values()
        for cursor in group.cursors
    ]


async def test_i7_a_read_from_before_a_backup_does_not_bring_the_old_history_back(embedded: Ground) -> None:
    async with embedded.node() as node, node.listening() as witness, asyncio.TaskGroup() as group:
        await fill(node.storage, 8)
        await witness.told(8)
        ahead, gate = await node.at(9), Gate()
        node.hub.log.read = gate.behind(node.hub.log.read)  # type: ignore[method-assign, assignment]

        async def join() -> list[tuple[int, str | None]]:
            async with node.listening(after=ahead) as client:
                told = await client.told(1)
                await node.say("three")
                return shown(told + await client.told(1))

        joining = group.create_task(join())
        await gate.reached()
        await restore(node.storage, 2)
        look(node)
        assert shown(await witness.told(1)) == [(2, "EPOCH_CHANGED")]
        gate.open()
        assert await joining == [(2, "EPOCH_CHANGED"), (3, "three")]
        assert shown(await witness.told(1)) == [(3, "three")]
