"""Texts that a database cannot keep are refused by name, wherever they stand."""

import pytest

from tests.asking import Ask

NAMES = "query($code: String!) { municipality(code: $code) { name } }"
REGIONS = "query($filter: LegalEntityFilter) { legalEntities(filter: $filter) { totalCount } }"


@pytest.mark.parametrize("unfit", ["\x00", "a\x00b", "\ud800", "\udfff x"])
async def test_in_a_variable_at_any_depth(ask: Ask, unfit: str) -> None:
    for query, variables in ((NAMES, {"code": unfit}), (REGIONS, {"filter": {"region": unfit}})):
        answer = await ask.answer(query, variables)
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["message"].startswith(f"Variable '${next(iter(variables))}'")
        assert "data" not in answer


@pytest.mark.parametrize("unfit", ["\\u0000", "a\\u{0}"])
async def test_in_the_document(ask: Ask, unfit: str) -> None:
    answer = await ask.answer(f'{{ municipality(code: "{unfit}") {{ name }} }}')
    assert answer["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert "NUL" in answer["errors"][0]["message"]


@pytest.mark.parametrize("fit", ["Київ", "ʼ", "🌻", "\n\t", "\\u0000 as six letters"])
async def test_any_other_text_is_asked_for(ask: Ask, fit: str) -> None:
    assert await ask(NAMES, {"code": fit}) == {"municipality": None}
