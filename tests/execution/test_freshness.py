"""How long an answer may be shown again: by what its operation selects."""

from pathlib import Path

import pytest

from gateway.execution.engine import Engine
from gateway.execution.freshness import freshness
from modules.kernel.fields import NEVER, Freshness

OPERATIONS = Path(__file__).parents[2] / "operations"
LIVE, PEOPLE, REGISTER = Freshness(5), Freshness(60), Freshness(60, in_register=True)

CASES = {
    "{ legalEntity(edrpou: \"1\") { name identifier { id } } }": REGISTER,
    "{ legalEntities { totalCount } }": REGISTER,
    "{ legalEntities { pageInfo { hasNextPage } } }": REGISTER,
    "{ legalEntity(edrpou: \"1\") { __typename } __typename }": REGISTER,
    "{ legalEntity(edrpou: \"1\") { municipality { name parent { name } } } }": REGISTER,
    "{ municipality(code: \"1\") { legalEntities { edges { node { name } } } } }": REGISTER,
    "{ municipality(code: \"1\") { debates { totalCount } } }": LIVE,
    "{ municipality(code: \"1\") { name ...F } } fragment F on Municipality { polls { totalCount } }": LIVE,
    "{ municipality(code: \"1\") { name ... { debates { totalCount } } } }": LIVE,
    "{ municipality(code: \"1\") { name } debates { totalCount } }": LIVE,
    "{ debate(id: \"1\") { openedBy { name } } }": LIVE,
    "{ debate(id: \"1\") { title } }": LIVE,
    "{ poll(id: \"1\") { options { text } tally { options { votes } } } }": LIVE,
    "{ node(id: \"1\") { id } }": LIVE,
    "{ node(id: \"1\") { ... on LegalEntity { name } } }": LIVE,  # whether it is one is not known beforehand
    "{ nodes(ids: [\"1\"]) { ... on Person { name } } }": LIVE,
    "{ __typename }": NEVER,
    "{ debate(id: \"1\") { title } __schema { queryType { name } } }": NEVER,
    "{ __type(name: \"Debate\") { name } }": NEVER,
    "{ viewer { email } }": NEVER,
    "{ viewer { person { name } } debates { totalCount } }": NEVER,
    "{ poll(id: \"1\") { viewerHasVoted } }": NEVER,
    "{ debate(id: \"1\") { comments { edges { node { viewerReaction } } } } }": NEVER,
    "{ node(id: \"1\") { ... on Comment { viewerReaction } } }": NEVER,
    "query($is: Boolean!) { poll(id: \"1\") { title viewerHasVoted @include(if: $is) } }": NEVER,
    "mutation { signOut { __typename } }": NEVER,
    "subscription { pollTally(pollId: \"1\") { total } }": NEVER,
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES.items())
def test_the_least_of_what_is_selected_counts(engine: Engine, text: str, expected: Freshness) -> None:
    document = engine.prepare(text)
    assert document.errors == ()
    assert freshness(engine.schema, document, None) == expected


def test_each_operation_of_a_document_has_its_own(engine: Engine) -> None:
    document = engine.prepare('query A { legalEntity(edrpou: "1") { name } } query B { viewer { email } }')
    assert freshness(engine.schema, document, "A") == REGISTER
    assert freshness(engine.schema, document, "B") == NEVER


def test_what_may_be_cached_of_the_operations_of_frontends(engine: Engine) -> None:
    found = {
        path.stem: freshness(engine.schema, engine.prepare(path.read_text()), None)
        for path in OPERATIONS.glob("*.graphql")
    }
    assert {name for name, fresh in found.items() if fresh.in_register} == {
        "legal-entities", "legal-entity", "municipalities"
    }  # fmt: skip
    assert {name for name, fresh in found.items() if fresh == LIVE} == {
        "comment-replies", "debates", "municipality-page", "organisations", "person-page", "polls"
    }  # fmt: skip
