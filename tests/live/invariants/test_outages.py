"""A database that is away costs nobody anything but time; a bug of ours costs one answer; caps refuse, and nothing else."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs
from websockets.exceptions import InvalidStatus

from gateway.live.places import Places
from tests.live.hall_graph import Place, place_of
from tests.live.halls import id_of
from tests.live.invariants.nodes import HEARD, Ground, fill
from tests.live.talking import connected, talking

COUNTED = "subscription ($hall: ID!) { counted(hallId: $hall) }"
EVENT = "subscription ($hall: ID!, $after: Cursor) { heard(hallId: $hall, after: $after) { event { ... on Said { FIELD } } } }"


def away(work: Callable[..., Awaitable[Any]], times: int) -> Callable[..., Awaitable[Any]]:
    """Fails as often as that, with what drivers raise."""
    left = times

    async def failing(*given: Any, **named: Any) -> Any:
        nonlocal left
        left -= 1
        if left >= 0:
            raise ConnectionError("the connection is lost")
        return await work(*given, **named)

    return failing


@pytest.mark.parametrize("times", [1, 2, 5])
async def test_i1_nothing_is_lost_while_the_log_cannot_be_read(
    ground: Ground, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.live.channels.RETRY", 0.01)
    async with ground.node() as node, node.listening() as client:
        with capture_logs() as logs:
            for number in range(1, 4):
                monkeypatch.setattr(node.hub.log, "read", away(node.hub.log.read, times))
                await node.say(f"word {number}")
                assert await client.seqs(1) == [number]
        assert client.errors == ()
        assert {entry["event"] for entry in logs} <= {"topic_not_read", "topic_not_followed"}


async def test_i1_nothing_is_lost_of_a_replay_while_the_log_cannot_be_read(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.live.cursors.RETRY", 0.01)
    async with ground.node() as node, node.listening() as witness:
        await fill(node.storage, 400)
        await witness.told(400)
        read, failing = node.hub.log.read, away(node.hub.log.read, 5)

        async def old_are_out_of_reach(topic: str, after: int, limit: int) -> Any:
            return await (failing if after < 100 else read)(topic, after, limit)

        with capture_logs() as logs:
            monkeypatch.setattr(node.hub.log, "read", old_are_out_of_reach)
            async with node.listening(after=await node.at(0)) as client:
                assert await client.seqs(400) == list(range(1, 401))
        assert "updates_not_read" in {entry["event"] for entry in logs}


async def test_i1_a_join_outlives_a_log_that_cannot_be_read(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.live.channels.RETRY", 0.01)
    async with ground.node() as node, node.listening() as witness:
        await fill(node.storage, 3)
        await witness.told(3)
        with capture_logs():
            monkeypatch.setattr(node.hub.log, "read", away(node.hub.log.read, 7))
            async with node.listening(after=await node.at(0)) as client:
                assert await client.seqs(3) == [1, 2, 3]
        assert client.errors == ()


async def test_i1_joining_waits_until_the_database_is_back(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    async with ground.node() as node:
        await fill(node.storage, 2)
        after = await node.at(0)
        with capture_logs():
            monkeypatch.setattr(node.storage, "fetch", away(node.storage.fetch, 4))
            async with node.listening("mira", after=after) as client:
                assert await client.seqs(2) == [1, 2]


async def test_i1_a_state_is_told_when_the_database_is_back(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    async with ground.node() as node, node.listening(query=COUNTED) as client:
        assert await client.data() == {"counted": 0}
        with capture_logs():
            monkeypatch.setattr(node.storage, "fetch", away(node.storage.fetch, 3))
            await node.say("one")
            assert await client.data() == {"counted": 1}
        assert client.errors == ()


async def test_i1_what_could_not_be_rendered_is_rendered_again(embedded: Ground) -> None:
    """A field that fails twice, as a statement does while the database is away."""
    async with embedded.node() as node, node.listening(query=EVENT.replace("FIELD", "flaky")) as client:
        node.seen["flaky"] = 2
        with capture_logs():
            await node.say("one", "two")
            told = [(await client.data())["heard"]["event"]["flaky"] for _ in range(2)]
        assert told == ["one", "two"]


async def test_a_bug_in_one_field_is_masked_and_the_stream_goes_on(embedded: Ground) -> None:
    async with embedded.node() as node, node.listening(query=EVENT.replace("FIELD", "broken words")) as client:
        with capture_logs():
            await node.say("one", "two")
            told = [orjson.loads(each.payload) for each in await client.raw(2)]
        for text, answer in zip(("one", "two"), told, strict=True):
            assert answer["data"]["heard"]["event"] == {"broken": None, "words": text}
            assert [error["message"] for error in answer["errors"]] == ["Something went wrong on our side."]
        assert [answer["extensions"]["cursor"].rpartition(".")[2] for answer in told] == ["1", "2"]


async def test_a_state_whose_loading_is_refused_ends_with_an_error(embedded: Ground) -> None:
    async with embedded.node() as node, node.listening(query=COUNTED) as client:
        assert await client.data() == {"counted": 0}
        node.seen["no state"] = 1
        await node.say("one")
        await client.over()
        assert [error["message"] for error in client.errors] == ["Вас вивели із зали."]
        assert (node.hub.channels, client.heard) == ({}, [])


async def test_a_topic_is_told_in_so_many_ways(embedded: Ground) -> None:
    ways = [HEARD, HEARD.replace("resync", "again: resync"), HEARD.replace("resync", "yet: resync")]
    async with (
        embedded.node(most_groups=2) as node,
        node.listening(query=ways[0]) as first,
        node.listening(query=ways[1]),
        node.listening(query=ways[2]) as refused,
        node.listening(query=ways[2], hall="other") as elsewhere,
        node.listening(query=ways[0]) as alike,
    ):
        assert [error["extensions"]["code"] for error in refused.errors] == ["TOO_MANY_SUBSCRIPTIONS"]
        assert (elsewhere.errors, alike.errors) == ((), ())
        await node.say("one")
        assert (await first.seqs(1), await alike.seqs(1)) == ([1], [1])
        async with AsyncExitStack() as stack:
            node.live.hub.leave(first.cursor)
            node.live.hub.leave(alike.cursor)
            again = await stack.enter_async_context(node.listening(query=ways[2]))
            assert again.errors == ()


@pytest.mark.parametrize(("places", "status"), [(Places(2), 503), (Places(0, 2), 429), (Places(5, 2), 429)])
async def test_so_many_clients_have_a_place(tmp_path: Path, places: Places, status: int) -> None:
    async with place_of(tmp_path, places=places) as place:
        async with talking(place), talking(place):
            for _ in range(2):
                with pytest.raises(InvalidStatus) as refused:
                    await connected(place).__aenter__()
                assert refused.value.response.status_code == status
                assert refused.value.response.headers["retry-after"] == "10"
        await place.empty()
        assert (len(places), place.hub.counts.refused) == (0, 2)
        async with talking(place) as talk:
            assert await talk.ask("{ hello }") == {"hello": "Hello, world!"}


async def test_so_many_operations_run_on_a_connection(place: Place) -> None:
    query = "subscription ($hall: ID!) { heard(hallId: $hall) { cursor } }"
    async with talking(place) as talk:
        for number in range(20):
            await talk.subscribe(query, f"{number}", variables={"hall": id_of(f"{number}")})
        await place.followed_by(20)
        await talk.subscribe("{ hello }", "20")
        answer = await talk.next()
        assert (answer["type"], answer["id"]) == ("error", "20")
        assert answer["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
        await talk.send("complete", "7")
        await place.followed_by(19)
        assert await talk.ask("{ hello }", "20") == {"hello": "Hello, world!"}
