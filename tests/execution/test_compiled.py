"""What compiled code promises beside equal answers: when it is left, what it costs, what it keeps."""

import gc
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.execution.compiled import MOST_PROGRAMS
from gateway.execution.engine import Engine
from gateway.execution.explaining import explained
from gateway.execution.program import Program
from gateway.modules import MODULES
from gateway.stitching import Stitched
from modules.kernel.storage import STATEMENTS, Storage
from tests.asking import Ask
from tests.people import KYIV, PEOPLE, municipality_id

DEBATES = "query Debates { debates { edges { node { title } } } }"


SCHEMA = Stitched(MODULES)


@pytest.fixture
def ask(ask: Ask) -> Ask:
    """With an engine that has seen nothing yet."""
    return replace(ask, engine=Engine(SCHEMA))


async def test_a_query_is_compiled_once_and_found_again(ask: Ask) -> None:
    await ask(DEBATES)
    compiled = ask.engine.prepare(DEBATES).compiled
    programs = dict(compiled["Debates"].programs)
    await ask(DEBATES)
    assert compiled["Debates"].programs == programs
    assert [type(each) for each in programs.values()] == [Program]
    assert not ask.engine.fallbacks


@pytest.mark.parametrize(
    ("query", "variables", "reason"),
    [
        ("{ __schema { queryType { name } } }", {}, "introspection"),
        ("query ($first: Int!) { debates(first: $first) { totalCount } }", {"first": "many"}, "variables"),
        ("{ debates(first: -1) { totalCount } }", {}, "an error in the answer"),
        ('{ debate(id: "Poll_00000000000000000000000000000001") { title } }', {}, "an error in the answer"),
    ],
)
async def test_what_is_left_to_graphql_core_is_counted_by_reason(
    ask: Ask, query: str, variables: dict[str, Any], reason: str
) -> None:
    await ask.answer(query, variables)
    await ask.answer(query, variables)
    assert dict(ask.engine.fallbacks) == {reason: 2}


async def test_only_what_is_selected_is_read(ask: Ask, statements: list[str]) -> None:
    statements.clear()
    await ask("{ debates { edges { node { title } } } }")
    (statement,) = statements
    assert "title" in statement
    assert "body" not in statement
    assert "live_topic" not in statement


async def test_each_way_its_switches_stand_has_a_program_and_there_is_an_end_to_them(ask: Ask) -> None:
    names = [f"v{at}" for at in range(6)]
    asked = " ".join(f"n{name}: __typename @include(if: ${name})" for name in names)
    query = f"query Many({', '.join(f'${name}: Boolean!' for name in names)}) {{ {asked} x: __typename }}"
    for number in range(2 ** len(names)):
        stand = {name: bool(number >> at & 1) for at, name in enumerate(names)}
        shown = {f"n{name}": "Query" for name, given in stand.items() if given}
        assert await ask(query, stand) == {**shown, "x": "Query"}
    assert len(ask.engine.prepare(query).compiled["Many"].programs) == MOST_PROGRAMS
    assert dict(ask.engine.fallbacks) == {"too many switches": 2 ** len(names) - MOST_PROGRAMS}


async def test_a_mutation_runs_once_when_its_answer_is_an_error(ask: Ask) -> None:
    """Compiled code meets the error below; graphql-core then completes the very same payload."""
    started: Any = {"municipalityId": municipality_id(KYIV), "title": "Парк", "body": "Де?"}
    query = """mutation ($input: StartDebateInput!) { startDebate(input: $input) {
        ... on DebateStarted { debate { title comments(after: "forged") { totalCount } } }
    } }"""
    answer = await ask.answer(query, {"input": started}, as_=PEOPLE.mira)
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["startDebate", "debate", "comments"], "BAD_USER_INPUT")
    assert (await ask("{ debates { totalCount } }"))["debates"]["totalCount"] == 1


async def test_programs_do_not_outlive_their_documents(ask: Ask) -> None:
    """Of ten thousand documents as of these, only so many are remembered, and no program of another."""
    engine, storage = Engine(SCHEMA, documents=50), ask.storage
    gc.collect()
    before = sum(isinstance(each, Program) for each in gc.get_objects())
    for number in range(300):
        document = engine.prepare(f"query Asked{number} {{ debates(first: {number % 50}) {{ edges {{ cursor }} }} }}")
        assert "errors" not in await engine.execute(document, context=ask.context(PEOPLE.nobody))
    del document
    gc.collect()
    assert sum(isinstance(each, Program) for each in gc.get_objects()) - before <= 50
    assert len(storage._prepared) <= STATEMENTS


async def test_the_readme_shows_the_code_of_today(tmp_path: Path) -> None:
    """`gateway/execution/README.md` prints what `spilno explain` does for its query."""
    readme = (Path(__file__).parents[2] / "gateway/execution/README.md").read_text()
    (query,) = re.findall(r"```graphql\n(.*?)```", readme, re.DOTALL)
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    engine, storage = Engine(SCHEMA), Storage(f"sqlite+aiosqlite:///{tmp_path / 'none.db'}")
    _, text, *_ = explained(engine, storage, engine.prepare(query), None, {})
    assert code.strip() == text.strip()


async def test_long_values_are_not_remembered(ask: Ask) -> None:
    """Arguments that were worked out are kept for the next request; what a client sends at length is not."""
    query = "query ($code: ID) { debates(filter: {municipalityId: $code}) { totalCount } }"
    for code in ("Municipality_short", "Municipality_" + "b" * 5_000):
        assert (await ask(query, {"code": code}))["debates"]["totalCount"] == 0
    (program,) = ask.engine.prepare(query).compiled[None].programs.values()
    assert isinstance(program, Program)
    arguments = program.answer.__globals__["DEBATES_ARGUMENTS"].__self__
    assert [len(key) < 100 for key in arguments._remembered] == [True]
