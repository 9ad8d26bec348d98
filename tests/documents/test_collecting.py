"""A folder of operations becomes documents, or a list of what is wrong with it."""

from pathlib import Path

import pytest

from gateway.documents.collecting import BadDocuments, collect
from gateway.execution.engine import Engine
from tests.execution.toy import schema

OPERATIONS = Path(__file__).parents[2] / "operations"


def put(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.graphql"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder


def problems(folder: Path) -> list[str]:
    with pytest.raises(BadDocuments) as raised:
        collect(folder, Engine(schema))
    return [line.removeprefix(f"{folder}/") for line in str(raised.value).splitlines()]


def test_every_operation_of_ours_is_collected(engine: Engine) -> None:
    found = collect(OPERATIONS, engine)
    assert len(found) == len(list(OPERATIONS.glob("*.graphql"))) > 20
    assert [each.name for each in found] == sorted(each.name for each in found)
    assert all(engine.prepare(each.text).ast for each in found)


def test_fragments_come_along_from_other_files_and_through_each_other(tmp_path: Path) -> None:
    put(
        tmp_path,
        one="query One { thing { ...Shown } } query Two { name }",
        shared__fragments="fragment Last on Thing { name } fragment Inner on Thing { ...Last } fragment Shown on Thing { said thing { ...Inner } }",
    )
    one, two = collect(tmp_path, Engine(schema))
    assert two.text == "query Two {\n  name\n}"
    assert one.text == (
        "query One {\n  thing {\n    ...Shown\n  }\n}\n\n"
        "fragment Shown on Thing {\n  said\n  thing {\n    ...Inner\n  }\n}\n\n"
        "fragment Inner on Thing {\n  ...Last\n}\n\n"
        "fragment Last on Thing {\n  name\n}"
    )


def test_the_id_does_not_depend_on_layout_and_comments(tmp_path: Path) -> None:
    put(tmp_path, one="query One { name }")
    (before,) = collect(tmp_path, Engine(schema))
    put(tmp_path, one="# What it is called.\nquery One {\n\n  name }\n")
    assert collect(tmp_path, Engine(schema)) == [before]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("query A {\n  name\n  nothing\n}", "a.graphql:3: Cannot query field 'nothing' on type 'Query'."),
        ("query A {\n  name\n", "a.graphql:3: Syntax Error: Expected Name, found <EOF>."),
        ("query A {\n  thing { ...None }\n}", "a.graphql:2: Unknown fragment 'None'."),
        ("\n{ name }", "a.graphql:2: an operation here needs a name."),
        ("query A { name }\nquery A { said }", "a.graphql:2: A is at {folder}/a.graphql:1 already."),
        ("query A { ...F } fragment F on Query { ...F }", "a.graphql:1: Cannot spread fragment 'F' within itself."),
    ],
)
def test_what_is_wrong_is_told_by_file_and_line(tmp_path: Path, text: str, told: str) -> None:
    assert problems(put(tmp_path, a=text)) == [told.format(folder=tmp_path)]


def test_an_error_in_a_shared_fragment_is_told_where_it_stands(tmp_path: Path) -> None:
    put(tmp_path, a="query A { thing { ...F } }", f="\nfragment F on Thing {\n  nothing\n}")
    assert problems(tmp_path) == ["f.graphql:3: Cannot query field 'nothing' on type 'Thing'."]


def test_what_is_beyond_the_limits_is_told_at_its_operation(tmp_path: Path) -> None:
    deep = "{ thing " * 20 + "{ name }" + "}" * 20
    (told,) = problems(put(tmp_path, a=f"\nquery A {deep}"))
    assert told.startswith("a.graphql:2: The operation nests its fields 2")


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    put(tmp_path, a="query A { nothing }", b="query B {", c="query C { name }")
    assert [line.split(":")[0] for line in problems(tmp_path)] == ["b.graphql", "a.graphql"]


def test_a_folder_without_operations_is_told(tmp_path: Path) -> None:
    assert problems(put(tmp_path, f="fragment F on Thing { name }")) == [
        f"{tmp_path}: there is no operation in any .graphql file."
    ]
