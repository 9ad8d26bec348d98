"""`spilno explain`: the Python and the statements of a query, and why it is answered in another way."""

from pathlib import Path

import pytest

from tests.commands.test_operating import spilno

OPERATIONS = Path(__file__).parents[2] / "operations"
POSTGRESQL = "postgresql+asyncpg://somebody@nowhere/nothing"


def test_a_query_is_shown_as_python_and_statements() -> None:
    told = spilno("explain", str(OPERATIONS / "debate-page.graphql"), "--database-url", POSTGRESQL)
    assert told.returncode == 0, told.stderr
    assert "async def query(run):" in told.stdout
    assert "'supportCount': " in told.stdout
    assert "# Statements on postgresql: " in told.stdout
    assert "Debate.comments\nSELECT parents.key AS _parent" in told.stdout
    assert "LEFT OUTER JOIN (SELECT identity_person.id" in told.stdout
    assert "Depends on the variables" in told.stdout  # which debate


def test_variables_decide_the_statements(tmp_path: Path) -> None:
    path = tmp_path / "search.graphql"
    path.write_text("query ($words: String!) { debates(search: $words) { edges { node { title } } } }")
    found = spilno("explain", str(path), "--variables", '{"words": "парк"}')
    assert "civic_debate.search_text LIKE ?" in found.stdout
    without = spilno("explain", str(path))
    assert " LIKE ?" not in without.stdout


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{ __schema { types { name } } }", "graphql-core answers it, field by field. The reason: introspection."),
        ("{ a: debates { edges { node { id } } x: edges { node { title } } } }", "edges is asked for under two names"),
    ],
)
def test_it_says_why_something_is_answered_in_another_way(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "query.graphql"
    path.write_text(text)
    assert told in spilno("explain", str(path)).stdout


@pytest.mark.parametrize(
    ("text", "given", "told"),
    [
        ("{ nothing }", [], "Cannot query field 'nothing' on type 'Query'."),
        ("query A { viewer { email } } query B { viewer { email } }", [], "say which one"),
        ("{ viewer { email } }", ["--variables", "[1]"], "--variables is an object"),
        ("{ viewer { email } }", ["--variables", "{"], "--variables is not JSON"),
    ],
)
def test_what_cannot_be_explained_is_told(tmp_path: Path, text: str, given: list[str], told: str) -> None:
    path = tmp_path / "query.graphql"
    path.write_text(text)
    refused = spilno("explain", str(path), *given)
    assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
    assert told in refused.stderr


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "query.graphql"
    path.write_bytes(b"\xff\xfe{")
    refused = spilno("explain", str(path))
    assert (refused.returncode, refused.stderr) == (1, f"{path} is not UTF-8.\n")


def test_wrong_variables_are_told(tmp_path: Path) -> None:
    path = tmp_path / "query.graphql"
    path.write_text("query ($first: Int!) { debates(first: $first) { totalCount } }")
    refused = spilno("explain", str(path), "--variables", '{"first": "many"}')
    assert refused.returncode == 1
    assert "Variable '$first' has invalid value" in refused.stderr
