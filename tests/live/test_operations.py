"""What runs on a socket."""

from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from modules.kernel.policy import Viewer
from modules.kernel.refusals import NotAllowed
from tests.live.hall_graph import Place
from tests.live.halls import id_of, say
from tests.live.talking import HEARD, NEVER, SMALL, connected, talking, words


async def test_queries_and_mutations_have_one_answer(place: Place) -> None:
    async with talking(place) as talk:
        query = "query Greet($name: String!) { hello(name: $name) } query Other { hello }"
        greeted = await talk.ask(query, variables={"name": "Миро"}, operationName="Greet")
        assert greeted == {"hello": "Hello, Миро!"}
        assert await talk.ask('mutation { say(text: "hello") }') == {"say": "hello"}


COUNTED = "subscription ($hall: ID!) { counted(hallId: $hall) }"


async def test_a_subscription_ends_with_its_last_update(place: Place) -> None:
    async with talking(place) as talk:
        await talk.subscribe(COUNTED, variables=SMALL)
        assert (await talk.next())["payload"]["data"] == {"counted": 0}
        place.seen.is_final = True
        await say(place.storage, "the end")
        assert (await talk.next())["payload"]["data"] == {"counted": 1}
        assert await talk.next() == {"type": "complete", "id": "1"}
        assert await talk.ask("{ hello }") == {"hello": "Hello, world!"}


async def test_two_clients_hear_each_other(place: Place) -> None:
    async with talking(place) as mira, talking(place) as taras:
        for talk in (mira, taras):
            await talk.subscribe(HEARD, "heard", variables=SMALL)
        await place.followed_by(2)
        for speaker, said in ((mira, "Добрий день"), (taras, "Вітаю")):
            await speaker.subscribe("mutation ($text: String!) { say(text: $text) }", "said", variables={"text": said})
            for talk in (mira, taras):
                seen = [await talk.next() for _ in range(3 if talk is speaker else 1)]
                assert [words(each) for each in seen if each["id"] == "heard"] == [said]


async def test_every_update_names_its_place_and_a_client_goes_on_from_it(place: Place) -> None:
    async with talking(place) as talk:
        await talk.subscribe(HEARD, "дебати", variables=SMALL)
        await place.followed_by(1)
        await say(place.storage, "one", "two", "three")
        cursors = [(await talk.next())["payload"]["extensions"]["cursor"] for _ in range(3)]
    async with talking(place, {"resume": {"дебати": cursors[0], "another": "nonsense"}}) as talk:
        # What the operation itself says is older, and does not count.
        await talk.subscribe(HEARD, "дебати", variables=SMALL | {"after": cursors[2]})
        assert [words(await talk.next()) for _ in range(2)] == ["two", "three"]
        await talk.send("complete", "дебати")
        await talk.subscribe(HEARD, "дебати", variables=SMALL | {"after": cursors[1]})
        assert words(await talk.next()) == "three", "once: the client starts anew"
        await talk.subscribe(HEARD, "another", variables=SMALL)
        refused = await talk.next()
        assert (refused["type"], refused["id"]) == ("error", "another")
        assert refused["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert await talk.ask("{ hello }") == {"hello": "Hello, world!"}


@pytest.mark.parametrize("resume", [[], "x", 1, {"1": 1}, {"1": None}])
async def test_a_resume_that_is_none_closes_the_socket(place: Place, resume: Any) -> None:
    async with connected(place) as talk:
        await talk.send("connection_init", payload={"resume": resume})
        code, reason = await talk.farewell()
        assert (code, "`resume` is" in (reason or "")) == (4400, True)


async def test_complete_stops_a_subscription_and_frees_its_id(place: Place) -> None:
    async with talking(place) as talk:
        await talk.subscribe(HEARD, variables=SMALL)
        await place.followed_by(1)
        await talk.send("complete", "1")
        await talk.send("complete", "1")
        await talk.send("complete", "nobody")
        await place.followed_by(0)
        assert not place.hub.channels
        for name in ("1", "2", "1"):
            assert await talk.ask("{ hello }", name) == {"hello": "Hello, world!"}


async def test_an_operation_that_is_stopped_before_it_starts_leaves_nothing(place: Place) -> None:
    async with connected(place) as talk:
        await talk.send("connection_init", payload={"token": "slow"})
        for _ in range(30):  # all there when the server comes to read them
            await talk.subscribe(NEVER)
            await talk.send("complete", "1")
        place.seen["allowed"] += 1
        assert await talk.next() == {"type": "connection_ack"}
        assert await talk.ask("{ hello }") == {"hello": "Hello, world!"}


@pytest.mark.parametrize("query", [HEARD, NEVER])
async def test_an_id_names_one_operation_at_a_time(place: Place, query: str) -> None:
    async with talking(place) as talk:
        await talk.subscribe(query, "дебати")
        await talk.subscribe("{ hello }", "дебати")
        assert await talk.farewell() == (4409, "Subscriber for дебати already exists")


BAD_REQUESTS: list[tuple[dict[str, Any], str]] = [
    ({"query": ""}, "GRAPHQL_PARSE_FAILED"),
    ({"query": "subscription {"}, "GRAPHQL_PARSE_FAILED"),
    ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": "subscription { nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": 'subscription { a: counted(hallId: "1") b: counted(hallId: "1") }'}, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": "query A { hello }", "operationName": "B"}, "OPERATION_RESOLUTION_FAILURE"),
    ({"query": "query A { hello } query B { hello }"}, "OPERATION_RESOLUTION_FAILURE"),
    ({"query": "fragment A on Query { hello }"}, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": COUNTED}, "BAD_USER_INPUT"),
    ({"query": COUNTED, "variables": {"hall": 7.5}}, "BAD_USER_INPUT"),
    ({"query": COUNTED, "variables": {"hall": "Street_1"}}, "BAD_USER_INPUT"),
    ({"query": HEARD, "variables": SMALL | {"after": "nonsense"}}, "BAD_USER_INPUT"),
    ({"query": "query ($n: String!) { hello(name: $n) }", "variables": {"n": 1}}, "BAD_USER_INPUT"),
    ({"query": "{ hello " + "hello " * 4000 + "}"}, "QUERY_TOO_COMPLEX"),
]


async def test_a_bad_request_is_an_error_and_the_socket_lives(place: Place) -> None:
    async with talking(place, headers={"x-request-id": "request-0001"}) as talk:
        for payload, code in BAD_REQUESTS:
            await talk.send("subscribe", "bad", payload)
            answer = await talk.next()
            assert (answer["type"], answer["id"]) == ("error", "bad"), payload
            for error in answer["payload"]:
                assert error["extensions"] | {"requestId": "request-0001", "code": code} == error["extensions"], payload
            assert await talk.ask("{ hello }", "bad") == {"hello": "Hello, world!"}


async def test_bugs_are_masked(place: Place) -> None:
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
            broken = HEARD.replace("words", "words broken")
            await talk.subscribe(broken, variables=SMALL)
            await place.followed_by(1)
            await say(place.storage, "one")
            answer = (await talk.next())["payload"]
            assert answer["data"]["heard"]["event"] == {"__typename": "Said", "words": "one", "broken": None}
            [error] = answer["errors"]
            assert error["message"] == masked["message"]
            assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": "live"}  # it is told to many
            await say(place.storage, "two")
            assert (await talk.next())["payload"]["data"]["heard"]["event"]["words"] == "two", "and goes on"
        assert {entry["event"] for entry in logs} == {"field_failed"}
        await talk.send("complete", "1")
        assert await talk.ask("{ hello }") == {"hello": "Hello, world!"}


async def test_an_answer_that_json_cannot_hold_is_a_bug_of_ours(place: Place) -> None:
    async with talking(place) as talk:
        with capture_logs() as logs:
            await talk.subscribe("{ unserialisable }")
            answer = await talk.next()
        assert (answer["type"], answer["payload"][0]["message"]) == ("error", "Something went wrong on our side.")
        assert [entry["event"] for entry in logs] == ["request_failed"]
        assert await talk.ask("{ hello }") == {"hello": "Hello, world!"}


async def test_each_operation_has_a_context_of_its_own(place: Place) -> None:
    async with talking(place) as talk:
        for _ in range(3):
            assert await talk.ask("{ isContextNew }") == {"isContextNew": True}


def _shut(_viewer: Viewer, _hall: UUID) -> Viewer:
    raise NotAllowed(message="Вас вивели із зали.")


async def test_a_refusal_is_shown(place: Place) -> None:
    place.seen.authorize = _shut
    async with talking(place) as talk:
        await talk.subscribe(HEARD, variables=SMALL)
        [error] = (await talk.next())["payload"]
        assert (error["message"], error["extensions"]["code"]) == ("Вас вивели із зали.", "NOT_ALLOWED")
        assert await talk.ask("{ hello }") == {"hello": "Hello, world!"}


async def test_operations_of_a_connection_are_limited(place: Place) -> None:
    async with talking(place) as talk:
        for number in range(20):
            await talk.subscribe(HEARD, str(number), variables={"hall": id_of(str(number))})
        await place.followed_by(20)
        await talk.subscribe("{ hello }", "one too many")
        refusal = await talk.next()
        assert (refusal["type"], refusal["id"]) == ("error", "one too many")
        assert refusal["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
        await talk.send("complete", "7")
        assert await talk.ask("{ hello }", "7") == {"hello": "Hello, world!"}
