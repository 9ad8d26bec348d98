"""What is too large is refused before it can cost anything."""

from time import thread_time
from typing import Any

import pytest
from graphql import get_introspection_query

from gateway.execution.documents import Document
from gateway.execution.engine import Engine
from gateway.execution.limits import Limits
from tests.execution.toy import ToyContext, schema

TOKENS = Limits().tokens


def prepared(text: str, limits: Limits | None = None) -> Document:
    return Engine(schema, limits=limits).prepare(text)


def exceeded(text: str, limits: Limits | None = None) -> list[tuple[Any, Any]]:
    """The names and values of the limits that the document exceeds."""
    document = prepared(text, limits)
    assert all((error.extensions or {})["code"] == "QUERY_TOO_COMPLEX" for error in document.errors), document.errors
    assert document.ast is None or not document.errors
    return [((error.extensions or {})["limit"], (error.extensions or {})["maximum"]) for error in document.errors]


def chain(length: int) -> str:
    links = "".join(f"fragment f{n} on Thing {{ ...f{n + 1} ...f{n + 1} }} " for n in range(length))
    return f"{{ thing {{ ...f0 }} }} {links} fragment f{length} on Thing {{ name }}"


def nested(depth: int) -> str:
    return "{ thing " * (depth - 1) + "{ name }" + " }" * (depth - 1)


@pytest.mark.parametrize(
    ("within", "beyond", "limit"),
    [
        (nested(15), nested(16), ("depth", 15)),
        (nested(2).replace("name", "a: name " * 50), nested(2).replace("name", "a: name " * 51), ("aliases", 50)),
        (
            nested(2).replace("name", "name @skip(if: true) " * 50),
            nested(2).replace("name", "name @skip(if: true) " * 51),
            ("directives", 50),
        ),
        ("{ " + "name " * 20 + "}", "{ " + "name " * 21 + "}", ("root_fields", 20)),
        ("{ things(first: 100) { name } }", "{ things(first: 101) { name } }", ("page", 100)),
        (chain(14), chain(15), ("cost", 20_000)),
        (
            "".join(f"query q{n} {{ name }}" for n in range(100)),
            "".join(f"query q{n} {{ name }}" for n in range(101)),
            ("definitions", 100),
        ),
        ("{ name " + "#\n" * 3_000 + "}", "{ name " + "#\n" * 3_001 + "}", ("tokens", 3_000)),
        ("{ name " + " " * 99_992 + "}", "{ name " + " " * 99_993 + "}", ("characters", 100_000)),
        ('{ nodes(ids: ["1"]) { name } }', "{ nodes(ids: [" + '"1" ' * 101 + "]) { name } }", ("page", 100)),
    ],
)
def test_each_limit_is_where_it_says_and_is_named(within: str, beyond: str, limit: tuple[str, int]) -> None:
    assert exceeded(within) == []
    assert exceeded(beyond) == [limit]


def test_the_sentence_names_the_value_and_the_limit() -> None:
    (error,) = prepared(nested(16)).errors
    assert error.message == "The operation nests its fields 16 deep; at most 15 is allowed."
    (error,) = prepared("{ things(first: 101) { name } }").errors
    assert error.message == "`things(first:)` asks for more than 100 rows."


def test_pages_multiply() -> None:
    limits = Limits(cost=1 + 20 * (1 + 10 * 2))
    assert exceeded("{ things { things(first: 10) { name thing { name } } } }", limits) == [("cost", 421)]
    assert exceeded("{ things { things(first: 10) { name said } } }", limits) == []


def test_a_fragment_counts_wherever_it_is_spread() -> None:
    text = "{ ...F ...G } fragment F on Query { ...G } fragment G on Query { a: name b: name @skip(if: false) }"
    assert exceeded(text, Limits(aliases=3, directives=1, root_fields=2)) == [
        ("aliases", 3),
        ("directives", 1),
        ("root_fields", 2),
    ]
    assert exceeded(text, Limits(aliases=4, directives=2, root_fields=4)) == []


def test_twenty_two_fragments_are_refused_in_no_time() -> None:
    engine, text = Engine(schema), chain(22)
    engine.prepare("{ name }")
    fastest = min(_seconds(engine, text + f" #{attempt}") for attempt in range(3))
    assert fastest < 0.05
    assert exceeded(text) == [("cost", 20_000)]


def test_a_longer_chain_counts_to_the_ceiling_only() -> None:
    (error, *_) = prepared(chain(90), Limits(nesting=200, cost=10)).errors
    assert error.message.startswith("The operation may answer with more than 1,000,000,000 fields")


def test_a_number_of_any_length_costs_nothing() -> None:
    assert exceeded("{ things(first: " + "9" * 90_000 + ") { name } }") == [("page", 100), ("cost", 20_000)]


def test_a_chain_of_single_fragments_is_refused_by_its_nesting_and_not_by_the_stack() -> None:
    links = "".join(f"fragment f{n} on Thing {{ ...f{n + 1} }} " for n in range(98))
    assert exceeded(f"{{ ...f0 }} {links} fragment f98 on Thing {{ name }}") == [("nesting", 60)]


def test_nesting_beyond_the_stack_of_the_interpreter_is_refused() -> None:
    deep = "... { " * 95
    links = "".join(f"fragment f{n} on Query {{ {deep} ...f{n + 1} {'} ' * 95} }} " for n in range(9))
    assert exceeded(f"{{ ...f0 }} {links} fragment f9 on Query {{ name }}") == [("nesting", 60)]


@pytest.mark.parametrize("text", ["{ ...A } fragment A on Query { ...A }", "{ ...Nobody }"])
def test_cycles_and_unknown_fragments_are_left_to_validation(text: str) -> None:
    assert {(error.extensions or {})["code"] for error in prepared(text).errors} == {"GRAPHQL_VALIDATION_FAILED"}


def test_the_whole_schema_can_be_asked_for() -> None:
    everything = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    assert prepared(everything).errors == ()
    assert prepared(everything, Limits(depth=3)).errors == ()  # validation bounds the depth of introspection
    assert (
        exceeded("{" + "".join(f"n{n}: __schema {{ types {{ name fields {{ name }} }} }} " for n in range(19)) + "}")
        == []
    )
    assert exceeded(
        everything.replace("__schema {", "a: __schema { ...X } b: __schema { ...X } c: __schema {")
        + " fragment X on __Schema { types { ...FullType ...FullType } }"
    ) == [("cost", 20_000)]


async def counted(text: str, variables: dict[str, Any]) -> list[str]:
    engine = Engine(schema)
    answer = await engine.execute(engine.prepare(text), context=ToyContext(), variables=variables)
    return [error["extensions"].get("limit", error["message"]) for error in answer.get("errors", ())]


PAGES = (
    "query ($n: Int! = 10, $m: Int!) { things(first: $n) { things(first: $m) { things(first: 10) { name said } } } }"
)


@pytest.mark.parametrize(
    ("variables", "limits"),
    [
        ({"m": 10}, []),  # 10 by its default: 10 * 10 * 10 * 2
        ({"n": 10, "m": 90}, []),
        ({"n": 100, "m": 10}, ["cost"]),  # 21,101: a default does not hide the value
        ({"n": 10, "m": 101}, ["page", "cost"]),
        ({"n": 10**30, "m": 1}, ["page", "cost"]),
        ({"n": [1], "m": {}}, None),  # no number at all: left to the coercion of variables
    ],
)
async def test_page_variables_count_with_their_values(variables: dict[str, Any], limits: list[str] | None) -> None:
    found = await counted(PAGES, variables)
    assert found == limits if limits is not None else all("invalid value" in told for told in found) and found


async def test_a_page_variable_without_value_or_default_counts_as_a_full_page() -> None:
    text = "query ($m: Int) { nodes(ids: []) { name } things(first: 100) { things(last: $m) { name said thing { name } } } }"
    assert exceeded(text.replace("$m: Int", "$m: Int!").replace("last", "first")) == []
    assert await counted(text.replace("last", "first").replace("$m: Int", "$m: Int! = 60"), {}) == ["cost"]


def test_a_document_that_is_too_large_whatever_its_variables_is_refused_at_once() -> None:
    text = "query ($n: Int!) { " + "things(first: 100) { things(first: $n) { " + "name " * 250 + "} } }"
    assert exceeded(text) == [("cost", 20_000)]


WORST = {
    "one field, again and again": "{ thing {" + " name" * (TOKENS - 6) + "} }",
    "unknown fields": "{ thing {" + " nothing" * (TOKENS - 6) + "} }",
    "objects to merge": "{ thing {" + " thing { name }" * (TOKENS // 4 - 4) + "} }",
    "a tree to merge": "{ thing {" + "thing { thing { thing { name name } thing { name } } thing { name } }" * (TOKENS // 20) + "} }",
    "arguments to compare": "{ thing {" + ' said(number: 1 text: "x")' * (TOKENS // 9 - 2) + "} }",
    "arguments that differ": "{ thing {" + "".join(f" said(number: {n})" for n in range(TOKENS // 6 - 2)) + "} }",
    "variables": "query (" + "".join(f"$v{n}: Int = 1 " for n in range(TOKENS // 20)) + ") { thing {"
    + "".join(f" thing {{ said(number: $v{n}) }}" for n in range(TOKENS // 20)) + "} }",
    "operations over one fragment": "".join(f"query q{n} {{ ...F }} " for n in range(90))
    + "fragment F on Query {" + " said(number: $v)" * ((TOKENS - 700) // 7) + "}",
    "inline fragments": "{ thing {" + " ... on Thing { name }" * (TOKENS // 6 - 4) + "} }",
    "fragments side by side": "{ thing {" + "".join(f" ...f{n}" for n in range(49)) + "} }"
    + "".join(f" fragment f{n} on Thing {{" + " name" * (TOKENS // 49 - 12) + "}" for n in range(49)),
    "aliases": "{" + "".join(f"a{n}: name " for n in range(10_000)) + "}",
    "directives": "{ name" + " @x" * 1_000 + "}",
    "an input object, deep": "{ said(wish: " + "{ child: " * 190 + '{ text: "" }' + " }" * 190 + ") }",
    "a long string": '{ said(text: "' + "x" * 90_000 + '") }',
    "comments": "{ name }" + "#\n" * 40_000,
    "brackets": "{ thing " * 10_000,
}  # fmt: skip


@pytest.mark.parametrize("text", WORST.values(), ids=WORST.keys())
def test_nothing_within_the_limits_takes_long(text: str) -> None:
    engine = Engine(schema)
    engine.prepare("{ name }")
    assert min(_seconds(engine, text + f" #{attempt}") for attempt in range(3)) < 0.2


def _seconds(engine: Engine, text: str) -> float:
    """Of the processor, for us alone: other processes of the machine do not count."""
    started = thread_time()
    engine.prepare(text)
    return thread_time() - started
