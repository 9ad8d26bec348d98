"""Running operations: what is answered, what is shown of errors, and what is not."""

from typing import Any, cast
from uuid import UUID

import pytest
from graphql import OperationType
from structlog.testing import capture_logs

from gateway.execution.engine import QUERIES, Engine
from gateway.execution.subscribing import Subscription, is_broken
from tests.execution.toy import THINGS, Thing, ToyContext, schema, subgraph

MASKED = {
    "message": "Something went wrong on our side.",
    "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "request-0001"},
}


@pytest.fixture(params=[schema, subgraph], ids=["schema", "subgraph"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return Engine(request.param)


async def ask(engine: Engine, text: str, variables: dict[str, Any] | None = None, **how: Any) -> dict[str, Any]:
    return await engine.execute(engine.prepare(text), **{"context": ToyContext(), "variables": variables, **how})


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


async def test_a_query_is_answered(engine: Engine) -> None:
    assert await ask(engine, "query ($n: Int) { said(number: $n) thing { name } }", {"n": 3}) == {
        "data": {"said": "3", "thing": {"name": "thing"}}
    }


async def test_a_mutation_is_answered(engine: Engine) -> None:
    context = ToyContext()
    assert await ask(engine, 'mutation { a: stir(what: "tea") b: stir(what: "milk") }', context=context) == {
        "data": {"a": "tea", "b": "milk"}
    }
    assert context.stirred == ["tea", "milk"]


@pytest.mark.parametrize(
    ("text", "variables", "code"),
    [
        ("{", None, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($n: Int!) { said(number: $n) }", None, "BAD_USER_INPUT"),
        ("query ($n: Int!) { said(number: $n) }", {"n": "many"}, "BAD_USER_INPUT"),
        ("query ($n: Int!) { said(number: $n) }", {"n": 2**80}, "BAD_USER_INPUT"),
        ("query A { name } query B { name }", None, "OPERATION_RESOLUTION_FAILURE"),
        ("subscription { plain }", None, "OPERATION_NOT_ALLOWED"),
    ],
)
async def test_a_request_that_cannot_be_run_has_no_data(
    engine: Engine, text: str, variables: dict[str, Any] | None, code: str
) -> None:
    answer = await ask(engine, text, variables)
    assert "data" not in answer
    assert codes(answer) == [code]
    assert answer["errors"][0]["extensions"]["requestId"] == "request-0001"


async def test_a_kind_of_operation_that_is_not_allowed_does_nothing(engine: Engine) -> None:
    context = ToyContext()
    answer = await ask(engine, "mutation { stir }", context=context, allow=QUERIES)
    assert codes(answer) == ["OPERATION_NOT_ALLOWED"]
    assert context.stirred == []


async def test_variables_nested_deep_are_refused(engine: Engine) -> None:
    wish: dict[str, Any] = {"text": ""}
    for _ in range(1_000):
        wish = {"text": "", "child": wish}
    answer = await ask(engine, "query ($wish: Wish) { said(wish: $wish) }", {"wish": wish})
    assert codes(answer) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("field", ["broken", "wrong", "uncoded"])
async def test_a_bug_is_masked_and_logged_once(engine: Engine, field: str) -> None:
    with capture_logs() as logs:
        answer = await ask(engine, f"{{ name {field} }}")
    (error,) = answer["errors"]
    assert answer["data"] == {"name": "thing", field: None}
    assert error == {**MASKED, "path": [field], "locations": [{"line": 1, "column": 8}]}
    (logged,) = logs
    assert (logged["event"], logged["request_id"], logged["path"]) == ("field_failed", "request-0001", [field])
    assert "hunter2" in str(logged["exc_info"])
    assert logged["exc_info"].__traceback__ is not None


async def test_a_bug_in_a_field_that_cannot_be_null_leaves_null(engine: Engine) -> None:
    answer = await ask(engine, "{ brokenStrictly }")
    assert answer["data"] is None
    assert codes(answer) == ["INTERNAL_SERVER_ERROR"]


@pytest.mark.parametrize(
    ("field", "message", "extensions"),
    [
        ("forbidden", "Only the mayor may.", {"code": "NOT_ALLOWED"}),
        ("picky", "The code has 7 digits.", {"code": "BAD_USER_INPUT", "field": "edrpou"}),
        ("coded", "Too fast.", {"code": "RATE_LIMITED", "seconds": 3}),
    ],
)
async def test_an_expected_error_is_shown_and_not_logged(
    engine: Engine, field: str, message: str, extensions: dict[str, Any]
) -> None:
    with capture_logs() as logs:
        answer = await ask(engine, f"{{ {field} }}")
    (error,) = answer["errors"]
    assert error["message"] == message
    assert error["extensions"] == extensions | {"requestId": "request-0001"}
    assert logs == []


async def test_a_value_that_only_running_can_refuse_is_the_clients_error(engine: Engine) -> None:
    answer = await ask(engine, "query ($n: Int = 1) { said(number: $n) }", {"n": None})
    assert answer["data"] is None
    assert codes(answer) == ["BAD_USER_INPUT"]


THING = f"Thing_{UUID(int=7).hex}"
NUMBER = "subscription ($thing: ID!, $upto: Int! = 2) { n: number(thingId: $thing, upto: $upto) }"


def subscribed(engine: Engine, text: str, variables: dict[str, Any], name: str | None = None) -> Subscription:
    """A subscription that can be run."""
    document = engine.prepare(text)
    found = engine.subscription(document, request_id="request-0001", variables=variables, operation_name=name)
    assert isinstance(found, Subscription), found
    return found


def test_a_subscription_names_its_topic_and_its_arguments(engine: Engine) -> None:
    asked = subscribed(engine, NUMBER, {"thing": THING, "nobody asks": 1})
    assert (asked.topic, asked.topic.key(asked.arguments["thing_id"])) == (THINGS, UUID(int=7))
    assert (asked.arguments["upto"], asked.name, asked.of_viewer) == (2, "n", False)
    assert asked.variables == b'{"thing":"%s"}' % THING.encode()


def test_the_same_is_found_again_and_another_is_not(engine: Engine) -> None:
    first = subscribed(engine, NUMBER, {"thing": THING, "upto": 3})
    assert subscribed(engine, NUMBER, {"upto": 3, "thing": THING}) is first
    assert subscribed(engine, NUMBER, {"thing": THING, "upto": 4}).arguments["upto"] == 4
    both = f"{NUMBER.replace('subscription', 'subscription A')} {NUMBER.replace('subscription', 'subscription B')}"
    assert subscribed(engine, both, {"thing": THING}, "A").operation_name == "A"
    assert subscribed(engine, both, {"thing": THING}, "B").operation_name == "B"


async def test_answers_to_events_have_contexts_of_their_own(engine: Engine) -> None:
    made: list[ToyContext] = []

    class Watched(ToyContext):
        def fresh(self) -> ToyContext:
            made.append(super().fresh())
            return made[-1]

    asked = subscribed(engine, "subscription ($t: ID!) { moved(thingId: $t) { seen } }", {"t": THING})
    for _ in range(2):
        (answer,) = await asked.answers([Thing()], cast(Any, Watched()), engine.programs)
        assert answer["data"]["moved"]["seen"] == id(made[-1].loaders)
    assert len({id(context.loaders) for context in made}) == len(made) >= 2


class Unnamed:
    def __str__(self) -> str:
        raise RuntimeError("the password is hunter2")


async def test_what_fails_in_one_event_is_told_in_its_answer_alone(engine: Engine) -> None:
    asked = subscribed(engine, "subscription ($t: ID!) { moved(thingId: $t) { name } }", {"t": THING})
    with capture_logs() as logs:
        good, bad = await asked.answers(
            [Thing(), Thing(name=cast(Any, Unnamed()))], cast(Any, ToyContext()), engine.programs
        )
    assert good == {"data": {"moved": {"name": "thing"}}}
    assert (bad["data"], codes(bad), is_broken(bad), is_broken(good)) == (
        {"moved": None}, ["INTERNAL_SERVER_ERROR"], True, False
    )  # fmt: skip
    assert "hunter2" not in str(bad)
    assert [entry["event"] for entry in logs] == ["field_failed"]


@pytest.mark.parametrize(
    ("text", "variables", "code"),
    [
        ("subscription { nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { plain }", {}, "GRAPHQL_VALIDATION_FAILED"),
        (NUMBER, {}, "BAD_USER_INPUT"),
        (NUMBER, {"thing": THING, "upto": "many"}, "BAD_USER_INPUT"),
        (NUMBER, {"thing": THING, "upto": None}, "BAD_USER_INPUT"),
        ("{ name }", {}, "OPERATION_NOT_ALLOWED"),
        ("subscription A { plain } subscription B { plain }", {}, "OPERATION_RESOLUTION_FAILURE"),
    ],
)
def test_what_cannot_be_followed_is_refused(engine: Engine, text: str, variables: dict[str, Any], code: str) -> None:
    for _ in range(2):  # what was made before is not taken for it
        refusal = engine.subscription(engine.prepare(text), request_id="request-0001", variables=variables)
        assert isinstance(refusal, dict)
        assert codes(refusal) == [code]


async def test_an_operation_without_a_root_type_is_refused() -> None:
    from_queries_only = Engine(type(schema)(query=schema.query))
    answer = await ask(from_queries_only, "mutation { __typename }", allow=frozenset(OperationType))
    refusal = from_queries_only.subscription(
        from_queries_only.prepare("subscription { __typename }"), request_id="request-0001"
    )
    assert isinstance(refusal, dict)
    for each in (answer, refusal):
        assert "data" not in each
        assert codes(each) == ["GRAPHQL_VALIDATION_FAILED"]
