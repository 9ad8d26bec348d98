"""Which document a request gets: by its text, by an id, by both."""

from collections.abc import Mapping

import pytest

from gateway.documents.manifest import BadManifest, hash_of
from gateway.documents.store import Learned, Store
from gateway.execution.documents import Document
from gateway.execution.engine import Engine
from gateway.execution.limits import Limits
from tests.execution.toy import schema

NAME, SAID = "{ name }", "{ said }"
TRUSTED = {hash_of(NAME): NAME, "opaque": NAME}


def store(trusted: Mapping[str, str] | None = None, *, only: bool = False, most: int = 1000) -> Store:
    return Store(Engine(schema), trusted, only=only, most=most)


def code(document: Document) -> str | None:
    return document.errors[0].extensions["code"] if document.errors and document.errors[0].extensions else None


def test_a_trusted_document_is_found_by_each_of_its_ids() -> None:
    found = store(TRUSTED)
    assert found.find("", "opaque") is found.find("", hash_of(NAME)) is found.find(NAME, "opaque")
    assert found.find("", "opaque").ast is not None


def test_trusted_documents_stay_however_many_others_come() -> None:
    found = Store(Engine(schema, documents=2), TRUSTED, most=2)
    before = found.find("", "opaque")
    for number in range(20):
        text = f"{{ said(number: {number}) }}"
        assert found.find(text, hash_of(text)).ast is not None
    assert found.find("", "opaque") is before


def test_a_hash_means_the_text_that_came_with_it() -> None:
    found = store()
    assert code(found.find("", hash_of(SAID))) == "PERSISTED_QUERY_NOT_FOUND"
    sent = found.find(SAID, hash_of(SAID))
    assert sent.ast is not None
    assert found.find("", hash_of(SAID)) is sent


@pytest.mark.parametrize("id", [hash_of(NAME), "opaque", hash_of(SAID).upper()])
def test_a_text_under_a_foreign_id_is_refused_and_not_kept(id: str) -> None:
    for found in (store(), store({**TRUSTED, hash_of(SAID): SAID}), store(TRUSTED, only=True)):
        before = code(found.find("", id))
        assert code(found.find(SAID, id)) in ("PERSISTED_QUERY_MISMATCH", "PERSISTED_QUERY_NOT_IN_LIST")
        assert code(found.find("", id)) == before


def test_an_invalid_text_is_not_kept() -> None:
    found = store()
    assert code(found.find("{ nothing }", hash_of("{ nothing }"))) == "GRAPHQL_VALIDATION_FAILED"
    assert code(found.find("", hash_of("{ nothing }"))) == "PERSISTED_QUERY_NOT_FOUND"


def test_only_trusted_documents() -> None:
    found = store(TRUSTED, only=True)
    assert found.find(NAME, None) is found.find("", "opaque")
    assert code(found.find(SAID, None)) == "QUERY_NOT_IN_SAFELIST"
    assert code(found.find("{ __schema { queryType { name } } }", None)) == "QUERY_NOT_IN_SAFELIST"
    assert code(found.find("", hash_of(SAID))) == "PERSISTED_QUERY_NOT_IN_LIST"
    assert code(found.find(SAID, hash_of(SAID))) == "PERSISTED_QUERY_NOT_IN_LIST"
    assert code(found.find("", hash_of(SAID))) == "PERSISTED_QUERY_NOT_IN_LIST"


@pytest.mark.parametrize(("text", "told"), [("{ nothing }", "nothing"), ("{", "Syntax Error"), (NAME * 2, "2")])
def test_a_trusted_document_must_be_one_of_the_schema_and_within_the_limits(text: str, told: str) -> None:
    with pytest.raises(BadManifest) as raised:
        Store(Engine(schema, limits=Limits(definitions=1)), {"here": text})
    assert "here: " in str(raised.value)
    assert told in str(raised.value)


def test_what_was_learned_is_bounded_by_number_and_by_size() -> None:
    learned = Learned(3)
    for name in "abc":
        learned.put(name, name)
    assert learned.get("a") == "a"
    learned.put("d", "d")
    assert [name for name in "abcd" if learned.get(name)] == ["a", "c", "d"]  # "b" was used longest ago
    for _ in range(2):
        learned.put("large", "x" * 2_999)
    assert (len(learned), learned.get("d")) == (2, "d")
    learned.put("larger", "x" * 3_001)
    assert len(learned) == 0
