"""I1 complete, I2 in order, I3 once, I4 the same on every node, I6 nothing that was rolled back."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from modules.kernel import log
from modules.kernel.following import Log
from modules.kernel.storage import Storage
from tests.live.halls import Said, key_of, topic_of
from tests.live.invariants.nodes import Client, Ground, Node, fill, log_of, until
from tests.live.invariants.people import commit, demoted, promoted


async def held(log: Log, monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, asyncio.Event]:
    """The next read of the log begins (the first event), and waits before it reads (for the second)."""
    began, goes_on, read = asyncio.Event(), asyncio.Event(), log.read

    async def slow(topic: str, after: int, limit: int = Log.BLOCK):  # type: ignore[no-untyped-def]
        if not began.is_set():
            began.set()
            await goes_on.wait()
        return await read(topic, after, limit)

    monkeypatch.setattr(log, "read", slow)
    return began, goes_on


async def test_i1_everything_from_the_cursor_to_the_head(ground: Ground) -> None:
    """From the ring of a group (256), from blocks out of the log before it, and while others write."""
    async with ground.node(poll=0.05) as here, ground.node(poll=0.05) as there, AsyncExitStack() as stack:
        await fill(here.storage, 700)

        async def follow(node: Node, after: int | None) -> Client:
            cursor = None if after is None else await node.at(after)
            return await stack.enter_async_context(node.listening(after=cursor))

        late = [(await follow(node, after), after) for node in (here, there) for after in (0, 430, 699)]
        late += [(await follow(here, None), 700), (await follow(there, None), 700)]

        async def write(node: Node, who: str) -> None:
            for number in range(30):
                await node.say(f"{who} {number}")

        hearing = [asyncio.create_task(client.told(760 - after)) for client, after in late]
        await asyncio.gather(write(here, "Mira"), write(there, "Taras"))
        truth = await log_of(here.storage)
        assert [seq for seq, _ in truth] == list(range(1, 761))
        for task, (client, after) in zip(hearing, late, strict=True):
            assert [(each.seq, each.words) for each in await task] == truth[after:]
            assert client.heard == []


async def test_i1_contiguous_across_reconnects_to_either_node(ground: Ground) -> None:
    async with ground.node(poll=0.05) as here, ground.node(poll=0.05) as there:
        await fill(here.storage, 300)
        told, cursor, nodes = [], await here.at(0), (here, there)

        async def write() -> None:
            for number in range(40):
                await nodes[number % 2].say(f"live {number}")

        writing = asyncio.create_task(write())
        for connection, count in enumerate((1, 99, 1, 57, 100, 3, 42, 37)):
            async with nodes[connection % 2].listening(after=cursor) as client:
                told += await client.told(count)
                cursor = told[-1].cursor
        await writing
        assert [(each.seq, each.words) for each in told] == await log_of(here.storage)


async def test_i1_a_client_that_is_ahead_of_its_new_node_misses_nothing(embedded: Ground) -> None:
    async with embedded.node() as behind, embedded.node() as ahead:
        await ahead.say("one")
        async with behind.listening() as witness, ahead.listening() as client:
            await ahead.say("two", "three")
            (_, three) = await client.told(2)
            async with behind.listening(after=three.cursor) as again:
                await ahead.say("four")
                await behind.hint(4)
                assert await again.seqs(1) == [4]
            assert await witness.seqs(3) == [2, 3, 4]


async def test_i2_nothing_is_told_before_it_is_known_where_to_begin(
    embedded: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client comes with a cursor that is ahead of the node, which hears of the same events meanwhile."""
    async with embedded.node() as node, embedded.elsewhere() as other, node.listening() as witness:
        await fill(other, 3)
        began, goes_on = await held(node.hub.log, monkeypatch)
        async with asyncio.TaskGroup() as group:

            async def join() -> None:
                async with node.listening(after=await node.at(2)) as client:
                    assert await client.seqs(1) == [3]
                    await node.say("four")
                    assert await client.seqs(1) == [4]

            joining = group.create_task(join())
            await began.wait()
            await node.hint(3)
            assert await witness.seqs(3) == [1, 2, 3]
            assert not joining.done()
            goes_on.set()


async def test_i2_the_word_to_query_again_comes_first(embedded: Ground) -> None:
    """Events go on while it is rendered."""
    async with embedded.node() as node, node.listening() as witness:
        await node.say("one")
        assert await witness.seqs(1) == [1]
        async with asyncio.TaskGroup() as group:
            started, proceed = asyncio.Event(), asyncio.Event()
            render = node.hub.render

            async def slow(subscription, values, context):  # type: ignore[no-untyped-def]
                if any(getattr(value, "resync", None) for value in values):
                    started.set()
                    await proceed.wait()
                return await render(subscription, values, context)

            node.hub.render = slow  # type: ignore[method-assign]

            async def join() -> list[int]:
                async with node.listening(after=await node.at(1, epoch="other")) as client:
                    told = await client.told(2)
                    assert told[0].resync == "EPOCH_CHANGED"
                    assert told[1].resync is None
                    return [each.seq for each in told]

            joining = group.create_task(join())
            await started.wait()
            await node.say("two")
            assert await witness.seqs(1) == [2]
            proceed.set()
            await asyncio.sleep(0)
            await node.say("three")
        first, second = joining.result()
        assert second == first + 1


async def test_i3_once_though_the_group_changes_in_the_middle_of_catching_up(embedded: Ground) -> None:
    async with embedded.node() as node:
        await fill(node.storage, 500)
        node.seen.renders.clear()
        async with node.listening("mira", after=await node.at(0)) as client:
            subscriber = client.subscriber
            assert subscriber is not None
            await until(lambda: client.cursor.task is not None)
            for change in (promoted, promoted, demoted, promoted, promoted):
                looked = node.seen["authorized"]
                await commit(node.storage, change("mira"))
                await until(lambda looked=looked: node.seen["authorized"] > looked)
                await until(lambda: subscriber.may_hear)
            node.seen.renders.set()
            await node.say("last")
            assert await client.seqs(501) == list(range(1, 502))
            await node.say("very last")
            assert await client.seqs(1) == [502]


async def test_i4_every_node_renders_the_same_bytes(ground: Ground) -> None:
    async with ground.node(poll=0.05) as here, ground.node(poll=0.05) as there:
        await fill(here.storage, 120)
        async with here.listening(after=await here.at(0)) as one, there.listening(after=await there.at(0)) as other:
            await fill(there.storage, 20, text="слово")
            first, second = await asyncio.gather(one.told(140), other.told(140))
        async with there.listening(after=await there.at(60)) as later:
            third = await later.told(80)
        assert [each.payload for each in first] == [each.payload for each in second]
        assert third == first[60:]


async def test_i6_what_is_rolled_back_is_never_seen(ground: Ground) -> None:
    """Neither while its transaction is open, with a hint that tells of it, nor afterwards."""
    async with ground.node(poll=0.02) as node, ground.elsewhere() as other, node.listening() as client:
        for number in range(3):
            with pytest.raises(LookupError):
                async with other.writing() as work:
                    await log.append(work.session, [Said(key_of("small"), f"never {number}")])
                    await node.hint(number + 1)
                    polls = node.hub.feed.polls
                    await until(lambda polls=polls: node.hub.feed.polls >= polls + 2)
                    raise LookupError
            with pytest.raises(LookupError):
                async with node.storage.writing() as work:
                    work.record(Said(key_of("small"), f"nor this {number}"))
                    raise LookupError
            await node.say(f"said {number}")
        assert [(each.seq, each.words) for each in await client.told(3)] == [(n + 1, f"said {n}") for n in range(3)]
        assert await log_of(other) == [(n + 1, f"said {n}") for n in range(3)]
        assert client.heard == []


async def test_i1_hints_that_are_doubled_late_or_nonsense_change_nothing(ground: Ground) -> None:
    async with ground.node() as node, ground.elsewhere() as other, node.listening() as client:

        async def write(storage: Storage) -> None:
            for number in range(1, 31):
                await commit(storage, Said(key_of("small"), f"{number}"))
                for seq in (number, number, 1, number - 1):
                    await node.hint(seq)
                await node.hub.feed.publish("nonsense", {topic_of(): number})
                await node.hub.feed.publish("heads", [topic_of()])

        await write(other)
        assert [(each.seq, each.words) for each in await client.told(30)] == [(n, str(n)) for n in range(1, 31)]
        assert client.heard == []
