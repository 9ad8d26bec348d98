"""Each text is looked at once, and what everybody asks for is never pushed out by what one client sends."""

import gc
import weakref

import pytest
from graphql import GraphQLError

from gateway.execution.documents import Document, Documents, Recent
from gateway.execution.engine import Engine
from tests.execution.toy import schema, subgraph


class Counting:
    """Makes documents and remembers for which texts; what starts with `!` is invalid."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.valid = Engine(schema).prepare("{ name }").ast

    def __call__(self, text: str) -> Document:
        self.made.append(text)
        return Document(None, (GraphQLError("no"),)) if text.startswith("!") else Document(self.valid)


def test_a_text_is_looked_at_once() -> None:
    make = Counting()
    documents = Documents(make, 10)
    assert documents.find("a") is documents.find("a") is documents.find("a")
    assert make.made == ["a"]


@pytest.mark.parametrize("prefix", ["", "!"])
def test_a_thousand_other_texts_do_not_displace_what_was_asked_for_twice(prefix: str) -> None:
    make = Counting()
    documents = Documents(make, 10)
    for _ in range(2):
        documents.find("a")
        documents.find("b")
    for number in range(1_000):
        documents.find(f"{prefix}{number}")
    make.made.clear()
    documents.find("a")
    documents.find("b")
    assert make.made == []
    assert len(documents.newcomers.documents) == 2
    assert len(documents.regulars.documents) == 2


def test_an_invalid_text_is_remembered_but_stays_a_newcomer() -> None:
    make = Counting()
    documents = Documents(make, 10)
    for _ in range(5):
        documents.find("!")
    assert make.made == ["!"]
    assert list(documents.regulars.documents) == []


def test_the_least_recently_used_leaves_first() -> None:
    recent, document = Recent(2), Document(None)
    for text in ("a", "b"):
        recent.put(text, document)
    assert recent.get("a") is document
    recent.put("c", document)
    assert list(recent.documents) == ["a", "c"]


def test_long_texts_count_for_what_they_take() -> None:
    recent, document = Recent(3), Document(None)
    recent.put("a" * 1_500, document)
    recent.put("b" * 1_500, document)
    assert recent.characters == 3_000
    recent.put("b" * 1_500, document)
    assert recent.characters == 3_000
    recent.put("c", document)
    assert recent.characters == 1_501
    recent.put("d" * 3_001, document)
    assert (recent.characters, len(recent.documents)) == (0, 0)


@pytest.mark.parametrize("of", [schema, subgraph], ids=["schema", "subgraph"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{ nme }", "GRAPHQL_VALIDATION_FAILED"),
        ("type T { name: String }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ said(text: "Parsing aborted.) }', "GRAPHQL_PARSE_FAILED"),
        ('{ chosen(choice: {name: "a", number: 1}) }', "GRAPHQL_VALIDATION_FAILED"),
        ("query { chosen(choice: {name: $nobody}) }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ name ... @defer { said } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ things @stream { name } }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ said(text: "\\uD800") }', "GRAPHQL_PARSE_FAILED"),
    ],
)
def test_what_is_wrong_has_a_code(of: object, text: str, code: str) -> None:
    document = Engine(of).prepare(text)  # type: ignore[arg-type] # one of two schemas
    assert document.ast is None
    assert {(error.extensions or {})["code"] for error in document.errors} == {code}


def test_strangers_are_not_told_the_names_they_guess_at() -> None:
    (error,) = Engine(schema).prepare("{ nam }").errors
    assert error.message == "Cannot query field 'nam' on type 'Query'."


def test_a_fragment_may_stand_before_its_operation() -> None:
    text = "fragment F on Query { chosen(choice: {name: $name}) } query ($name: String!) { ...F }"
    assert Engine(schema).prepare(text).errors == ()


def test_errors_keep_no_frames_alive() -> None:
    engine = Engine(schema)
    for text in ("{", "{ nme }", "{ things(first: 1000) { name } }"):
        assert all(error.__traceback__ is None for error in engine.prepare(text).errors)


def test_an_error_that_is_raised_for_every_request_does_not_grow() -> None:
    document = Engine(schema).prepare("{ nothing }")
    lengths = set()
    for _ in range(3):
        with pytest.raises(GraphQLError) as raised:
            document.operation()
        lengths.add(len(raised.traceback))
    assert len(lengths) == 1


def test_a_document_that_left_is_freed() -> None:
    engine = Engine(schema, documents=1)
    gone = weakref.ref(engine.prepare("{ name }"))
    engine.prepare("{ name said }")
    gc.collect()
    assert gone() is None


TWO = "query One { name } query Two { name }"


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        (TWO, None, "The document has several operations: say which one by `operationName`."),
        (TWO, "Three", "There is no operation named 'Three'."),
        ("{ name }", "Three", "There is no operation named 'Three'."),
        ("{ name }", "", "There is no operation named ''."),
    ],
)
def test_an_operation_that_cannot_be_told_is_said_so(text: str, name: str | None, told: str) -> None:
    with pytest.raises(GraphQLError) as raised:
        Engine(schema).prepare(text).operation(name)
    assert raised.value.message == told
    assert raised.value.extensions == {"code": "OPERATION_RESOLUTION_FAILURE"}


def test_an_operation_is_found_by_its_name() -> None:
    operation = Engine(schema).prepare(TWO).operation("Two")
    assert operation.name is not None
    assert operation.name.value == "Two"
