"""What runs on a socket."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.live.hall_graph import Hall
from tests.live.talking import HEARD, NEVER, connected, talking


async def test_queries_and_mutations_have_one_answer(place: Hall) -> None:
    async with talking(place) as talk:
        query = "query Greet($name: String!) { hello(name: $name) } query Other { hello }"
        greeted = await talk.ask(query, variables={"name": "Миро"}, operationName="Greet")
        assert greeted == {"hello": "Hello, Миро!"}
        assert await talk.ask('mutation { say(text: "hello") }') == {"say": "hello"}


async def test_a_subscription_ends_with_its_source(place: Hall) -> None:
    async with talking(place) as talk:
        await talk.subscribe("subscription { count(upto: 3) }")
        for number in (1, 2, 3):
            assert await talk.next() == {"type": "next", "id": "1", "payload": {"data": {"count": number}}}
        assert await talk.next() == {"type": "complete", "id": "1"}


async def test_two_clients_hear_each_other(place: Hall) -> None:
    async with talking(place) as mira, talking(place) as taras:
        for talk in (mira, taras):
            await talk.subscribe(HEARD, "heard")
        await place.seen.reaches("heard", 2)
        for speaker, words in ((mira, "Добрий день"), (taras, "Вітаю")):
            await speaker.subscribe("mutation ($text: String!) { say(text: $text) }", "said", variables={"text": words})
            for talk in (mira, taras):
                seen = [await talk.next() for _ in range(3 if talk is speaker else 1)]
                assert {"type": "next", "id": "heard", "payload": {"data": {"heard": words}}} in seen


async def test_complete_stops_a_subscription_and_frees_its_id(place: Hall) -> None:
    async with talking(place) as talk:
        await talk.subscribe(HEARD)
        await place.seen.reaches("heard", 1)
        await talk.send("complete", "1")
        await talk.send("complete", "1")
        await talk.send("complete", "nobody")
        await place.seen.reaches("heard", 0)
        assert not place.feed.topics
        for name in ("1", "2", "1"):
            assert await talk.ask("{ hello }", name) == {"hello": "Hello, world!"}


async def test_an_operation_that_is_stopped_before_it_starts_leaves_nothing(place: Hall) -> None:
    async with connected(place) as talk:
        await talk.send("connection_init", payload={"token": "slow"})
        for _ in range(30):  # all there when the server comes to read them
            await talk.subscribe(NEVER)
            await talk.send("complete", "1")
        place.seen["allowed"] += 1
        assert await talk.next() == {"type": "connection_ack"}
        assert await talk.ask("{ hello }") == {"hello": "Hello, world!"}


@pytest.mark.parametrize("query", [HEARD, NEVER])
async def test_an_id_names_one_operation_at_a_time(place: Hall, query: str) -> None:
    async with talking(place) as talk:
        await talk.subscribe(query, "дебати")
        await talk.subscribe("{ hello }", "дебати")
        assert await talk.farewell() == (4409, "Subscriber for дебати already exists")


BAD_REQUESTS: list[tuple[dict[str, Any], str]] = [
    ({"query": ""}, "GRAPHQL_PARSE_FAILED"),
    ({"query": "subscription {"}, "GRAPHQL_PARSE_FAILED"),
    ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": "subscription { nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": "subscription { a: count(upto: 1) b: count(upto: 1) }"}, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": "query A { hello }", "operationName": "B"}, "OPERATION_RESOLUTION_FAILURE"),
    ({"query": "query A { hello } query B { hello }"}, "OPERATION_RESOLUTION_FAILURE"),
    ({"query": "fragment A on Query { hello }"}, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": "subscription ($n: Int!) { count(upto: $n) }"}, "BAD_USER_INPUT"),
    ({"query": "subscription ($n: Int!) { count(upto: $n) }", "variables": {"n": "many"}}, "BAD_USER_INPUT"),
    ({"query": "query ($n: String!) { hello(name: $n) }", "variables": {"n": 1}}, "BAD_USER_INPUT"),
    ({"query": "{ hello " + "hello " * 4000 + "}"}, "QUERY_TOO_COMPLEX"),
]


async def test_a_bad_request_is_an_error_and_the_socket_lives(place: Hall) -> None:
    async with talking(place, headers={"x-request-id": "request-0001"}) as talk:
        for payload, code in BAD_REQUESTS:
            await talk.send("subscribe", "bad", payload)
            answer = await talk.next()
            assert (answer["type"], answer["id"]) == ("error", "bad"), payload
            for error in answer["payload"]:
                assert error["extensions"] | {"requestId": "request-0001", "code": code} == error["extensions"], payload
            assert await talk.ask("{ hello }", "bad") == {"hello": "Hello, world!"}


async def test_bugs_are_masked(place: Hall) -> None:
    async with talking(place, headers={"x-request-id": "request-0001"}) as talk:
        masked = {
            "message": "Something went wrong on our side.",
            "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "request-0001"},
        }
        with capture_logs() as logs:
            await talk.subscribe("{ broken }")
            answer = (await talk.next())["payload"]
            assert answer["data"] == {"broken": None}
            assert [{name: error[name] for name in masked} for error in answer["errors"]] == [masked]
            assert await talk.next() == {"type": "complete", "id": "1"}
            await talk.subscribe("subscription { breaking }")
            assert (await talk.next())["payload"] == {"data": {"breaking": 1}}
            assert await talk.next() == {"type": "error", "id": "1", "payload": [masked]}
        assert len(logs) == 2
        assert await talk.ask("{ hello }") == {"hello": "Hello, world!"}


async def test_an_answer_that_json_cannot_hold_is_a_bug_of_ours(place: Hall) -> None:
    async with talking(place) as talk:
        with capture_logs() as logs:
            await talk.subscribe("{ unserialisable }")
            answer = await talk.next()
        assert (answer["type"], answer["payload"][0]["message"]) == ("error", "Something went wrong on our side.")
        assert [entry["event"] for entry in logs] == ["request_failed"]
        assert await talk.ask("{ hello }") == {"hello": "Hello, world!"}


async def test_each_operation_has_a_context_of_its_own(place: Hall) -> None:
    async with talking(place) as talk:
        for _ in range(3):
            assert await talk.ask("{ isContextNew }") == {"isContextNew": True}


async def test_a_refusal_is_shown(place: Hall) -> None:
    async with talking(place) as talk:
        await talk.subscribe("subscription { refusing }")
        await talk.next()
        [error] = (await talk.next())["payload"]
        assert (error["message"], error["extensions"]["code"]) == ("Вас вивели із зали.", "NOT_ALLOWED")


async def test_operations_of_a_connection_are_limited(place: Hall) -> None:
    async with talking(place) as talk:
        for number in range(20):
            await talk.subscribe(HEARD, str(number), variables={"hall": str(number)})
        await place.seen.reaches("heard", 20)
        await talk.subscribe("{ hello }", "one too many")
        refusal = await talk.next()
        assert (refusal["type"], refusal["id"]) == ("error", "one too many")
        assert refusal["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
        await talk.send("complete", "7")
        assert await talk.ask("{ hello }", "7") == {"hello": "Hello, world!"}
