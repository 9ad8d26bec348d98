"""I10: what is shown to one scope is never shown to another; what is alike is rendered once."""

from contextlib import AsyncExitStack
from typing import Any

import pytest

from gateway.execution.engine import Engine
from modules.kernel import keys
from modules.kernel.live import cursor
from tests.live.invariants.nodes import Ground
from tests.live.invariants.people import commit, person, promoted

ROLES = "subscription ($hall: ID!) { heard(hallId: $hall) { event { ... on Said { words roleCount } } } }"
MINE = [
    "subscription ($hall: ID!) { heard(hallId: $hall) { event { ... on Said { viewerId } } } }",
    "subscription ($hall: ID!) { heard(hallId: $hall) { event { ...F } } } fragment F on Said { viewerId }",
    "subscription ($hall: ID!) { heard(hallId: $hall) { event { ...F } } } fragment F on HallEvent { ...G } "
    "fragment G on Said { ... { me: viewerId } }",
    "subscription ($hall: ID!, $y: Boolean = true) { heard(hallId: $hall) { event { ... on Said { viewerId @include(if: $y) } } } }",
]


def said(data: Any) -> Any:
    return data["heard"]["event"]


async def test_i10_two_scopes_never_share(embedded: Ground) -> None:
    async with embedded.node() as node, AsyncExitStack() as stack:
        await commit(node.storage, promoted("mira"), promoted("olena"))
        moderators, others = [
            [await stack.enter_async_context(node.listening(token, query=ROLES)) for token in tokens]
            for tokens in (("mira/phone", "mira/laptop", "olena"), ("taras", "", ""))
        ]
        assert (node.hub.groups, node.hub.cursors) == (2, 6)
        await node.say("hello")
        for clients, count in ((moderators, 1), (others, 0)):
            for client in clients:
                assert said(await client.data()) == {"words": "hello", "roleCount": count}
        assert node.seen["rendered"] == 2


@pytest.mark.parametrize("query", MINE)
async def test_i10_what_is_of_the_viewer_is_theirs_alone(embedded: Ground, query: str) -> None:
    """People share with nobody but their own devices."""
    async with embedded.node() as node, AsyncExitStack() as stack:
        tokens = ("mira/phone", "mira/laptop", "olena", "taras", "", "")
        clients = [await stack.enter_async_context(node.listening(token, query=query)) for token in tokens]
        assert node.hub.groups == 4
        await node.say("hello")
        for token, client in zip(tokens, clients, strict=True):
            assert list(said(await client.data()).values()) == [person(token).hex if token else None]


async def test_i10_where_one_starts_is_no_difference(embedded: Ground) -> None:
    async with embedded.node() as node, AsyncExitStack() as stack:
        await node.say("one", "two")
        starts = [None, await node.at(0), await node.at(1), await node.at(2), await node.at(2, epoch="another")]
        clients = [await stack.enter_async_context(node.listening(after=after)) for after in starts]
        assert (node.hub.groups, node.hub.cursors) == (1, 5)
        await node.say("three")
        assert [await client.seqs(count) for client, count in zip(clients, (1, 3, 2, 1, 2), strict=True)] == [
            [3], [1, 2, 3], [2, 3], [3], [2, 3],
        ]  # fmt: skip
        before = node.seen["rendered"]
        await node.say("four")
        assert [await client.seqs(1) for client in clients] == [[4]] * 5
        assert node.seen["rendered"] == before + 1


async def test_i10_a_start_that_is_written_in_the_document_is_that_documents(embedded: Ground) -> None:
    async with embedded.node() as node:
        await node.say("one", "two", "three")
        query = 'subscription ($hall: ID!) { heard(hallId: $hall, after: "AT") { cursor event { ... on Said { words } } resync } }'
        first, second = [query.replace("AT", await node.at(seq)) for seq in (1, 2)]
        async with (
            node.listening(query=first) as one,
            node.listening(query=first) as again,
            node.listening(query=second) as other,
        ):
            assert node.hub.groups == 2
            assert (await one.seqs(2), await again.seqs(2), await other.seqs(1)) == ([2, 3], [2, 3], [3])


async def test_i10_variables_are_compared_by_what_they_say(embedded: Ground) -> None:
    query = "subscription ($hall: ID!, $times: Int! = 2) { counted(hallId: $hall, times: $times) }"
    async with embedded.node() as node, AsyncExitStack() as stack:
        given: list[dict[str, Any]] = [{"times": 2}, {"times": 2}, {"times": 3}, {}, {"times": 2, "unknown": 7}]
        clients = [await stack.enter_async_context(node.listening(query=query, **each)) for each in given]
        clients.append(await stack.enter_async_context(node.listening(query=query, hall="other", times=2)))
        assert sum(len(channel.groups) for channel in node.hub.channels.values()) == 4
        for client in clients:
            assert await client.data() == {"counted": 0}
        await node.say("one")
        assert [(await client.data())["counted"] for client in clients[:-1]] == [2, 2, 3, 2, 2]
        assert clients[-1].heard == []


def test_i10_the_order_of_variables_is_no_difference(engine: Engine) -> None:
    one, other = (_of(engine, REPLIES, given) for given in (GIVEN, dict(reversed(GIVEN.items()))))
    assert one.variables == other.variables


async def test_i10_kinds_of_topics_are_apart(embedded: Ground) -> None:
    counted = "subscription ($hall: ID!) { counted(hallId: $hall) }"
    audience = "subscription ($hall: ID!) { audience(hallId: $hall) }"
    async with (
        embedded.node() as node,
        node.listening() as hears,
        node.listening(query=counted) as counts,
        node.listening(query=audience) as sits,
    ):
        assert (await counts.data(), await sits.data()) == ({"counted": 0}, {"audience": 1})
        await node.say("one")
        assert (await hears.seqs(1), await counts.data()) == ([1], {"counted": 1})


DEBATE = keys.encode("Debate", person("debate"))
REPLIES = """subscription ($debate: ID!, $after: Cursor, $first: Int) { debateEvents(debateId: $debate, after: $after) {
  event { ... on CommentAdded { comment { replies(first: $first, after: $after) { totalCount } } } } } }"""
GIVEN = {"debate": DEBATE, "first": 3, "after": cursor("epoch", f"debate:{person('debate').hex}", 4)}


def _of(engine: Engine, query: str, variables: dict[str, Any]) -> Any:
    return engine.subscription(engine.prepare(query), variables=variables, request_id="test")


def test_i10_a_start_that_says_something_else_besides_is_a_difference(engine: Engine) -> None:
    plain = REPLIES.replace("after: $after) { totalCount", ") { totalCount").replace(
        "first: $first, )", "first: $first)"
    )
    for query, is_shared in ((plain, True), (REPLIES, False)):
        one, other = (_of(engine, query, {**GIVEN, "after": after}) for after in (GIVEN["after"], None))
        assert (one.variables == other.variables) is is_shared


@pytest.mark.parametrize("field", ["viewerReaction"])
def test_i10_what_the_graph_shows_of_its_viewer_is_known_as_such(engine: Engine, field: str) -> None:
    query = """subscription ($debate: ID!) { debateEvents(debateId: $debate) {
      event { ... on CommentAdded { comment { id FIELD } } } } }"""
    assert _of(engine, query.replace("FIELD", field), GIVEN).of_viewer
    assert not _of(engine, query.replace("FIELD", "body"), GIVEN).of_viewer
