"""Running operations: what is answered, what is shown of errors, and what is not."""

from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import pytest
from graphql import OperationType
from structlog.testing import capture_logs

from gateway.execution.engine import QUERIES, Engine
from tests.execution.toy import ToyContext, schema, subgraph

MASKED = {
    "message": "Something went wrong on our side.",
    "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "request-0001"},
}


@pytest.fixture(params=[schema, subgraph], ids=["schema", "subgraph"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return Engine(request.param)


async def ask(engine: Engine, text: str, variables: dict[str, Any] | None = None, **how: Any) -> dict[str, Any]:
    return await engine.execute(engine.prepare(text), **{"context": ToyContext(), "variables": variables, **how})


async def listen(engine: Engine, text: str, context: ToyContext, **how: Any) -> list[dict[str, Any]]:
    return [answer async for answer in engine.subscribe(engine.prepare(text), context=context, **how)]


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
        ("subscription { numbers(upto: 1) }", None, "OPERATION_NOT_ALLOWED"),
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


async def test_a_subscription_answers_each_event_and_ends(engine: Engine) -> None:
    text = "subscription ($upto: Int!) { numbers(upto: $upto) }"
    context = ToyContext()
    assert await listen(engine, text, context, variables={"upto": 3}) == [
        {"data": {"numbers": number}} for number in (1, 2, 3)
    ]
    assert context.stirred == ["closed"]


async def test_each_event_has_a_context_of_its_own() -> None:
    made: list[ToyContext] = []

    class Watched(ToyContext):
        def fresh(self) -> ToyContext:
            made.append(super().fresh())
            return made[-1]

    first = Watched()
    answers = await listen(Engine(schema), "subscription { loaders { seen } }", first)
    assert [answer["data"]["loaders"]["seen"] for answer in answers] == [id(context.loaders) for context in made]
    assert len({id(context.loaders) for context in (first, *made)}) == 3


async def test_closing_the_answers_closes_the_source(engine: Engine) -> None:
    context = ToyContext()
    document = engine.prepare("subscription { numbers(upto: 1000) }")
    async with aclosing(engine.subscribe(document, context=context)) as answers:
        assert await anext(answers) == {"data": {"numbers": 1}}
    assert context.stirred == ["closed"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("subscription { breaking }", ["data", "INTERNAL_SERVER_ERROR"]),
        ("subscription { refusing }", ["data", "NOT_ALLOWED"]),
        ("subscription { closedDoor }", ["NOT_ALLOWED"]),
        ("subscription { nothing }", ["GRAPHQL_VALIDATION_FAILED"]),
        ("subscription ($n: Int!) { numbers(upto: $n) }", ["BAD_USER_INPUT"]),
        ("{ name }", ["OPERATION_NOT_ALLOWED"]),
    ],
)
async def test_a_subscription_that_fails_says_so_last(engine: Engine, text: str, expected: Sequence[str]) -> None:
    answers = await listen(engine, text, ToyContext())
    assert ["data" if "data" in answer else codes(answer)[0] for answer in answers] == expected
    assert "hunter2" not in str(answers)


async def test_an_operation_without_a_root_type_is_refused() -> None:
    from_queries_only = Engine(type(schema)(query=schema.query))
    answer = await ask(from_queries_only, "mutation { __typename }", allow=frozenset(OperationType))
    assert "data" not in answer
    assert codes(answer) == ["GRAPHQL_VALIDATION_FAILED"]
