"""I8: nothing that was committed after a revocation. I9: nothing after the token has expired."""

import asyncio
from datetime import timedelta
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from gateway.live.channels import LogChannel
from modules.kernel import clock, log
from modules.kernel.log import ACCESS
from modules.kernel.policy import Role, Viewer
from modules.kernel.refusals import NotAllowed
from modules.kernel.storage import Storage
from tests.live.hall_graph import KYIV, Place
from tests.live.halls import Said, id_of, key_of, say
from tests.live.invariants.holding import Gate
from tests.live.invariants.nodes import Client, Ground, Node, fill, until
from tests.live.invariants.people import commit, demoted, ended, person, promoted, session
from tests.live.invariants.test_history import restore
from tests.live.talking import HEARD, SMALL, talking, words

COUNTED = "subscription ($hall: ID!) { counted(hallId: $hall) }"
ROLES = "subscription ($hall: ID!, $after: Cursor) { heard(hallId: $hall, after: $after) { event { ... on Said { words roleCount } } resync } }"


async def revoked_then_said(storage: Storage, text: str, *nodes: Node, seq: int) -> None:
    """The hint of the revocation is lost, that of what was said later is not."""
    await commit(storage, ended("mira"))
    await commit(storage, Said(key_of("small"), text))
    for node in nodes:
        await node.hint(seq)


async def silenced(client: Client) -> None:
    await client.over()
    assert client.heard == []
    assert client.code == 4403 or client.errors


async def test_i8_nothing_after_the_revocation_on_any_node(ground: Ground) -> None:
    async with (
        ground.node() as here,
        ground.node() as there,
        ground.elsewhere() as other,
        here.listening("mira") as near,
        there.listening("mira") as far,
        here.listening("mira/laptop") as laptop,
        there.listening() as witness,
    ):
        await fill(other, 3)
        await asyncio.gather(here.hint(3), there.hint(3))
        for client in (near, far, laptop, witness):
            assert await client.seqs(3) == [1, 2, 3]
        await revoked_then_said(other, "secret", here, there, seq=4)
        assert (await witness.seqs(1), await laptop.seqs(1)) == ([4], [4])
        await asyncio.gather(silenced(near), silenced(far))
        assert len(here.live.people) == len({"laptop"}) + len({"mira, until her socket is closed"})


STAGES = ["asked who", "before its group", "in its group", "before its start", "behind its start"]


def held(stage: str, node: Node, patched: pytest.MonkeyPatch) -> Gate:
    """A gate at one of the places where joining waits."""
    gate = Gate()
    match stage:
        case "asked who":
            asking = node.hub.sessions._asking
            patched.setattr(asking, "_batch", gate.behind(asking._batch))
        case "before its group":
            patched.setattr(node.hub, "admit", gate.before(node.hub.admit))
        case "in its group":
            patched.setattr(node.hub, "admit", gate.behind(node.hub.admit))
        case "before its start":
            patched.setattr(LogChannel, "start", gate.before(LogChannel.start))
        case "behind its start":
            patched.setattr(LogChannel, "start", gate.behind(LogChannel.start))
    return gate


@pytest.mark.parametrize("stage", STAGES)
async def test_i8_a_join_that_races_with_the_revocation(
    ground: Ground, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ground.node() as node, ground.elsewhere() as other, node.listening() as witness:
        await fill(other, 3)
        await node.hint(3)
        await witness.told(3)
        after = await node.at(3)
        gate, done = held(stage, node, monkeypatch), asyncio.Event()

        async def join() -> None:
            async with node.listening("mira", after=after) as client:
                await silenced(client)
                await done.wait()
                assert client.heard == []

        async with asyncio.TaskGroup() as group:
            group.create_task(join())
            await gate.reached()
            await revoked_then_said(other, "secret", node, seq=4)
            assert await witness.seqs(1) == [4]
            gate.open()
            await node.say("secret too")
            assert await witness.seqs(1) == [5]
            done.set()


@pytest.mark.parametrize("stage", STAGES)
async def test_i8_a_join_that_races_with_a_role_that_is_taken(
    ground: Ground, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ground.node() as node, ground.elsewhere() as other, node.listening(query=ROLES) as witness:
        await commit(other, promoted("mira"))
        await node.hint(1, ACCESS)
        after = await node.at(0)
        gate = held(stage, node, monkeypatch)

        async def join() -> list[tuple[int, int]]:
            async with node.listening("mira", query=ROLES, after=after) as client:
                return [role_shown(each) for each in await client.raw(2)]

        async with asyncio.TaskGroup() as group:
            joining = group.create_task(join())
            await gate.reached()
            await commit(other, demoted("mira"))
            await commit(other, Said(key_of("small"), "secret"))
            await node.hint(1)
            await witness.raw(1)
            found = node.live.people._by_key.get(person("mira"), set())
            await until(lambda: all(each.may_hear for each in found))  # it was looked at meanwhile who it is
            gate.open()
            await node.say("secret too")
        assert joining.result() == [(1, 0), (2, 0)]


async def test_i8_a_revocation_counts_at_once_after_a_backup_was_restored(embedded: Ground) -> None:
    """The topic of access began again, with lower numbers than were read before."""
    async with (
        embedded.node() as node,
        embedded.elsewhere() as other,
        node.listening("mira") as mira,
        node.listening() as witness,
    ):
        await commit(node.storage, *(promoted("olena") for _ in range(5)))
        await node.say("one")
        assert (await mira.seqs(1), await witness.seqs(1)) == ([1], [1])
        await restore(other, 1)
        async with other.writing() as work:
            await work.run(sa.delete(log.events).where(log.events.c.topic == ACCESS))
            await work.run(sa.delete(log.topics).where(log.topics.c.name == ACCESS))
        await commit(other, ended("mira"))
        await commit(other, Said(key_of("small"), "secret"))
        await node.hint(2)
        (told,) = await witness.told(1)
        assert told.resync == "EPOCH_CHANGED"
        await node.say("secret too")
        assert await witness.seqs(1) == [3]
        await silenced(mira)


async def test_i8_a_role_that_is_taken_moves_the_subscription(ground: Ground) -> None:
    """Nothing is lost or told twice, and nothing that was committed later is shown as before."""
    async with (
        ground.node() as node,
        ground.elsewhere() as other,
        node.listening("mira", query=ROLES) as mira,
        node.listening(query=ROLES) as nobody,
    ):
        truth: list[tuple[int, int]] = []

        async def speak(count: int, *, is_moderator: bool) -> None:
            for _ in range(count):
                await commit(other, Said(key_of("small"), "word"))
                truth.append((len(truth) + 1, int(is_moderator)))
                if len(truth) % 3 == 0:
                    await node.hint(len(truth))
            await node.hint(len(truth))

        for _ in range(4):
            told: list[tuple[int, int]] = []
            for change, is_moderator in ((promoted, True), (demoted, False)):
                await commit(other, change("mira"))
                await speak(10, is_moderator=is_moderator)
                told += [role_shown(each) for each in await mira.raw(10)]
            assert told == truth[-20:]
        assert [role_shown(each)[1] for each in await nobody.raw(80)] == [0] * 80


def role_shown(rendered: Any) -> tuple[int, int]:
    answer = orjson.loads(rendered.payload)
    return int(answer["extensions"]["cursor"].rpartition(".")[2]), answer["data"]["heard"]["event"]["roleCount"]


async def test_i8_a_state_is_not_told_after_the_revocation(ground: Ground) -> None:
    async with (
        ground.node() as node,
        ground.elsewhere() as other,
        node.listening("mira", query=COUNTED) as mira,
        node.listening(query=COUNTED) as witness,
    ):
        assert (await mira.data(), await witness.data()) == ({"counted": 0}, {"counted": 0})
        await revoked_then_said(other, "secret", node, seq=1)
        assert await witness.data() == {"counted": 1}
        await silenced(mira)


async def test_i8_who_is_refused_when_asked_again_hears_of_that_subscription_alone(place: Place) -> None:
    def enters(viewer: Viewer, hall: Any) -> Viewer:
        if hall == key_of("closed") and not viewer.roles:
            raise NotAllowed(message="This hall is closed.")
        return Viewer()

    place.seen.authorize = enters
    place.viewers["mira"] = Viewer(person("mira"), session("mira"), frozenset({(Role.MODERATOR, KYIV)}))
    async with talking(place, {"token": "mira"}) as talk:
        await talk.subscribe(HEARD, "closed", variables={"hall": id_of("closed")})
        await talk.subscribe(HEARD, "small", variables=SMALL)
        await place.followed_by(2)
        place.viewers["mira"] = Viewer(person("mira"), session("mira"))
        await commit(place.storage, demoted("mira"))
        await say(place.storage, "secret", hall="closed")
        await say(place.storage, "hello")
        one, other = await talk.next(), await talk.next()
        assert (one["type"], one["id"], one["payload"][0]["message"]) == ("error", "closed", "This hall is closed.")
        assert (other["id"], words(other)) == ("small", "hello")
        assert await talk.ask("{ hello }", "closed") == {"hello": "Hello, world!"}


async def test_i8_a_socket_is_told_nothing_after_the_revocation(place: Place) -> None:
    """On either wire, also on the short way of a client that has taken everything; and while it is asked who it is."""
    place.viewers["slow"] = Viewer(person("mira"), session("mira"))
    place.seen["allowed"] = 1
    async with talking(place, {"token": "slow"}) as mira, talking(place) as witness:
        for talk in (mira, witness):
            await talk.subscribe(HEARD, variables=SMALL)
        await place.followed_by(2)
        for text in ("one", "two"):
            await say(place.storage, text)
            assert (words(await mira.next()), words(await witness.next())) == (text, text)
        place.seen["allowed"], place.viewers["slow"] = 0, None
        await commit(place.storage, ended("mira"))
        await say(place.storage, "secret")
        assert words(await witness.next()) == "secret"
        place.seen["allowed"] = 1
        assert await mira.farewell() == (4403, "This session has ended.")


async def test_i9_nothing_after_expiry_however_late_the_timer_is(embedded: Ground) -> None:
    until_then = clock.now() + timedelta(seconds=0.4)
    async with (
        embedded.node(expires=until_then) as node,
        node.listening("mira") as mira,
        node.listening("mira", query=COUNTED) as counting,
        node.listening() as witness,
    ):
        await node.say("one")
        assert (await mira.seqs(1), await witness.seqs(1)) == ([1], [1])
        await until(lambda: len(counting.heard) == 2)
        for client in (mira, counting):
            assert client.subscriber is not None
            assert client.subscriber._timer is not None
            client.subscriber._timer.cancel()
        await until(lambda: clock.now() > until_then)
        await node.say("secret")
        assert await witness.seqs(1) == [2]
        assert (mira.heard, len(counting.heard)) == ([], 2)
        for client in (mira, counting):
            assert client.subscriber is not None
            client.subscriber.suspect()  # as the timer does, at last
            await client.over()
            assert (client.code, len(client.heard)) == (4403, 0 if client is mira else 2)


async def test_i9_a_socket_is_told_nothing_after_expiry(place: Place) -> None:
    """On either wire, also on the short way of a client that has taken everything."""
    place.viewers["mira"] = Viewer(person("mira"), session("mira"))
    place.until["mira"] = clock.now() + timedelta(seconds=0.5)
    async with talking(place, {"token": "mira"}) as mira, talking(place) as witness:
        for talk in (mira, witness):
            await talk.subscribe(HEARD, variables=SMALL)
        await place.followed_by(2)
        for text in ("one", "two"):
            await say(place.storage, text)
            assert (words(await mira.next()), words(await witness.next())) == (text, text)
        (subscriber,) = place.live.people._by_key[session("mira")]
        assert subscriber._timer is not None
        subscriber._timer.cancel()
        await until(lambda: clock.now() > place.until["mira"])
        await say(place.storage, "secret")
        assert words(await witness.next()) == "secret"
        place.viewers["mira"] = None
        subscriber.suspect()  # as the timer does, at last
        assert await mira.farewell() == (4403, "This session has ended.")


async def test_i9_expiry_closes_the_socket(embedded: Ground) -> None:
    async with embedded.node(expires=clock.now() + timedelta(seconds=0.3)) as node, node.listening("mira") as mira:
        await node.say("one")
        assert await mira.seqs(1) == [1]
        await silenced(mira)
